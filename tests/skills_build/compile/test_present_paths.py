"""In a line about a rule, the files that the repository has come first."""

import pytest

from skills_build.compile.present_paths import present_first, present_starts
from skills_build.compile.prose import file_note
from skills_build.model.bundle import PlacedRule
from skills_build.model.standard import Scope
from tests.support.compiling import compiled, standard

BODY = "## Rules\n\n### Things MUST be odd (SVC-1)\n\n**Why:** it helps."
PIPELINES = (".github/workflows/*", "**/action.yml", ".gitlab-ci.yml", "ci/**/*.yml", "services/a/b/c/*")


def placed_rule(scope: Scope) -> PlacedRule:
    one = compiled({"services.md": standard(BODY)}).codex.standards[0]
    return PlacedRule(rule=one.rules[0], standard=one, scope=scope)


def shown(paths: tuple[str, ...], globs: tuple[str, ...] = PIPELINES) -> tuple[str, ...]:
    rule = placed_rule(Scope(paths=globs))
    return present_first(rule, present_starts([rule], paths)).scope.paths


@pytest.mark.parametrize(
    ("paths", "globs"),
    [
        ((), PIPELINES),
        (("a.c",), PIPELINES),
        ((".gitlab-ci.yml", "a.c"), (PIPELINES[2], *PIPELINES[:2], *PIPELINES[3:])),
        ((".github/workflows/ci.yml",), PIPELINES),
        (("ci/jobs/build.yml", "ci.txt"), (PIPELINES[3], *PIPELINES[:3], PIPELINES[4])),
        (("services/a/b", ".github/workflow"), (PIPELINES[4], *PIPELINES[:4])),
        (("services/a/bc", ".gitlab/duo/review.yaml"), PIPELINES),
    ],
)
def test_globs_of_files_that_are_there_lead(paths: tuple[str, ...], globs: tuple[str, ...]) -> None:
    assert shown(paths) == globs


def test_a_line_about_a_rule_names_the_pipeline_that_is_there() -> None:
    rule = placed_rule(Scope(paths=PIPELINES))
    (note,) = file_note(present_first(rule, present_starts([rule], (".gitlab-ci.yml",))).scope)
    assert note.startswith("(`.gitlab-ci.yml`, ") and note.endswith(" and 2 more)")


def test_the_same_order_is_the_same_rule() -> None:
    rule = placed_rule(Scope(paths=PIPELINES))
    present = present_starts([rule], (".gitlab-ci.yml",))
    assert present_first(rule, present) is present_first(rule, present)
    assert present_first(rule, frozenset()) is rule
    other: PlacedRule = placed_rule(Scope(paths=("**/*.sh",)))
    assert present_first(other, present) is other
