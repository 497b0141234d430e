"""Every report format says the same of the same diagnostics, in the shape its readers publish."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from sarif_pydantic import Sarif

from codex import __version__
from codex.report import as_json, github, gitlab, sarif, text
from codex.report.registry import FORMATS, renderer
from skills_build.diagnostics import Diagnostic, Edit, Finding, Fix, Note, Severity, Span
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.registry import LINTS
from skills_build.schema import violations
from tests.support.pages import lint_sample, page, pages

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


def test_the_summary_counts_findings_and_fixes() -> None:
    summary = text.findings_summary(BOTH, files=2)
    assert summary == "1 error, 1 warning in 2 files; 1 fixable with `codexc check --fix`\n"
    assert text.findings_summary((), files=1) == "no problems found in 1 file\n"


def test_colours_change_no_word() -> None:
    import re

    painted = text.render(BOTH, SOURCES, color=True)
    assert painted != TEXT
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == TEXT


def test_control_characters_are_shown_as_code_points() -> None:
    assert text.printable("a\x1b[31m\u202eb") == "a<U+001B>[31m<U+202E>b"


def test_a_long_line_is_cut_around_the_mark() -> None:
    far = Finding(code="CX101", message="m", path="long.md", span=Span(1, 501, 1, 504))
    shown = text.render(
        [Diagnostic(finding=far, name="n", severity=Severity.ERROR)], {"long.md": "x" * 500 + "abc" + "y" * 500}
    )
    excerpt, marks = shown.split("\n")[3:5]
    assert excerpt[marks.index("^") : marks.rindex("^") + 1] == "abc"
    assert len(excerpt) < 140


def test_json_has_the_spans_notes_and_fixes_of_a_finding() -> None:
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


def span(line: int, column: int, end_line: int, end_column: int) -> dict[str, int]:
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}


def test_json_is_exactly_this() -> None:
    assert json.loads(as_json.render(BOTH, SOURCES)) == {
        "version": 1,
        "diagnostics": [
            {
                "code": "CX313",
                "name": "undeclared-keyword",
                "severity": "warning",
                "message": "`SHALL`, 100% wrong",
                "path": "a b.md",
                "span": span(3, 10, 3, 15),
                "notes": [
                    {"message": "the title", "path": "a b.md", "span": span(1, 3, 1, 4)},
                    {"message": "a fact alone", "path": None, "span": None},
                ],
                "help": "write `MUST`\nalways",
                "fix": {
                    "title": "write `MUST`",
                    "unsafe": False,
                    "edits": [{"span": span(3, 10, 3, 15), "text": "MUST"}],
                },
                "consequences": [],
            },
            {
                "code": "CX101",
                "name": "rule-without-id",
                "severity": "error",
                "message": "no id",
                "path": "wide.md",
                "span": span(1, 8, 1, 12),
                "notes": [],
                "help": None,
                "fix": None,
                "consequences": [],
            },
        ],
    }


def test_no_finding_is_a_valid_report_in_every_format() -> None:
    reports = {name: renderer(name)((), {}) for name in FORMATS}
    assert (reports["text"], reports["github"], json.loads(reports["gitlab"])) == ("", "", [])
    assert json.loads(reports["json"]) == {"version": 1, "diagnostics": []}
    assert sarif_violations(json.loads(reports["sarif"])) == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_handles_any_name_and_message(name: str) -> None:
    finding = Finding(
        code="CX101", message="\x1b[31m \u202e %0A ::error::", path="caf\ufffd:,%.md", span=Span(9, 9, 9, 9)
    )
    report = renderer(name)([Diagnostic(finding=finding, name="rule-without-id", severity=Severity.INFO)], {})
    assert report.isprintable() or "\n" in report
    assert "\x1b" not in report


def test_gitlab_fingerprints_stay_when_lines_move_and_differ_when_anything_else_does() -> None:
    def prints(*diagnostics: Diagnostic) -> list[str]:
        return [row["fingerprint"] for row in json.loads(gitlab.render(diagnostics, SOURCES))]

    moved = replace(SECOND, finding=replace(SECOND.finding, span=Span(7, 1, 8, 2)))
    assert prints(FIRST, moved) == prints(FIRST, SECOND)
    others = [
        replace(SECOND, finding=finding)
        for finding in (
            replace(SECOND.finding, message="other"),
            replace(SECOND.finding, path="other.md"),
            replace(SECOND.finding, code="CX102"),
        )
    ]
    assert len({*prints(SECOND, *others)}) == 4


def test_gitlab_severities_are_those_of_gitlab() -> None:
    rows = [json.loads(gitlab.render([replace(SECOND, severity=severity)], SOURCES))[0] for severity in Severity]
    assert [row["severity"] for row in rows] == ["major", "minor", "info"]
    assert rows[0] == {
        "description": "CX101: no id",
        "check_name": "rule-without-id",
        "fingerprint": rows[0]["fingerprint"],
        "severity": "major",
        "location": {"path": "wide.md", "lines": {"begin": 1, "end": 1}},
    }


def test_github_properties_and_messages_are_escaped_differently() -> None:
    finding = Finding(code="CX101", message="50%: a,b\r\nc ::error::d", path="a,b:c%.md", span=Span(1, 2, 3, 4))
    annotation = github.render([Diagnostic(finding=finding, name="rule-without-id", severity=Severity.INFO)], {})
    assert annotation == (
        "::notice file=a%2Cb%3Ac%25.md,line=1,endLine=3,col=2,endColumn=4,title=CX101 rule-without-id"
        "::50%25: a,b%0D%0Ac ::error::d\n"
    )


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """The schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": sorted(required),
        "additionalProperties": False,
    }


