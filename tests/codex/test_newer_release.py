"""What a new release reads: only where it wants something else, and never another outcome for having read less."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.forge.local import LocalForge
from codex.profile.model import Listing
from codex.resources import templates
from codex.shell.journal import Journal
from codex.sync.block_text import BlockFacts
from codex.sync.desired import desired
from codex.sync.inputs import DesiredInputs, content_key, desired_inputs, dump_inputs, load_inputs
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from codex.sync.settings import OptOut, Settings, Waiver
from skills_build.compile.select import applicable_rules, representative_paths
from skills_build.model.bundle import PlacedRule
from skills_build.model.config import Parts, Profile
from skills_build.release.loaded_bundle import LoadedBundle
from tests.support.fleet import PYTHON, People, codex_of, state, sync

GO: Mapping[str, str] = {"go.mod": "module example.com/s\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() {}\n"}
WAIVER = '{rule: PY-1, reason: "not yet", owner: "@dev", expires: 2026-12-31}'
FIRST = codex_of()
NEWER = codex_of("2.0.0", "\nA newer word.\n")
"""A release that changes what Python repositories get, and nothing else."""


class Counting(LocalForge):
    """Remembers which repositories were read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, clock=lambda: 1_790_000_000)
        self.seen: set[str] = set()

    def list_files(self, target: Repository, commit: str, along: Iterable[str] = ()) -> Listing:
        self.seen.add(target.path)
        return super().list_files(target, commit, along)

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        self.seen.add(target.path)
        return super().read_files(target, commit, paths)


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "repositories"
    root.mkdir()
    people = People(root)
    people.add("shop/payments")
    people.add("shop/go", GO)
    return people


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.jsonl")) as journal:
        yield journal


def outcomes(results: Mapping[str, Any]) -> dict[str, tuple[Outcome, str]]:
    return {path: (result.decision.outcome, result.version) for path, result in results.items()}


def test_only_repositories_that_a_release_changes_are_read(people: People, journal: Journal, tmp_path: Path) -> None:
    sync(people, journal)
    forge = Counting(people.root)
    done = sync(people, journal, codex=NEWER, forge=forge)
    assert outcomes(done) == {"shop/payments": (Outcome.UPDATED, "2.0.0"), "shop/go": (Outcome.OPEN, "1.0.0")}
    assert done["shop/go"].from_journal
    assert forge.seen == {"shop/payments"}
    journal.close()
    last = Counting(people.root)
    with closing(Journal(tmp_path / "journal.jsonl")) as again:
        assert {entry.tree for entry in again.entries.values()} == {NEWER.tree}
        sync(people, again, codex=NEWER, forge=last)
    assert last.seen == set()


