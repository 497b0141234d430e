"""A baseline remembers what was wrong on the first day, wherever the lines move, and nothing else."""

from dataclasses import replace

import pytest

from skills_build.diagnostics import Diagnostic, Finding, Severity, Span
from skills_build.errors import CodexError
from skills_build.lint.baseline import dump_baseline, load_baseline, not_in_baseline

SOURCES = {"a.md": "one\n  two\nthree\n"}


def diagnostic(line: int, *, code: str = "CX303", message: str = "MUST without a reason") -> Diagnostic:
    finding = Finding(code=code, message=message, path="a.md", span=Span(line, 1, line, 2))
    return Diagnostic(finding=finding, name="any", severity=Severity.WARNING)


def dumped(*diagnostics: Diagnostic) -> str:
    return dump_baseline(diagnostics, SOURCES)


def test_a_baseline_is_json_with_one_sorted_line_an_entry() -> None:
    assert dumped(diagnostic(2), diagnostic(1), diagnostic(2)) == (
        '{\n  "version": 1,\n  "entries": [\n'
        '    {"path": "a.md", "code": "CX303", "digest": "404c3f5603e8d11d", "count": 2},\n'
        '    {"path": "a.md", "code": "CX303", "digest": "d11e2d239573db11", "count": 1}\n  ]\n}\n'
    )


def test_an_empty_baseline_is_read_back() -> None:
    assert load_baseline(dumped(), path="b.json") == {}


def test_a_finding_in_the_baseline_is_not_reported_after_its_line_moved_or_was_indented() -> None:
    moved = {"a.md": "new\n\n\ttwo\none\nthree\n"}
    baseline = load_baseline(dumped(diagnostic(1), diagnostic(2)), path="b.json")
    assert not_in_baseline((diagnostic(3), diagnostic(4)), baseline, moved, moved.__contains__) == ((), 0)


def test_a_line_that_changed_and_a_second_defect_of_the_same_kind_are_new() -> None:
    baseline = load_baseline(dumped(diagnostic(1)), path="b.json")
    assert not_in_baseline((diagnostic(1), diagnostic(1)), baseline, SOURCES, SOURCES.__contains__) == (
        (diagnostic(1),),
        0,
    )
    assert not_in_baseline((diagnostic(1),), baseline, {"a.md": "uno"}, SOURCES.__contains__) == ((diagnostic(1),), 1)


def test_entries_without_a_diagnostic_are_counted() -> None:
    baseline = load_baseline(dumped(diagnostic(1), diagnostic(2), diagnostic(2)), path="b.json")
    assert not_in_baseline((), baseline, SOURCES, SOURCES.__contains__) == ((), 3)


def test_findings_that_are_not_suppressible_are_not_in_the_baseline() -> None:
    vanished = diagnostic(1, code="CX114")
    assert dumped(vanished) == dumped()
    forged = dumped(diagnostic(1)).replace("CX303", "CX114")
    assert not_in_baseline((replace(vanished),), load_baseline(forged, path="b.json"), SOURCES, SOURCES.__contains__)[
        0
    ] == (vanished,)


def test_a_finding_in_a_deleted_file_is_in_the_baseline_too() -> None:
    gone = replace(diagnostic(1), finding=replace(diagnostic(1).finding, path="gone.md"))
    assert not_in_baseline(
        (gone,), load_baseline(dump_baseline((gone,), SOURCES), path="b.json"), SOURCES, SOURCES.__contains__
    ) == ((), 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nul",
        '{"version": 1}',
        '{"version": 1, "entries": [1]}',
        "[" * 100_000,
        '{"version": 1, "entries": {"a": 1}}',
    ],
)
def test_an_invalid_baseline_stops_the_run(text: str) -> None:
    with pytest.raises(CodexError, match=r"`b\.json` is not a baseline"):
        load_baseline(text, path="b.json")


def test_a_baseline_of_another_version_stops_the_run() -> None:
    with pytest.raises(CodexError, match="has version 2"):
        load_baseline('{"version": 2, "entries": []}', path="b.json")
