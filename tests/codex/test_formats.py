"""Every report format says the same of the same diagnostics, in the shape its readers publish."""

import json

from sarif_pydantic import Sarif

from codex.report import as_json, github, gitlab, sarif, text
from skills_build.diagnostics import Diagnostic, Edit, Finding, Fix, Note, Severity, Span

SOURCES = {"a b.md": "# T\n\n\t- Calls SHALL, 100% end\n", "wide.md": "### 服务 MUST\n"}
FIX = Fix(title="write `MUST`", edits=(Edit(span=Span(3, 10, 3, 15), text="MUST"),))
FIRST = Diagnostic(
    finding=Finding(
        code="CX313",
        message="`SHALL`, 100% wrong",
        path="a b.md",
        span=Span(3, 10, 3, 15),
        notes=(Note(message="the title", path="a b.md", span=Span(1, 3, 1, 4)), Note(message="a fact alone")),
        help="write `MUST`\nalways",
        fix=FIX,
    ),
    name="undeclared-keyword",
    severity=Severity.WARNING,
)
SECOND = Diagnostic(
    finding=Finding(code="CX101", message="no id", path="wide.md", span=Span(1, 8, 1, 12)),
    name="rule-without-id",
    severity=Severity.ERROR,
)
BOTH = (FIRST, SECOND)

TEXT = """\
warning[CX313]: `SHALL`, 100% wrong
 --> a b.md:3:10
  |
3 |     - Calls SHALL, 100% end
  |             ^^^^^
note: the title
 --> a b.md:1:3
note: a fact alone
  = help: write `MUST`<U+000A>always

error[CX101]: no id
 --> wide.md:1:8
  |
1 | ### 服务 MUST
  |          ^^^^

"""


def test_text_has_rustcs_shape_with_tabs_and_wide_characters_under_their_marks() -> None:
    assert text.render(BOTH, SOURCES) == TEXT


def test_the_summary_counts_and_says_what_can_be_fixed() -> None:
    said = text.summary(BOTH, files=2)
    assert said == "1 error, 1 warning in 2 files; 1 fixable with `codexc check --fix`\n"
    assert text.summary((), files=1) == "nothing found in 1 file\n"


def test_colours_change_no_word() -> None:
    import re

    painted = text.render(BOTH, SOURCES, color=True)
    assert painted != TEXT
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == TEXT


def test_what_steers_a_terminal_is_shown_as_its_code_point() -> None:
    assert text.shown("a\x1b[31m\u202eb") == "a<U+001B>[31m<U+202E>b"


def test_a_long_line_is_cut_around_the_mark() -> None:
    far = Finding(code="CX101", message="m", path="long.md", span=Span(1, 501, 1, 504))
    shown = text.render(
        [Diagnostic(finding=far, name="n", severity=Severity.ERROR)], {"long.md": "x" * 500 + "abc" + "y" * 500}
    )
    excerpt, marks = shown.split("\n")[3:5]
    assert excerpt[marks.index("^") : marks.rindex("^") + 1] == "abc"
    assert len(excerpt) < 140


def test_json_holds_everything() -> None:
    first, second = json.loads(as_json.render(BOTH, SOURCES))["diagnostics"]
    assert first["span"] == {"line": 3, "column": 10, "end_line": 3, "end_column": 15}
    assert first["fix"]["edits"][0]["text"] == "MUST"
    assert [note["message"] for note in first["notes"]] == ["the title", "a fact alone"]
    assert (second["code"], second["severity"], second["fix"]) == ("CX101", "error", None)


def test_sarif_is_read_by_a_library_of_the_standard() -> None:
    raw = json.loads(sarif.render(BOTH, SOURCES))
    log = Sarif.model_validate(raw)
    (run,) = log.runs
    assert log.version == "2.1.0"
    assert [(r.rule_id, str(r.level).lower().rsplit(".", 1)[-1]) for r in run.results or []] == [
        ("CX313", "warning"),
        ("CX101", "error"),
    ]
    assert run.tool.driver.rules is not None
    assert [rule.id for rule in run.tool.driver.rules] == ["CX101", "CX313"]
    for result in raw["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert " " not in place["artifactLocation"]["uri"]
        assert place["region"]["endColumn"] >= place["region"]["startColumn"] >= 1
        assert raw["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_gitlab_reports_have_unique_fingerprints_and_known_severities() -> None:
    rows = json.loads(gitlab.render((*BOTH, SECOND), SOURCES))
    assert len({row["fingerprint"] for row in rows}) == 3
    assert [row["severity"] for row in rows] == ["minor", "major", "major"]
    assert rows[0]["location"] == {"path": "a b.md", "lines": {"begin": 3, "end": 3}}
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(rows[0])


def test_github_commands_are_escaped() -> None:
    first = github.render(BOTH, SOURCES).split("\n")[0]
    assert first == (
        "::warning file=a b.md,line=3,endLine=3,col=10,endColumn=15,title=CX313 undeclared-keyword"
        "::`SHALL`, 100%25 wrong (write `MUST`%0Aalways)"
    )
