"""Which rules ship, and whom they are for."""

import pytest

from skills_build.compile.select import narrowed_scope, rule_folders, select_rules, shipping_rules
from skills_build.model.config import Config, Profile
from skills_build.model.standard import Decider, Scope, Status
from tests.support.compiling import codex_of, standard

RULES = """
### A MUST hold (SVC-1)

Text.

### B MUST hold (SVC-2)

**Status:** draft

### C MUST hold (SVC-3)

**Status:** approved, enforced from 2027-01-01

### D MUST hold (SVC-4)

**Applies to:** languages: go; paths: services/**

### E SHOULD hold (SVC-5)

**Withdrawn:** 2026-01. **Use instead:** SVC-1

### F SHOULD hold (SVC-6)

**Status:** deprecated
"""
FRONT = "applies_to:\n  languages: [go, python]\n  technologies: [docker]\n"


def ids(profile: Profile | None, *, day: str = "2026-11-23", extra: str = FRONT) -> list[str]:
    codex = codex_of({"a.md": standard(RULES, extra=extra)}, Config())
    return [rule.rule.id for rule in select_rules(codex, profile, day)]


def test_drafts_and_withdrawn_rules_never_ship() -> None:
    assert ids(None) == ["SVC-1", "SVC-3", "SVC-4", "SVC-6"]


def test_a_status_changes_on_its_day() -> None:
    codex = codex_of({"a.md": standard(RULES)}, Config())
    before, after = (
        {rule.rule.id: (rule.status, rule.blocks) for rule in select_rules(codex, None, day)}
        for day in ("2026-12-31", "2027-01-01")
    )
    assert before["SVC-3"] == (Status.APPROVED, False)
    assert after["SVC-3"] == (Status.ENFORCED, True)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (Profile(languages=("Go",), technologies=("docker",)), ["SVC-1", "SVC-3", "SVC-4", "SVC-6"]),
        (Profile(languages=("python",), technologies=("docker",)), ["SVC-1", "SVC-3", "SVC-6"]),
        (Profile(languages=("go",)), []),
        (Profile(languages=("rust",), technologies=("docker",)), []),
        (Profile(languages=("go",), technologies=("docker",), paths=("web",)), ["SVC-1", "SVC-3", "SVC-6"]),
        (
            Profile(languages=("go",), technologies=("docker",), paths=("services/api",)),
            ["SVC-1", "SVC-3", "SVC-4", "SVC-6"],
        ),
        (Profile(languages=("go",), technologies=("docker",), domains=("data",)), []),
    ],
)
def test_a_profile_gets_what_applies_to_it(profile: Profile, expected: list[str]) -> None:
    assert ids(profile) == expected


def test_rules_without_applicability_are_for_everybody() -> None:
    assert ids(Profile(), extra="") == ["SVC-1", "SVC-3", "SVC-6"]


def test_a_rule_narrows_its_standard() -> None:
    outer = Scope(languages=("go", "python"), paths=("src/**",), when="it is deployed")
    inner = Scope(languages=("Python",), paths=("src/api/**",), when="it is public")
    assert narrowed_scope(outer, inner) == Scope(
        languages=("Python",), paths=("src/api/**",), when="it is deployed; it is public"
    )


def test_a_rule_that_only_widens_keeps_what_its_standard_says() -> None:
    assert narrowed_scope(Scope(languages=("go",)), Scope(languages=("rust",))) == Scope(languages=("go",))


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ("services/**", ("services",)),
        ("services/api/**/*.py, web/**", ("services/api", "web")),
        ("services/**, **/*.py", ()),
        ("**/Dockerfile*", ()),
        ("Dockerfile", ()),
        ("ops/Dockerfile", ("ops",)),
        (r"\[a\]/**", ()),
        ("/abs/**", ("abs",)),
    ],
)
def test_a_literal_prefix_is_a_folder(paths: str, expected: tuple[str, ...]) -> None:
    text = f"### A MUST hold (SVC-1)\n\n**Applies to:** paths: {paths}\n"
    codex = codex_of({"a.md": standard(text)}, Config())
    assert [rule_folders(rule) for rule in shipping_rules(codex.standards[0], "2026-11-23")] == [expected]


DECIDED = """
### A MUST hold (SVC-1)

**Decided by:** diff, repository

### B MUST hold (SVC-2)

**Decided by:** run time

### C MUST hold (SVC-3)
"""


@pytest.mark.parametrize(
    ("decided_by", "expected"),
    [
        ((), ["SVC-1", "SVC-2", "SVC-3"]),
        (("repository",), ["SVC-1", "SVC-3"]),
        (("run time", "commit"), ["SVC-2", "SVC-3"]),
    ],
)
def test_a_profile_selects_by_what_decides_a_rule(decided_by: tuple[str, ...], expected: list[str]) -> None:
    codex = codex_of({"a.md": standard(DECIDED)}, Config())
    assert [rule.rule.id for rule in select_rules(codex, Profile(decided_by=decided_by), "2026-11-23")] == expected


def test_a_rule_without_the_label_is_decided_by_what_its_standard_says() -> None:
    codex = codex_of({"a.md": standard(DECIDED, extra="decided_by: [organisation]\n")}, Config())
    assert [rule.decided_by for rule in codex.standards[0].rules] == [
        (Decider.DIFF, Decider.REPOSITORY),
        (Decider.RUN_TIME,),
        (Decider.ORGANISATION,),
    ]
