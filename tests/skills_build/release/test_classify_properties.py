"""What holds of any editions: nothing differs from itself, steps add up, and going back mirrors going there."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skills_build.model.release import Bump, ChangeKind, Released
from skills_build.model.standard import Level, Scope, Status
from skills_build.release.classify import classify, covers
from skills_build.release.snapshot import CodexSnapshot, RuleFacts, SkillFacts
from tests.support.data import THOROUGH
from tests.support.editions import short

Fact = TypeVar("Fact")

IDS = tuple(f"SVC-{number}" for number in range(1, 5))
SKILLS = ("acme-a", "acme-b", "acme-c")
GLOBS = ("**", "**/*", "a/**", "a/b/**", "a/*.py", "b/**", "*.py", "a/b/c.py")
STATUSES = tuple(status for status in Status if status.ships)
LABELS = ("when", "use", "instead_of", "except")
ALMOST = settings(max_examples=200 if THOROUGH else 40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


some_scope = st.builds(
    Scope,
    languages=st.lists(st.sampled_from(("go", "Go", "python")), max_size=2).map(tuple),
    technologies=st.lists(st.sampled_from(("http", "docker")), max_size=2).map(tuple),
    paths=st.lists(st.sampled_from(GLOBS), max_size=2).map(tuple),
    when=st.sampled_from((None, "it is public", "It is  public.", "it is internal")),
)


@st.composite
def rule(draw: st.DrawFn, identity: str, skills: tuple[str, ...], *, attested: bool) -> RuleFacts:
    level = draw(st.sampled_from(Level))
    status = draw(st.sampled_from(STATUSES))
    more = draw(st.sampled_from(("", " at once", ", and MUST log it", ", and SHOULD log it")))
    text = f"{draw(st.sampled_from(('Calls', 'Jobs', '*Jobs*')))} {level} stop{more}"
    labels = tuple((name, draw(st.sampled_from(("", "", "x", "y")))) for name in LABELS)
    requirements = draw(st.sampled_from(((), (), ("They MAY wait.",), ("They MUST wait.", "They MAY wait."))))
    scope, anchor = draw(some_scope), draw(st.sampled_from(("one", "two")))
    marked = draw(st.sampled_from((None, "editorial", "narrower", "wider"))) if attested else None
    later = draw(st.sampled_from((None, None, *((s, day) for s in STATUSES for day in ("2027-01-01", "2028-01-01")))))
    return RuleFacts(
        id=identity,
        level=level,
        status=status,
        next=later,
        text=text,
        labels=labels,
        scope=scope,
        digest=digest(
            level, text, labels, scope, later, marked, requirements, draw(st.sampled_from(("why", "because")))
        ),
        contract=digest(identity, status, anchor),
        skill=draw(st.sampled_from(skills)),
        attests=marked,
        source="a.md",
        line=1,
        requirements=requirements,
    )


@st.composite
def editions(draw: st.DrawFn, *, attested: bool = False) -> CodexSnapshot:
    """An edition that could be: its digests are those of its content, an id is one thing at a time."""
    names = tuple(sorted(draw(st.sets(st.sampled_from(SKILLS), min_size=1))))
    rules: dict[str, RuleFacts] = {}
    tombstones: dict[str, str | None] = {}
    drafts: set[str] = set()
    for identity in IDS:
        match draw(st.sampled_from(("rule", "rule", "rule", "tombstone", "draft", "nothing"))):
            case "rule":
                rules[identity] = draw(rule(identity, names, attested=attested))
            case "tombstone":
                tombstones[identity] = draw(st.sampled_from((None, "SVC-9")))
            case "draft":
                drafts.add(identity)
    skills = {name: draw(skill(name, names, rules)) for name in names}
    profiles = draw(st.frozensets(st.sampled_from(("go", "web")), min_size=1))
    targets = draw(st.frozensets(st.sampled_from(("agents", "claude")), min_size=1))
    return sealed(
        CodexSnapshot(
            namespace="acme",
            version="1.0.0",
            tree="",
            rules=rules,
            tombstones=tombstones,
            drafts=frozenset(drafts),
            skills=skills,
            profiles=profiles,
            targets=targets,
            released=Released(version="1.0.0", as_of="2026-11-23", tree=""),
        ),
        prose=draw(st.sampled_from(("", "more"))),
    )


@st.composite
def skill(draw: st.DrawFn, name: str, names: tuple[str, ...], rules: Mapping[str, RuleFacts]) -> SkillFacts:
    description = draw(st.sampled_from(("Rules for calls", "Rules for the calls", "Rules for jobs")))
    held = sorted(repr(rule) for rule in rules.values() if rule.skill == name)
    free = [other for other in (*SKILLS, "acme-old") if other not in names]
    return SkillFacts(
        name=name,
        key=name.removeprefix("acme-"),
        description=description,
        version="1.0.0",
        tree=digest(name, description, held, draw(st.sampled_from(("", "prose")))),
        formerly=tuple(draw(st.lists(st.sampled_from(free), max_size=2, unique=True))),
        index=False,
    )


def sealed(snapshot: CodexSnapshot, *, prose: str) -> CodexSnapshot:
    """With the digest of all that is emitted: not of drafts, which are in no file."""
    parts = (sorted(map(repr, snapshot.rules.values())), sorted(snapshot.tombstones.items()))
    skills = sorted(map(repr, snapshot.skills.values()))
    return replace(snapshot, tree=digest(*parts, skills, sorted(snapshot.profiles), sorted(snapshot.targets), prose))


@given(editions(attested=True))
@ALMOST
def test_nothing_differs_from_itself(snapshot: CodexSnapshot) -> None:
    diff = classify(snapshot, snapshot)
    assert (diff.bump, diff.changes, diff.notices) == (Bump.NONE, (), ())


@given(editions(attested=True), editions(attested=True))
@ALMOST
def test_the_bump_is_that_of_the_weightiest_change_and_none_means_equal_bytes(
    a: CodexSnapshot, b: CodexSnapshot
) -> None:
    diff = classify(a, b)
    bumps = [change.bump for change in diff.changes]
    assert bumps == sorted(bumps, reverse=True)
    assert diff.bump == max(bumps, default=Bump.NONE)
    assert (diff.bump is Bump.NONE) <= (a.tree == b.tree)
    assert Bump.NONE not in bumps
    assert all(change.why for change in diff.changes)


@given(editions(), editions(), editions())
@ALMOST
def test_two_steps_never_demand_less_than_both_at_once(a: CodexSnapshot, b: CodexSnapshot, c: CodexSnapshot) -> None:
    """Without attestations, which by their nature hold for one step: the next edition takes them out again."""
    first, second, both = classify(a, b).bump, classify(b, c).bump, classify(a, c).bump
    if Bump.ERROR not in (first, second, both):
        assert both <= max(first, second)


@given(st.data())
@ALMOST
def test_two_small_steps_never_demand_less_than_both_at_once(data: st.DataObject) -> None:
    """The same where two of three parts stay as they are, so that errors hide nothing."""
    a = data.draw(editions())
    b = stirred(data, a)
    c = stirred(data, b)
    first, second, both = classify(a, b).bump, classify(b, c).bump, classify(a, c).bump
    if Bump.ERROR not in (first, second, both):
        assert both <= max(first, second)


def stirred(data: st.DataObject, snapshot: CodexSnapshot) -> CodexSnapshot:
    """An edition in which a single rule is another snapshot, gone or new."""
    identity = data.draw(st.sampled_from(IDS))
    rules = dict(snapshot.rules)
    tombstones = {name: instead for name, instead in snapshot.tombstones.items() if name != identity}
    if identity in rules and data.draw(st.integers(0, 3)) == 0:
        del rules[identity]
        tombstones[identity] = None
    else:
        rules[identity] = data.draw(rule(identity, tuple(snapshot.skills), attested=False))
    snapshot = replace(snapshot, rules=rules, tombstones=tombstones, drafts=snapshot.drafts - {identity})
    return sealed(snapshot, prose="")


MIRRORS = {
    ChangeKind.TIGHTENED: "level",
    ChangeKind.LOOSENED: "level",
    ChangeKind.FLIPPED: "flipped",
    ChangeKind.REWORDED: "reworded",
    ChangeKind.MOVED: "moved",
    ChangeKind.EDITED: "edited",
    ChangeKind.ADDED: "presence",
    ChangeKind.REUSED: "presence",
    ChangeKind.WITHDRAWN: "presence",
    ChangeKind.VANISHED: "presence",
    ChangeKind.PROMOTED: "status",
    ChangeKind.DEMOTED: "status",
    ChangeKind.DEPRECATED: "status",
    ChangeKind.WIDENED: "scope",
    ChangeKind.NARROWED: "scope",
    ChangeKind.PROFILE_ADDED: "profile",
    ChangeKind.PROFILE_REMOVED: "profile",
    ChangeKind.TARGET_ADDED: "target",
    ChangeKind.TARGET_REMOVED: "target",
    ChangeKind.TRIGGER: "trigger",
}
THERE = {
    ChangeKind.TIGHTENED: {ChangeKind.LOOSENED},
    ChangeKind.LOOSENED: {ChangeKind.TIGHTENED},
    ChangeKind.WIDENED: {ChangeKind.NARROWED},
    ChangeKind.NARROWED: {ChangeKind.WIDENED},
    ChangeKind.ADDED: {ChangeKind.WITHDRAWN, ChangeKind.VANISHED},
    ChangeKind.REUSED: {ChangeKind.WITHDRAWN, ChangeKind.VANISHED},
    ChangeKind.WITHDRAWN: {ChangeKind.ADDED, ChangeKind.REUSED},
    ChangeKind.VANISHED: {ChangeKind.ADDED, ChangeKind.REUSED},
    ChangeKind.PROMOTED: {ChangeKind.DEMOTED, ChangeKind.DEPRECATED},
    ChangeKind.DEMOTED: {ChangeKind.PROMOTED},
    ChangeKind.DEPRECATED: {ChangeKind.PROMOTED},
    ChangeKind.PROFILE_ADDED: {ChangeKind.PROFILE_REMOVED},
    ChangeKind.PROFILE_REMOVED: {ChangeKind.PROFILE_ADDED},
    ChangeKind.TARGET_ADDED: {ChangeKind.TARGET_REMOVED},
    ChangeKind.TARGET_REMOVED: {ChangeKind.TARGET_ADDED},
}


@given(editions(), editions())
@ALMOST
def test_going_back_mirrors_going_there(a: CodexSnapshot, b: CodexSnapshot) -> None:
    """Announcements have no mirror (a date is taken back or arrives), nor has a draft whose id was withdrawn."""
    live = {*a.rules, *b.rules}
    there, back = ({(change.subject, change.kind) for change in classify(x, y).changes} for x, y in ((a, b), (b, a)))
    for subject, kind in there:
        if kind not in MIRRORS or (kind is ChangeKind.REUSED and subject not in live):
            continue
        assert any((subject, mirror) in back for mirror in THERE.get(kind, {kind})), (subject, kind, back)


@given(editions(attested=True), editions(attested=True), st.randoms(use_true_random=False))
@ALMOST
def test_the_order_of_mappings_does_not_matter(a: CodexSnapshot, b: CodexSnapshot, random: Random) -> None:
    def shuffled(snapshot: CodexSnapshot) -> CodexSnapshot:
        return replace(
            snapshot, rules=mixed(snapshot.rules), skills=mixed(snapshot.skills), tombstones=mixed(snapshot.tombstones)
        )

    def mixed(mapping: Mapping[str, Fact]) -> dict[str, Fact]:
        keys = list(mapping)
        random.shuffle(keys)
        return {key: mapping[key] for key in keys}

    plain, other = classify(a, b), classify(shuffled(a), shuffled(b))
    assert other.changes == plain.changes
    assert Counter(other.notices) == Counter(plain.notices)
    assert other.notices == plain.notices


@given(editions(attested=True), editions(attested=True))
@ALMOST
def test_nothing_is_listed_twice(a: CodexSnapshot, b: CodexSnapshot) -> None:
    counts = Counter(short(change)[:2] for change in classify(a, b).changes)
    assert not [change for change, times in counts.items() if times > 1]


@given(editions(attested=True), editions(attested=True))
@ALMOST
def test_attestations_never_make_a_change_weightier(a: CodexSnapshot, b: CodexSnapshot) -> None:
    def bare(snapshot: CodexSnapshot) -> CodexSnapshot:
        return replace(snapshot, rules={key: replace(facts, attests=None) for key, facts in snapshot.rules.items()})

    assert classify(a, b).bump <= classify(bare(a), bare(b)).bump


@given(some_scope, some_scope, some_scope)
@ALMOST
def test_covering_is_an_order(a: Scope, b: Scope, c: Scope) -> None:
    assert covers(a, a)
    assert covers(Scope(), a)
    if covers(a, b) and covers(b, c):
        assert covers(a, c)
