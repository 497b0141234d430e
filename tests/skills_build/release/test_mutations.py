"""Single rules changed at random in real and made-up standards: each change is found, named and weighed, and no other."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from random import Random
from typing import Final

import pytest

from skills_build.model.config import Config, SkillSettings
from skills_build.model.release import Bump, ChangeKind
from skills_build.model.standard import Form, Rule, Standard, Status
from skills_build.release.classify import classify
from skills_build.release.snapshot import CodexSnapshot
from skills_build.source.configuration import load_config
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import resolve
from tests.support.compiling import DAY, canonical, schema
from tests.support.data import ROOT
from tests.support.editions import edition_of, short
from tests.support.generating import standards

SEEDS = 100
WHOLE = 1
"""Seeds that change all of the standards together; the others change one real file or a small made-up corpus."""
LEVEL = re.compile(r"\b(MUST NOT|SHOULD NOT|MUST|SHOULD|MAY)\b")
TIGHTER = {"MAY": "SHOULD", "SHOULD": "MUST", "SHOULD NOT": "MUST NOT"}
LOOSER = {"MUST": "SHOULD", "MUST NOT": "SHOULD NOT", "SHOULD": "MAY", "SHOULD NOT": "MAY"}
FLIPPED = {"MUST": "MUST NOT", "MUST NOT": "MUST", "SHOULD": "SHOULD NOT", "SHOULD NOT": "SHOULD"}
GRAVE = "**Withdrawn:** 2026-08-01."


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Standards by path, as text."""

    name: str
    config: Config
    files: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Block:
    """The text of one rule: its heading without marks and id, what stands below, and what surrounds both."""

    path: str
    id: str
    level: str
    status: Status
    statement: str
    body: str
    before: str
    after: str

    def text(self, *, statement: str | None = None, labels: str = "", body: str | None = None) -> str:
        """The whole file with this rule written otherwise."""
        lines = [f"### {statement or self.statement} ({self.id})", "", *([labels, ""] if labels else [])]
        return self.before + "\n".join(lines) + "\n" + (self.body if body is None else body) + self.after

    def leveled(self, level: str) -> str:
        """The sentence with another level."""
        return LEVEL.sub(level, self.statement, count=1)


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One file before and after, and what has to be found."""

    path: str
    old: str
    new: str
    id: str
    kind: ChangeKind
    bump: Bump


Operator = Callable[[Block, Random], Mutation | None]


def mutation(block: Block, new: str, kind: ChangeKind, bump: Bump, *, old: str | None = None, of: str = "") -> Mutation:
    return Mutation(path=block.path, old=old or block.text(), new=new, id=of or block.id, kind=kind, bump=bump)


def delete(block: Block, random: Random) -> Mutation | None:
    return mutation(block, block.before + block.after, ChangeKind.VANISHED, Bump.ERROR)


def bury(block: Block, random: Random) -> Mutation | None:
    body = random.choice(("", block.body))
    return mutation(block, block.text(labels=GRAVE, body=body), ChangeKind.WITHDRAWN, Bump.MAJOR)


def reuse(block: Block, random: Random) -> Mutation | None:
    statement = random.choice((block.statement, f"Clocks {block.level} tell the time in UTC"))
    new = block.text(statement=statement, labels=random.choice(("", "**Status:** draft")))
    return mutation(block, new, ChangeKind.REUSED, Bump.ERROR, old=block.text(labels=GRAVE))


def tighten(block: Block, random: Random) -> Mutation | None:
    return _leveled(block, TIGHTER, ChangeKind.TIGHTENED, Bump.MAJOR)


def loosen(block: Block, random: Random) -> Mutation | None:
    return _leveled(block, LOOSER, ChangeKind.LOOSENED, Bump.MINOR)


def flip(block: Block, random: Random) -> Mutation | None:
    return _leveled(block, FLIPPED, ChangeKind.FLIPPED, Bump.MAJOR)


def _leveled(block: Block, levels: Mapping[str, str], kind: ChangeKind, bump: Bump) -> Mutation | None:
    if block.level not in levels:
        return None
    return mutation(block, block.text(statement=block.leveled(levels[block.level])), kind, bump)


def _other_words(block: Block, random: Random) -> str:
    """The sentence with a word more behind its level, or a few more at its end."""
    if random.random() < 0.5:
        return f"{block.statement} {random.choice(('at all times', 'in production', 'from the first day'))}"
    return block.leveled(f"{block.level} {random.choice(('verifiably', 'visibly', 'knowingly'))}")


def reword(block: Block, random: Random) -> Mutation | None:
    blocks = block.level.startswith("MUST") and block.status is Status.ENFORCED
    bump = Bump.MAJOR if blocks else Bump.MINOR
    return mutation(block, block.text(statement=_other_words(block, random)), ChangeKind.REWORDED, bump)


def attest(block: Block, random: Random) -> Mutation | None:
    new = block.text(statement=_other_words(block, random), labels="**Change:** editorial")
    return mutation(block, new, ChangeKind.EDITORIAL, Bump.PATCH)


def explain(block: Block, random: Random) -> Mutation | None:
    more = random.choice(
        (
            "\nMore is told in [the guide](https://example.com/guide).\n",
            "\n**See:** <https://example.com/guide>\n",
            "\nThis was learnt the hard way.\n",
        )
    )
    return mutation(block, block.text(body=f"{block.body.rstrip()}\n{more}\n"), ChangeKind.EDITED, Bump.PATCH)


def add_blocking(block: Block, random: Random) -> Mutation | None:
    level = random.choice(("MUST", "MUST NOT"))
    return _added(block, level, "enforced", Bump.MAJOR)


def add_advising(block: Block, random: Random) -> Mutation | None:
    level, status = random.choice((("SHOULD", "enforced"), ("MAY", "approved"), ("MUST", "approved")))
    return _added(block, level, status, Bump.MINOR)


def _added(block: Block, level: str, status: str, bump: Bump) -> Mutation:
    fresh = f"{block.id.rpartition('-')[0]}-907"
    rule = f"### Clocks {level} tell the time in UTC ({fresh})\n\n**Status:** {status}\n\n**Why:** so it is.\n\n"
    new = f"{block.text(body=block.body.rstrip())}\n\n{rule}"
    whole = new if not block.after else block.before + rule + block.text()[len(block.before) :]
    return mutation(block, whole, ChangeKind.ADDED, bump, of=fresh)


def promote(block: Block, random: Random) -> Mutation | None:
    bump = Bump.MAJOR if block.level.startswith("MUST") else Bump.MINOR
    start = random.choice(("approved", "deprecated"))
    old, new = block.text(labels=f"**Status:** {start}"), block.text(labels="**Status:** enforced")
    return mutation(block, new, ChangeKind.PROMOTED, bump, old=old)


def deprecate(block: Block, random: Random) -> Mutation | None:
    return mutation(block, block.text(labels="**Status:** deprecated"), ChangeKind.DEPRECATED, Bump.MINOR)


def announce(block: Block, random: Random) -> Mutation | None:
    old, new = block.text(labels="**Status:** approved"), block.text(labels="**Status:** enforced from 2027-01-01")
    label = "**Status:** approved, enforced from 2027-01-01"
    return mutation(block, random.choice((new, block.text(labels=label))), ChangeKind.SCHEDULED, Bump.MINOR, old=old)


def _scopes(random: Random) -> tuple[str, str]:
    """A narrow applicability and a wider one."""
    pairs = (("paths: zz/api/**", "paths: zz/**"), ("paths: zz/a/**", "paths: zz/a/**, zz/b/**"))
    narrow, wide = random.choice(pairs)
    return f"**Applies to:** {narrow}", f"**Applies to:** {wide}"


def widen(block: Block, random: Random) -> Mutation | None:
    narrow, wide = _scopes(random)
    bump = Bump.MAJOR if block.level.startswith("MUST") else Bump.MINOR
    return mutation(block, block.text(labels=wide), ChangeKind.WIDENED, bump, old=block.text(labels=narrow))


def narrow(block: Block, random: Random) -> Mutation | None:
    small, wide = _scopes(random)
    return mutation(block, block.text(labels=small), ChangeKind.NARROWED, Bump.MINOR, old=block.text(labels=wide))


OPERATORS: tuple[Operator, ...] = (
    delete,
    bury,
    reuse,
    tighten,
    loosen,
    flip,
    reword,
    attest,
    explain,
    add_blocking,
    add_advising,
    promote,
    deprecate,
    announce,
    widen,
    narrow,
)


# Corpora


@cache
def real() -> Corpus:
    """The standards of this repository."""
    root = ROOT / "standards"
    config, _, findings = load_config(
        (root / "codex.yaml").read_text(encoding="utf-8"), path="x", schema=schema("codex")
    )
    assert findings == ()
    files = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.md"))}
    return Corpus(name="all", config=config, files={path: text for path, text in files.items() if "---\nid:" in text})


@cache
def made_up() -> Corpus:
    config = Config(
        namespace="gen",
        title="Generated codex",
        skills={f"d{number:02}": SkillSettings(description=f"Rules for domain {number}.") for number in range(2)},
    )
    return Corpus(name="made up", config=config, files=standards(16, per_file=8, domains=2))


def corpus_of(seed: int) -> Corpus:
    """All standards for the first seeds; then in turn one real file or a made-up corpus."""
    if seed < WHOLE:
        return real()
    if seed % 2:
        return made_up()
    paths = sorted(real().files)
    path = paths[seed // 2 % len(paths)]
    return Corpus(name=path, config=real().config, files={path: real().files[path]})


@lru_cache(maxsize=4096)
def _parsed(path: str, text: str, name: str) -> Standard:
    """A file as read; `name` says by whose configuration."""
    config = made_up().config if name == "made up" else real().config
    reading = parse_standard(path, text.encode(), canonical(), config, schema=schema("front-matter"))
    assert reading.findings == ()
    assert reading.document is not None
    return reading.document.standard


def built(corpus: Corpus, path: str, text: str, *, after: CodexSnapshot | None = None) -> CodexSnapshot:
    """The corpus with one file replaced; only that one is parsed anew."""
    files = {**corpus.files, path: text}
    read_ = [_parsed(path, text, corpus.name) for path, text in files.items()]
    codex = resolve(read_, files=frozenset(files))
    return edition_of(codex, corpus.config, released=after.released if after else None)


_BASES: Final[dict[tuple[str, str], CodexSnapshot]] = {}


def base(corpus: Corpus, path: str, text: str) -> CodexSnapshot:
    """What a mutation starts from; mostly the corpus as it is, which is built once."""
    if text.rstrip() != corpus.files[path].rstrip():
        return built(corpus, path, text)
    if (corpus.name, path) not in _BASES:
        _BASES[corpus.name, path] = built(corpus, path, corpus.files[path])
    return _BASES[corpus.name, path]


def blocks(corpus: Corpus) -> list[Block]:
    """The rules that stand under a heading of their own and say nothing yet of what operators add."""
    return [block for path, text in sorted(corpus.files.items()) for block in _blocks(path, text, corpus.name)]


@lru_cache(maxsize=64)
def _blocks(path: str, text: str, name: str) -> tuple[Block, ...]:
    standard = _parsed(path, text, name)
    return tuple(_found(path, text, standard))


def _found(path: str, text: str, standard: Standard) -> Iterator[Block]:
    lines = text.split("\n")
    for rule in standard.rules:
        at = rule.span.line - 1
        if rule.form is not Form.HEADING or not lines[at].startswith("### ") or _taken(rule):
            continue
        status = (rule.status or standard.status).at(DAY)
        if not status.ships or LEVEL.findall(rule.statement) != [rule.level]:
            continue
        yield Block(
            path=path,
            id=rule.id,
            level=rule.level,
            status=status,
            statement=rule.statement,
            body="\n".join(lines[at + 2 : rule.end_line]) + "\n",
            before="\n".join(lines[:at]) + "\n",
            after="\n".join(lines[rule.end_line :]),
        )


def _taken(rule: Rule) -> bool:
    """Whether a rule says itself what operators would add, or is part of something larger."""
    labels = {label.name for label in rule.labels}
    return bool(rule.parts or labels & {"applies to", "status", "change", "withdrawn"} or rule.statement.endswith(":"))


def mutated(operator: Operator, seed: int) -> tuple[Corpus, Mutation]:
    """The mutation of a seed: of the first rule, in an order of its own, that the operator can be used on."""
    random, corpus = Random(f"{operator.__name__} {seed}"), corpus_of(seed)
    candidates = blocks(corpus)
    random.shuffle(candidates)
    applied = next((change for block in candidates if (change := operator(block, random)) is not None), None)
    if applied is None:
        corpus = made_up()
        candidates = blocks(corpus)
        random.shuffle(candidates)
        applied = next(change for block in candidates if (change := operator(block, random)) is not None)
    return corpus, applied


def report(operator: Operator, seed: int) -> str:
    """Return how the classification of a mutation differs from what is expected; empty if it does not."""
    corpus, applied = mutated(operator, seed)
    name = f"{operator.__name__} {seed} on {applied.id} of {applied.path}"
    before = base(corpus, applied.path, applied.old)
    after = built(corpus, applied.path, applied.new, after=before)
    diff = classify(before, after)
    subjects = {*before.rules, *after.rules, *before.tombstones, *after.tombstones, *after.drafts}
    changes = [short(change) for change in diff.changes if change.subject in subjects]
    others = [short(change) for change in diff.changes if change.subject not in subjects]
    if changes != [(applied.id, applied.kind, applied.bump)] or diff.bump is not applied.bump:
        return f"{name}: {changes} instead of {(applied.id, applied.kind, applied.bump)}"
    if any(bump > Bump.PATCH for _, _, bump in others):
        return f"{name}: besides the rule, {others}"
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.__name__)
def test_every_mutation_is_classified(operator: Operator) -> None:
    wrong = [message for seed in range(SEEDS) if (message := report(operator, seed))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_operators_reach_many_rules_of_both_corpora() -> None:
    reached = {(corpus.name, applied.id) for operator in OPERATORS for corpus, applied in _all(operator)}
    assert len(reached) > 250
    assert len({name for name, _ in reached}) >= 20


def _all(operator: Operator) -> Iterator[tuple[Corpus, Mutation]]:
    for seed in range(SEEDS):
        yield mutated(operator, seed)


def test_a_text_put_together_again_is_the_same_text() -> None:
    for corpus in (real(), made_up()):
        for block in blocks(corpus):
            assert block.text().rstrip() == corpus.files[block.path].rstrip(), block.id


@pytest.mark.slow
def test_many_mutations_at_once_are_all_found() -> None:
    """One rule of each file changed in another way, and every one of them found."""
    corpus = replace(real(), name="all")
    random = Random(7)
    files, expected = dict(corpus.files), set()
    for number, path in enumerate(sorted(corpus.files)):
        operator = (tighten, loosen, flip, reword, explain)[number % 5]
        candidates = [block for block in blocks(corpus) if block.path == path]
        applied = next((change for block in candidates if (change := operator(block, random)) is not None), None)
        if applied is not None:
            files[path] = applied.new
            expected.add((applied.id, applied.kind, applied.bump))
    path = next(iter(files))
    before = built(corpus, path, corpus.files[path])
    after = built(replace(corpus, files=files), path, files[path], after=before)
    diff = classify(before, after)
    assert {short(change) for change in diff.changes if change.subject in before.rules} == expected
    assert len(expected) > 15
    assert diff.bump is Bump.MAJOR