def test_a_repository_that_moved_is_always_read(people: People, journal: Journal) -> None:
    sync(people, journal)
    people.commit("shop/go", {"src/a.py": "x = 1\n", "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n'})
    forge = Counting(people.root)
    done = sync(people, journal, codex=NEWER, forge=forge)
    assert forge.seen == {"shop/payments", "shop/go"}
    assert done["shop/go"].decision.outcome is Outcome.UPDATED


def test_a_release_with_other_globs_reads_everything_once(people: People, journal: Journal) -> None:
    sync(people, journal)
    forge = Counting(people.root)
    sync(people, journal, codex=_with_globs(FIRST, "tests/**"), forge=forge)
    assert forge.seen == {"shop/payments", "shop/go"}


def _with_globs(codex: LoadedBundle, *globs: str) -> LoadedBundle:
    """The same codex with one rule that asks other paths, as another release."""
    changed = next(skill for skill in codex.skill_index.skills if skill.rules)
    first = replace(changed.rules[0], scope=replace(changed.rules[0].scope, paths=globs))
    skills = [
        replace(skill, rules=(first, *skill.rules[1:])) if skill is changed else skill
        for skill in codex.skill_index.skills
    ]
    return replace(codex, version="3.0.0", tree="f" * 64, skill_index=type(codex.skill_index).of(skills))


def test_a_journal_entry_ends_with_a_waiver(people: People, journal: Journal) -> None:
    people.commit("shop/payments", {".engineering-codex.yaml": f"waivers: [{WAIVER}]\n"})
    sync(people, journal, codex=NEWER)
    before = sync(people, journal, codex=codex_of("2.0.1", "\nA newer word.\n"), day="2026-12-31")
    assert before["shop/payments"].from_journal
    after = sync(people, journal, codex=codex_of("2.0.2", "\nA newer word.\n"), day="2027-01-01")
    assert not after["shop/payments"].from_journal


@pytest.mark.slow
def test_a_run_with_a_journal_gives_what_one_without_gives(people: People, journal: Journal) -> None:
    """A fleet of many fates under three releases: with its journal, and with none."""
    people.add("many/declined")
    people.add("many/held", GO)
    people.add("many/edited")
    people.add("many/merged", GO)
    people.add("many/out", {**PYTHON, ".engineering-codex.yaml": "opt_out: {reason: no}\n"})
    people.add("many/pinned", {**PYTHON, ".engineering-codex.yaml": "pin: 1.0.0\n"})
    people.add("many/damaged", {**PYTHON, "AGENTS.md": "# A\n<!-- codex:begin version=1.0.0 -->\n"})
    people.add("many/waived", {**PYTHON, ".engineering-codex.yaml": f"waivers: [{WAIVER}]\n"})
    people.add("many/parts", {**PYTHON, **{f"web/{path}": text for path, text in GO.items()}})
    people.add("many/empty", {})
    sync(people, journal)
    people.change("many/declined", 1, state="closed")
    people.change("many/held", 1, labels=["codex", "codex-hold"])
    people.commit("many/edited", {"src/b.py": "x = 1\n"}, "codex/sync")
    people.merge("many/merged")
    sync(people, journal)
    for release in (codex_of("1.0.1", "", "eng-go"), NEWER, codex_of("2.1.0", "\nAnother word.\n", "eng-go")):
        remembered, before = sync(people, journal, codex=release), state(people)
        read = sync(people, codex=release)
        assert {path: _kind(result[0]) for path, result in outcomes(remembered).items()} == {
            path: _kind(result[0]) for path, result in outcomes(read).items()
        }
        assert state(people) == before


def _kind(outcome: Outcome) -> Outcome:
    """What an outcome is a run later."""
    return Outcome.OPEN if outcome in (Outcome.OPENED, Outcome.UPDATED) else outcome


BRIEF = DesiredInputs(
    profile=Profile(languages=("python",), technologies=("docker",), paths=("Dockerfile",)),
    settings=Settings(
        targets=("agents",),
        opt_out=OptOut(reason="why", owner="@dev"),
        waivers=(Waiver(rule="PY-1", reason="r", owner="@o", expires="2026-12-31"),),
        commands={"test": "make test"},
    ),
    facts=BlockFacts(lines=("- a",), boundaries=("- b",), packages={"web": ("- c",)}, words="python"),
    parts=Parts(own=Profile(), packages={"web": Profile(languages=("go",))}, hosts=("web",)),
    globs="0" * 64,
)


def test_desired_inputs_survive_a_round_trip() -> None:
    assert load_inputs(dump_inputs(BRIEF)) == BRIEF


@pytest.mark.parametrize("text", ["", "{", "[]", '{"profile": 1}', "\ud800"])
def test_damaged_desired_inputs_are_none(text: str) -> None:
    assert load_inputs(text) is None


def test_long_desired_inputs_are_not_stored() -> None:
    assert dump_inputs(replace(BRIEF, facts=BlockFacts(lines=("x" * 20_000,)))) == ""


def test_coalesced_files_and_the_version_are_no_content() -> None:
    index = codex_of("1.1.0", "\nOne more id.\n", "eng-index")
    first, second, third = (
        content_key(desired(codex, Profile(languages=("python",)), Settings(), day="2026-11-27", templates=templates()))
        for codex in (FIRST, index, NEWER)
    )
    assert first == second != third


PATHS = st.lists(
    st.sampled_from(["a.py", "src/a.py", "src/web/b.ts", "Dockerfile", "x/Dockerfile", "docs/y.md"]), unique=True
)
GLOBS = st.lists(st.sampled_from(["**/*.py", "src/**", "src/web/**", "**/Dockerfile*", "docs/", "nowhere/**"]))


@given(paths=PATHS, globs_of_rules=st.lists(GLOBS.map(tuple)))
def test_representative_paths_stand_for_all_paths(paths: list[str], globs_of_rules: list[tuple[str, ...]]) -> None:
    rules = tuple(_rule(globs) for globs in globs_of_rules)
    representatives = representative_paths(tuple(paths), globs_of_rules)
    assert set(representatives) <= set(paths)
    assert len(representatives) <= max(1, len(set(globs_of_rules)))
    assert applicable_rules(rules, Profile(paths=representatives)) == applicable_rules(
        rules, Profile(paths=tuple(paths))
    )


def _rule(globs: tuple[str, ...]) -> PlacedRule:
    rule = next(rule for skill in FIRST.skill_index.skills for rule in skill.rules)
    return replace(rule, scope=replace(rule.scope, languages=(), technologies=(), paths=globs))


def test_desired_inputs_keep_few_paths() -> None:
    paths = tuple(f"src/{number}.py" for number in range(3_000))
    brief = desired_inputs(
        FIRST, Profile(languages=("python",), paths=paths), Settings(), facts=BlockFacts(), parts=None
    )
    assert 1 <= len(brief.profile.paths) < 60
    assert brief.fits(NEWER)
    assert not brief.fits(_with_globs(FIRST, "tests/**"))