COUNT = {"type": "integer", "minimum": 1}
WORDS = {"type": "string", "minLength": 1}
MESSAGE = closed({"text": WORDS})
REGION = closed({"startLine": COUNT, "startColumn": COUNT, "endLine": COUNT, "endColumn": COUNT})
URI = {"type": "string", "pattern": r"^(?!/)([A-Za-z0-9._~/()-]|%[0-9A-F]{2})+$"}
ARTIFACT = closed({"uri": URI, "uriBaseId": {"const": "%SRCROOT%"}})
PLACE = closed({"artifactLocation": ARTIFACT, "region": REGION})
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = closed(
    {
        "$schema": {
            "const": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
        },
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": closed(
                {
                    "tool": closed(
                        {
                            "driver": closed(
                                {
                                    "name": {"const": "codexc"},
                                    "version": {"const": __version__},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": closed(
                                            {
                                                "id": WORDS,
                                                "name": WORDS,
                                                "shortDescription": MESSAGE,
                                                "help": MESSAGE,
                                                "defaultConfiguration": closed({"level": LEVEL}),
                                            }
                                        ),
                                    },
                                }
                            )
                        }
                    ),
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": closed(
                            {
                                "ruleId": WORDS,
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": MESSAGE,
                                "locations": {"type": "array", "items": closed({"physicalLocation": PLACE})},
                                "partialFingerprints": {"type": "object", "additionalProperties": WORDS},
                            },
                            relatedLocations={
                                "type": "array",
                                "uniqueItems": True,
                                "items": closed(
                                    {
                                        "id": {"type": "integer", "minimum": 0},
                                        "message": MESSAGE,
                                        "physicalLocation": PLACE,
                                    }
                                ),
                            },
                            fixes={
                                "type": "array",
                                "uniqueItems": True,
                                "items": closed(
                                    {
                                        "description": MESSAGE,
                                        "artifactChanges": {
                                            "type": "array",
                                            "minItems": 1,
                                            "items": closed(
                                                {
                                                    "artifactLocation": ARTIFACT,
                                                    "replacements": {
                                                        "type": "array",
                                                        "minItems": 1,
                                                        "items": closed(
                                                            {
                                                                "deletedRegion": REGION,
                                                                "insertedContent": closed({"text": {"type": "string"}}),
                                                            }
                                                        ),
                                                    },
                                                }
                                            ),
                                        },
                                    }
                                ),
                            },
                        ),
                    },
                }
            ),
        },
    }
)
"""What SARIF 2.1.0 (OASIS, errata 01) says of the part of it that we write, stricter where we promise more."""


def sarif_violations(log: Any) -> list[str]:
    """How a log breaks the standard; empty where it does not."""
    return [violation.message for violation in violations(json.dumps(SARIF), log)]


def test_the_structure_check_of_sarif_finds_what_is_wrong() -> None:
    log = json.loads(sarif.render(BOTH, SOURCES))
    assert sarif_violations(log) == []
    log["runs"][0]["results"][0]["level"] = "bad"
    assert len(sarif_violations(log)) == 1


def test_sarif_keeps_places_notes_and_fixes() -> None:
    (run,) = json.loads(sarif.render(BOTH, SOURCES))["runs"]
    first, second = run["results"]
    place = {
        "artifactLocation": {"uri": "a%20b.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 10, "endLine": 3, "endColumn": 15},
    }
    title = {**place, "region": {"startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 4}}
    change = {"deletedRegion": place["region"], "insertedContent": {"text": "MUST"}}
    assert first == {
        "ruleId": "CX313",
        "ruleIndex": 1,
        "level": "warning",
        "message": {"text": "`SHALL`, 100% wrong\nwrite `MUST`\nalways"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": first["partialFingerprints"],
        "relatedLocations": [{"id": 0, "message": {"text": "the title"}, "physicalLocation": title}],
        "fixes": [
            {
                "description": {"text": "write `MUST`"},
                "artifactChanges": [{"artifactLocation": place["artifactLocation"], "replacements": [change]}],
            }
        ],
    }
    assert sorted(second) == ["level", "locations", "message", "partialFingerprints", "ruleId", "ruleIndex"]
    rules = run["tool"]["driver"]["rules"]
    assert rules[0] == {
        "id": "CX101",
        "name": "RuleWithoutId",
        "shortDescription": {"text": "rule without id"},
        "help": {"text": "codexc explain CX101"},
        "defaultConfiguration": {"level": "error"},
    }


def test_the_findings_of_every_lint_are_valid_sarif() -> None:
    every: dict[str, Diagnostic] = {}
    for lint_page in map(page, pages()):
        findings, standards, config = lint_sample(lint_page.example)
        every |= {d.code: d for d in to_diagnostics(findings, config.lint, standards)}
    assert len(every) > len(LINTS) / 2
    assert sarif_violations(json.loads(sarif.render(list(every.values()), {}))) == []


@pytest.mark.parametrize(
    "line", ["a ##[set-output name=x;]SHALL", "##vso[task.complete]SHALL", "###[SHALL", "#" * 9 + "[x"]
)
def test_an_excerpt_is_no_command_of_a_pipeline(line: str) -> None:
    """The mark under the excerpt begins within the command."""
    for column in range(1, len(line) + 1):
        finding = replace(SECOND.finding, span=Span(1, column, 1, column + 1), message=line)
        shown = (one.render([replace(SECOND, finding=finding)], {"wide.md": line}) for one in (text, github))
        assert not re.search(r"##(?:\[|vso)", "".join(shown))
