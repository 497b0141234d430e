"""Settings and suppressions decide what is reported; some errors no setting and no comment silences."""

import pytest

from skills_build.diagnostics import Finding, Severity, Span
from skills_build.errors import CodexError
from skills_build.lint.apply_settings import codes_named, counts, overridden, to_diagnostics
from skills_build.lint.base import Stage
from skills_build.model.codex import LockedId
from skills_build.model.config import LintSettings
from tests.support.linting import FRONT, RULE, linted

VAGUE = Finding(code="CX301", message="vague", path="a/b.md", span=Span(3, 1, 3, 5))
REASON = Finding(code="CX303", message="no reason", path="a/b.md", span=Span(2, 1, 2, 5))
GONE = Finding(code="CX114", message="gone", path="a/b.md")
ALL = (GONE, REASON, VAGUE)


def codes(settings: LintSettings) -> list[str]:
    return [d.code for d in to_diagnostics(ALL, settings)]


def allowed(comment: str, *, ran: tuple[Stage, ...] | None = None) -> list[tuple[str, str, str | None]]:
    """Code, message and help of what is left of a rule without a reason below `comment`."""
    rule = RULE.replace("**Why:** callers give up.", "Within a second.")
    findings, standards = linted({"a.md": f"{FRONT}{comment}\n\n{rule}"})
    settled = (
        to_diagnostics(findings, LintSettings(), standards, ran=ran)
        if ran
        else to_diagnostics(findings, LintSettings(), standards)
    )
    return [(d.code, d.finding.message, d.finding.help) for d in settled]


def test_without_settings_every_finding_is_reported_once_in_order_with_name_and_severity() -> None:
    diagnostics = to_diagnostics((VAGUE, REASON, GONE, VAGUE), LintSettings())
    assert [(d.code, d.name, d.severity) for d in diagnostics] == [
        ("CX114", "vanished-rule", Severity.ERROR),
        ("CX303", "missing-rationale", Severity.WARNING),
        ("CX301", "vague-statement", Severity.WARNING),
    ]


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (LintSettings(ignore=("vague-statement",)), ["CX114", "CX303"]),
        (LintSettings(ignore=("CX3",)), ["CX114"]),
        (LintSettings(ignore=("cx301",)), ["CX114", "CX303"]),
        (LintSettings(select=("CX301",)), ["CX114", "CX301"]),
        (LintSettings(select=("CX3",), ignore=("CX303",)), ["CX114", "CX301"]),
        (LintSettings(severity={"CX303": "off"}), ["CX114", "CX301"]),
        (LintSettings(per_path={"a/**": ("CX3",)}), ["CX114"]),
        (LintSettings(per_path={"b/**": ("CX3",)}), ["CX114", "CX303", "CX301"]),
        (LintSettings(ignore=("CX",), per_path={"**": ("vanished-rule",)}), ["CX114"]),
    ],
)
def test_settings_silence_what_they_name_but_never_a_vanished_rule(settings: LintSettings, left: list[str]) -> None:
    assert codes(settings) == left


def test_severity_is_a_setting_but_not_for_what_cannot_be_silenced() -> None:
    diagnostics = to_diagnostics(
        ALL, LintSettings(severity={"vanished-rule": "info", "CX303": "error", "CX301": "info"})
    )
    assert [d.severity for d in diagnostics] == [Severity.ERROR, Severity.ERROR, Severity.INFO]


@pytest.mark.parametrize("names", [("CX3", "CX303"), ("CX303", "CX3")])
def test_a_code_is_more_specific_than_a_prefix_in_any_order(names: tuple[str, ...]) -> None:
    levels = {"CX3": "off", "CX303": "error"}
    assert codes(LintSettings(severity={name: levels[name] for name in names})) == ["CX114", "CX303"]


@pytest.mark.parametrize(
    "settings", [LintSettings(ignore=("vage-statement",)), LintSettings(severity={"vage-statement": "off"})]
)
def test_a_lint_that_does_not_exist_stops_the_run_and_the_nearest_is_named(settings: LintSettings) -> None:
    with pytest.raises(CodexError) as caught:
        to_diagnostics((), settings)
    assert (caught.value.message, caught.value.hint) == (
        "unknown lint `vage-statement`",
        "did you mean `vague-statement`?",
    )


