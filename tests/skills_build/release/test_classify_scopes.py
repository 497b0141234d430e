"""Rules whose applicability changes."""

import pytest

from skills_build.model.release import Bump, ChangeKind
from skills_build.model.standard import Scope
from skills_build.release.classify import covers, scope_text
from tests.support.classifying import RULE, between, only, only_change, scoped, text
from tests.support.editions import brief

SCOPES = [
    ("languages: go", "languages: go, python"),
    ("languages: go", ""),
    ("technologies: docker", "technologies: docker, http"),
    ("technologies: docker", ""),
    ("paths: services/api/**", "paths: services/**"),
    ("paths: services/*.py", "paths: services/**"),
    ("paths: services/**", ""),
    ("paths: a/**", "paths: a/**, b/**"),
    ("when: the service is public", ""),
    ("languages: go; technologies: docker", "languages: go"),
]


@pytest.mark.parametrize(("narrow", "wide"), SCOPES)
@pytest.mark.parametrize(
    ("level", "bump"), [("MUST", Bump.MAJOR), ("MUST NOT", Bump.MAJOR), ("SHOULD", Bump.MINOR), ("MAY", Bump.MINOR)]
)
def test_a_wider_or_narrower_applicability_is_classified(narrow: str, wide: str, level: str, bump: Bump) -> None:
    change = only_change(between(scoped(level, narrow), scoped(level, wide)), ChangeKind.WIDENED, bump)
    back = only_change(between(scoped(level, wide), scoped(level, narrow)), ChangeKind.NARROWED, Bump.MINOR)
    assert (change.old, change.new) == (back.new, back.old)
    assert change.old != change.new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("languages: go", "languages: python"),
        ("paths: a/**", "paths: b/**"),
        ("languages: go", "technologies: docker"),
        ("languages: go", "when: it is public"),
    ],
)
def test_another_applicability_is_both_wider_and_narrower(old: str, new: str) -> None:
    assert brief(between(scoped("MUST", old), scoped("MUST", new))) == [
        ("SVC-1", ChangeKind.WIDENED, Bump.MAJOR),
        ("SVC-1", ChangeKind.NARROWED, Bump.MINOR),
    ]


def test_an_applicability_in_another_order_or_case_is_the_same() -> None:
    old, new = scoped("MUST", "languages: Go, python"), scoped("MUST", "languages: python, go")
    assert only(between(old, new)).bump is Bump.PATCH


def test_another_condition_is_another_wording() -> None:
    old, new = scoped("MUST", "when: it is public"), scoped("MUST", "when: it is internal")
    only_change(between(old, new), ChangeKind.REWORDED, Bump.MAJOR)


def test_a_standards_applicability_is_that_of_its_rules() -> None:
    extra = "applies_to:\n  languages: [go]\n"
    diff = between(text(RULE, extra=extra), text(RULE))
    assert brief(diff) == [("SVC-1", ChangeKind.WIDENED, Bump.MAJOR), ("SVC-9", ChangeKind.WIDENED, Bump.MINOR)]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (Scope(), Scope(paths=("a/**",)), True),
        (Scope(paths=("**",)), Scope(), False),
        (Scope(paths=("**/*",)), Scope(paths=("a.py",)), True),
        (Scope(paths=("a/**",)), Scope(paths=("ab/**",)), False),
        (Scope(paths=("a/**",)), Scope(paths=("a/b/**", "a/c.py")), True),
        (Scope(paths=("a/**",)), Scope(paths=("a/b/**", "c.py")), False),
        (Scope(paths=("*.py",)), Scope(paths=("a.py",)), False),
        (Scope(languages=("Go",)), Scope(languages=("go",)), True),
        (Scope(languages=("go",)), Scope(languages=("go", "c")), False),
        (Scope(when="x"), Scope(when="y"), True),
        (Scope(when="x"), Scope(), False),
    ],
)
def test_a_scope_covers_narrower_scopes(outer: Scope, inner: Scope, expected: bool) -> None:
    assert covers(outer, inner) is expected


def test_an_applicability_is_described_in_words() -> None:
    scope = Scope(languages=("go", "c"), technologies=("http",), paths=("a/**",), when="it runs")
    assert scope_text(scope) == "go, c; http; `a/**`; when it runs"
    assert scope_text(Scope()) == "everywhere"
