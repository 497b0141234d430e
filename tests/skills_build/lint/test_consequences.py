"""A rule that is lost by a mistake is never answered with the advice to withdraw it: the mistake is reported first."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.diagnostics import Diagnostic, Severity
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.baseline import dump_baseline, load_baseline, not_in_baseline
from skills_build.model.codex import LockedId
from skills_build.model.config import Config, LintSettings
from tests.support.effort import calls_of
from tests.support.linting import CONFIG, FRONT, RULE, linted

TITLE = "Clients MUST retry with a growing delay"
SECOND = f"### {TITLE} (SVC-2)\n\n**Why:** a crowd of retries is an outage.\n"
THIRD = "### Logs SHOULD NOT hold personal data (SVC-3)\n\n**Why:** logs are copied.\n"
LOCK = (
    LockedId(id="SVC-1", slug="a", file="a.md", title="Services MUST answer in time"),
    LockedId(id="SVC-2", slug="b", file="a.md", title=TITLE),
    LockedId(id="SVC-3", slug="c", file="a.md", title="Logs SHOULD NOT hold personal data"),
)


def checked(
    text: str, *, settings: LintSettings | None = None, files: dict[str, str] | None = None, config: Config = CONFIG
) -> tuple[Diagnostic, ...]:
    """The diagnostics of a standard with three rules in its lock."""
    findings, standards = linted({"a.md": text, **(files or {})}, locked=LOCK, config=config)
    return to_diagnostics(findings, settings or LintSettings(), standards)


def vanished(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, int, str]]:
    """Code, line and message of each diagnostic about a vanished rule, on its own or below its cause."""
    return [
        (d.code, d.finding.span.line, v.finding.message)
        for d in diagnostics
        for v in (d, *d.consequences)
        if v.code == "CX114"
    ]


MISTAKES = [
    SECOND.replace(" (SVC-2)", ""),
    SECOND.replace("(SVC-2)", "(SVC-1)"),
    SECOND.replace("(SVC-2)", "(SVC-9)"),
    SECOND.replace("(SVC-2)", "[SVC-2]"),
    SECOND.replace("(SVC-2)", "(svc-2)"),
    SECOND.replace("(SVC-2)", "(SVC 2)"),
    SECOND.replace("(SVC-2)", "(SVC_2)"),
    SECOND.replace("MUST", "must"),
    SECOND.replace("MUST", "need to"),
    SECOND.replace("### ", "###"),
    SECOND.replace("### ", ""),
    SECOND.replace("### ", "> "),
    SECOND.replace("### ", "**").replace("(SVC-2)", "(SVC-2)**"),
    SECOND.replace(f"### {TITLE} (SVC-2)", f"### SVC-2: {TITLE}"),
    SECOND.replace(f"### {TITLE} (SVC-2)", f"- [SVC-2] {TITLE}"),
    SECOND.replace(f"### {TITLE} (SVC-2)", f"| SVC-2 | {TITLE} |"),
    SECOND.replace(f"### {TITLE} (SVC-2)", "### SVC-2: Clients back off"),
    SECOND.replace(f"### {TITLE} (SVC-2)", f"<b>{TITLE}</b> (SVC-2)"),
    SECOND.replace("growing delay (SVC-2)", "delay"),
    f"```text\n{SECOND}```\n",
    f"<!--\n{SECOND}-->\n",
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_rule_that_is_still_there_is_reported_at_its_line_and_never_to_be_withdrawn(mistake: str) -> None:
    diagnostics = checked(f"{FRONT}{RULE}\n{mistake}\n{THIRD}")
    ((_, line, message),) = vanished(diagnostics)
    start = (FRONT + RULE).count("\n") + 2
    assert start <= line <= start + 3
    assert message.startswith("rule `SVC-2` is missing")
    assert not any("Withdrawn" in (d.finding.help or "") for d in diagnostics)
    assert any(d.severity is Severity.ERROR for d in diagnostics)


@given(
    cut=st.sampled_from(["### ", " (SVC-2)", "MUST ", "(", ")", "-", "SVC-2"]),
    put=st.sampled_from(["", "*", "> ", "must ", "\N{NO-BREAK SPACE}", "`"]),
)
def test_any_damage_to_a_mark_is_reported_without_advice_to_withdraw(cut: str, put: str) -> None:
    diagnostics = checked(f"{FRONT}{RULE}\n{SECOND.replace(cut, put, 1)}\n{THIRD}")
    assert not any("Withdrawn" in (d.finding.help or "") for d in diagnostics)


def test_a_rule_that_is_really_gone_is_to_be_withdrawn() -> None:
    (gone,) = checked(f"{FRONT}{RULE}\n{THIRD}")
    assert "`## Withdrawn`" in (gone.finding.help or "")


def test_a_rule_that_others_only_mention_is_gone() -> None:
    mention = RULE.replace("callers give up.", "callers give up, see SVC-2.\n\n**See:** SVC-2")
    (gone,) = [d for d in checked(f"{FRONT}{mention}\n{THIRD}") if d.code == "CX114"]
    assert "`## Withdrawn`" in (gone.finding.help or "")


def test_a_rule_that_is_much_like_another_is_gone() -> None:
    near = LockedId(id="SVC-4", slug="d", file="a.md", title="Services MUST answer in time and in order")
    findings, standards = linted({"a.md": f"{FRONT}{RULE}\n{SECOND}\n{THIRD}"}, locked=(*LOCK, near))
    (gone,) = to_diagnostics(findings, LintSettings(), standards)
    assert "`## Withdrawn`" in (gone.finding.help or "")


def test_the_help_for_a_lost_id_is_the_id_of_the_lock() -> None:
    (lost,) = checked(f"{FRONT}{RULE}\n{SECOND.replace(' (SVC-2)', '')}\n{THIRD}")
    assert (lost.code, lost.finding.help) == ("CX101", "end the rule with its id, `(SVC-2)`")
    (again,) = checked(f"{FRONT}{RULE}\n{SECOND.replace('SVC-2', 'SVC-1')}\n{THIRD}")
    assert (again.code, again.finding.help) == ("CX103", "write `SVC-2` here: a rule keeps its id")


def test_a_code_block_that_is_not_closed_is_one_error_for_all_rules_in_it() -> None:
    diagnostics = checked(f"{FRONT}{RULE}\n```python\nretry()\n\n{SECOND}\n{THIRD}")
    ((code, line, message),) = vanished(diagnostics)
    assert (code, line) == ("CX008", (FRONT + RULE).count("\n") + 2)
    assert message == "rules `SVC-2` and `SVC-3` are missing: they are inside this code block"
    assert [d.code for d in diagnostics if d.severity is Severity.ERROR] == ["CX008"]


def test_a_cause_that_settings_silence_hides_no_vanished_rule() -> None:
    text = f"{FRONT}{RULE}\n{SECOND.replace(' (SVC-2)', '')}\n{THIRD}"
    for settings in (LintSettings(ignore=("CX101",)), LintSettings(severity={"CX101": "info"})):
        assert [d.code for d in checked(text, settings=settings) if d.severity is Severity.ERROR] == ["CX114"]
    (warned,) = checked(text, settings=LintSettings(severity={"CX101": "warning"}))
    assert (warned.code, warned.severity) == ("CX101", Severity.ERROR)


def test_a_baseline_never_hides_a_vanished_rule_below_its_cause() -> None:
    text = f"{FRONT}{RULE}\n{SECOND.replace(' (SVC-2)', '')}\n{THIRD}"
    diagnostics = checked(text)
    recorded = dump_baseline(diagnostics, {"a.md": text})
    forged = dump_baseline([replace(d, consequences=()) for d in diagnostics], {"a.md": text})
    assert '"entries": []' in recorded
    assert (
        not_in_baseline(diagnostics, load_baseline(forged, path="b.json"), {"a.md": text}, {"a.md"}.__contains__)[0]
        == diagnostics
    )


def test_a_file_with_another_suffix_is_one_finding_that_names_the_file() -> None:
    other = {
        "b.md": (FRONT + THIRD.replace("Logs SHOULD NOT hold personal data", "Ports MUST be open")).replace(
            "SVC", "NEW"
        )
    }
    findings, _ = linted(other, locked=LOCK)
    findings_, _ = linted(other, locked=LOCK, names=("a.markdown",))
    (gone,) = (f for f in findings if f.code == "CX114")
    assert (gone.path, gone.message) == ("a.md", "3 rules are missing: file `a.md` does not exist")
    (renamed,) = [f for f in findings_ if f.code == "CX114"]
    assert (renamed.path, renamed.help) == ("a.markdown", "rename it to `a.md`")


def test_a_thousand_vanished_rules_are_found_in_linear_time() -> None:
    many = tuple(LockedId(id=f"SVC-{n}", slug=str(n), file="a.md", title=f"Clients MUST do {n}") for n in range(1000))
    text = FRONT + "".join(f"### Clients must do {n} (SVC-{n})\n\n" for n in range(1000))
    findings, _ = linted({"a.md": text}, locked=many)
    assert sum(f.code == "CX114" and "its id appears here" in f.message for f in findings) == 1000


def test_the_help_for_a_vanished_rule_keeps_the_id_that_its_text_shows() -> None:
    for mark in ("[SVC-2]", "SVC-2", "(Rule SVC-2)", "(SVC-2)."):
        text = f"{FRONT}{RULE}\n### {TITLE} {mark}\n\n**Why:** x.\n\n{THIRD}"
        (found,) = (d for d in checked(text) if d.code == "CX102")
        assert "`(SVC-2)`" in str(found.finding.help)


def test_thousands_of_causes_are_folded_in_linear_time() -> None:
    def work(count: int) -> int:
        lines = "".join(f"### Logs MUST be kept for case {n} [SVC-{n}]\n\n" for n in range(10, 10 + count))
        locked = tuple(
            LockedId(id=f"SVC-{n}", slug=f"s{n}", file="a.md", title=f"Logs MUST be kept for case {n}")
            for n in range(10, 10 + count)
        )
        findings, standards = linted({"a.md": f"{FRONT}{RULE}\n{lines}"}, locked=locked)
        return calls_of(lambda: to_diagnostics(findings, LintSettings(), standards))

    assert work(200) < 2.2 * work(100)


HEAD_ROW = "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n"
ROW_LOCK = (LockedId(id="SVC-1", slug="a", file="a.md", title="If you need a queue, use the broker"),)


@pytest.mark.parametrize(
    ("row", "codes"),
    [("| a queue | the broker | MUST | |\n", ["CX019"]), ("| a cache | memory | MUST | SVC-2 |\n", ["CX114"])],
)
def test_a_row_that_lost_its_id_is_one_finding_and_another_row_is_not_taken_for_it(row: str, codes: list[str]) -> None:
    findings, standards = linted({"a.md": f"{FRONT}{HEAD_ROW}{row}"}, locked=ROW_LOCK)
    shown = [d for d in to_diagnostics(findings, LintSettings(), standards) if d.code in ("CX019", "CX114")]
    assert [d.code for d in shown] == codes
    if codes == ["CX019"]:
        assert shown[0].finding.help == "write `SVC-1` as its id"
    else:
        assert "was removed without being withdrawn" in shown[0].finding.message


@pytest.mark.parametrize(("id_", "codes"), [("SCV", ["CX113"]), ("SVC", [])])
def test_an_id_of_a_standard_that_is_not_that_of_its_rules_is_one_finding(id_: str, codes: list[str]) -> None:
    findings, _ = linted({"a.md": (FRONT + RULE + SECOND + THIRD).replace("id: SVC", f"id: {id_}")})
    found = [f for f in findings if f.code == "CX113"]
    assert [f.code for f in found] == codes
    assert all(f.span.line == 2 and f.help and f.help.startswith("write `id: SVC`") for f in found)