def test_a_prefix_matches_many_lints_and_a_name_one() -> None:
    assert codes_named("missing-rationale") == {"CX303"}
    assert {"CX601", "CX605"} <= codes_named("cx6")


def test_a_suppression_with_a_reason_silences_by_name_and_by_code() -> None:
    assert allowed("<!-- codexc: allow missing-rationale: plain to all -->") == []
    assert allowed("<!-- codexc: allow CX303: plain to all -->") == []


def test_a_suppression_applies_only_to_what_follows_it() -> None:
    other = (
        RULE.replace("SVC-1", "SVC-2")
        .replace("answer in time", "log requests")
        .replace("**Why:** callers give up.", "All.")
    )
    comment = "<!-- codexc: allow missing-rationale: plain to all -->"
    findings, standards = linted({"a.md": f"{FRONT}{RULE}\n{comment}\n\n{other.replace('2', '3')}\n{other}"})
    assert [
        (d.code, d.finding.span.line) for d in to_diagnostics(findings, LintSettings(), standards) if d.code == "CX303"
    ] == [("CX303", 22)]


def test_a_suppression_without_a_reason_silences_nothing() -> None:
    assert [(code, message) for code, message, _ in allowed("<!-- codexc: allow missing-rationale -->")] == [
        ("CX015", "`missing-rationale` is suppressed without a reason"),
        ("CX303", "MUST without a reason"),
    ]


def test_a_mistyped_suppression_names_the_lint_that_was_meant() -> None:
    assert allowed("<!-- codexc: allow missing-rationle: plain to all -->")[0] == (
        "CX014",
        "unknown lint `missing-rationle`",
        "did you mean `missing-rationale`?",
    )


def test_a_lint_that_is_not_suppressible_cannot_be_allowed() -> None:
    assert allowed("<!-- codexc: allow vanished-rule: we know -->")[0] == (
        "CX014",
        "`vanished-rule` cannot be suppressed",
        "remove the comment and fix the finding",
    )


def test_a_comment_does_not_silence_a_reused_id() -> None:
    comment = "<!-- codexc: allow reused-id: nobody cited it -->"
    locked = (LockedId(id="SVC-1", slug="old", file="a.md", title="old", withdrawn="2025-03"),)
    findings, standards = linted({"a.md": f"{FRONT}{comment}\n\n{RULE}"}, locked=locked)
    assert [d.code for d in to_diagnostics(findings, LintSettings(), standards)] == ["CX014", "CX104"]


def test_a_suppression_of_a_lint_of_the_output_is_judged_only_when_there_is_output() -> None:
    comment = "<!-- codexc: allow rule-too-long: a table of all codes -->"
    assert [code for code, _, _ in allowed(comment)] == ["CX303"]
    assert [code for code, _, _ in allowed(comment, ran=(Stage.OUTPUT,))] == ["CX014", "CX303"]


def test_an_ignored_lint_does_not_make_its_suppressions_unused() -> None:
    rule = RULE.replace("**Why:** callers give up.", "Within a second.")
    comment = "<!-- codexc: allow missing-rationale: plain to all -->"
    findings, standards = linted({"a.md": f"{FRONT}{comment}\n\n{rule}"})
    assert to_diagnostics(findings, LintSettings(ignore=("CX303",)), standards) == ()


def test_the_command_line_replaces_select_and_adds_to_ignore() -> None:
    settings = LintSettings(select=("CX1",), ignore=("CX301",), severity={"CX303": "error"})
    assert overridden(settings, select=(), ignore=("CX302",)) == LintSettings(
        select=("CX1",), ignore=("CX301", "CX302"), severity={"CX303": "error"}
    )
    assert overridden(settings, select=("CX3",), ignore=()).select == ("CX3",)


def test_counts_name_every_severity() -> None:
    assert counts(to_diagnostics(ALL, LintSettings())) == {Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 0}
