"""Scopes, rows of tables of choices and struck-out text: each message is at its place, and says what makes it pass."""

import pytest

from skills_build.diagnostics import Diagnostic, Finding, Severity
from skills_build.lint.fix import apply_fixes
from skills_build.source.scope_words import piece_problem, word_problem
from tests.support.linting import FRONT, linted

START = FRONT + "## Services MUST answer in time (SVC-1)\n\n"
CODES = ("CX006", "CX019", "CX021", "CX031", "CX041", "CX042", "CX047", "CX101", "CX102", "CX115", "CX302")


def found(text: str) -> list[Finding]:
    return [finding for finding in linted({"a.md": text})[0] if finding.code in CODES]


def scope(value: str) -> str:
    return f"{START}**Applies to:** {value}\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("languages: python or go", "languages: python, go"),
        ("languages: python and go", "languages: python, go"),
        ("languages: go & rust", "languages: go, rust"),
        ("languages: go / rust", "languages: go, rust"),
        ("languages: go | rust", "languages: go, rust"),
        ("languages: (go, rust)", "languages: go, rust"),
        ("languages: [go, rust]", "languages: go, rust"),
        ("languages: go, python or rust", "languages: go, python, rust"),
        ("languages: go, and python", "languages: go, python"),
        ("languages: go python", "languages: go, python"),
        ("paths: src/ & lib/", "paths: `src/`, `lib/`"),
        ("technologies: docker + kubernetes", "technologies: docker, kubernetes"),
        ("languages = go", "languages: go"),
        ("languages - go", "languages: go"),
        ("languages are go", "languages: go"),
        ("languages go", "languages: go"),
        ("go", "languages: go"),
        ("go and python", "languages: go, python"),
        ("docker", "technologies: docker"),
        ("src/**", "paths: `src/**`"),
        ("languages: go; when public", "languages: go; when: public"),
    ],
)
def test_a_fix_makes_a_scope_of_what_was_meant(value: str, written: str) -> None:
    text = scope(value)
    for _ in range(3):
        findings = [f for f in found(text) if f.fix]
        diagnostics = [Diagnostic(finding=f, name="n", severity=Severity.WARNING) for f in findings]
        text, _ = apply_fixes(text, diagnostics, unsafe=True)
    if value.startswith("languages: ["):
        assert "write `go" in str(found(scope(value))[0].help)
    else:
        assert (text, found(text)) == (scope(written), [])


@pytest.mark.parametrize(
    "value",
    [
        "not python",
        "no python",
        "non-python",
        "!python",
        "all except go",
        "everything but go",
        "any language but go",
        "except go",
        "-go",
    ],
)
@pytest.mark.parametrize("kind", ["languages", "technologies", "paths"])
def test_a_scope_that_excludes_is_never_answered_with_what_it_excludes(kind: str, value: str) -> None:
    if kind == "paths":
        value = value.replace("python", "**/*.py").replace("go", "**/*.go")
    (finding,) = found(scope(f"{kind}: {value}"))
    assert finding.fix is None
    assert "write exceptions in `**Except:**`" in str(finding.help)
    front = FRONT.replace("---\n\n", f"applies_to:\n  {kind}: ['{value}']\n---\n\n", 1)
    assert not any("did you mean" in str(f.help) for f in found(front + "## Services MUST log (SVC-1)\n\nText.\n"))


@pytest.mark.parametrize(
    ("value", "help_"),
    [
        ("paths: `src/**` and `lib/**`", "write `src/**`, `lib/**`"),
        ('paths: ["src/**", "lib/**"]', "write `src/**`, `lib/**`"),
        ("paths: `https://git.example.com/src`", "write the path from the root of the repository, such as `src/**`"),
    ],
)
def test_a_glob_that_is_invalid_because_it_is_something_else_is_answered_with_it(value: str, help_: str) -> None:
    (finding,) = found(scope(value))
    assert (finding.code, finding.help) == ("CX021", help_)


def test_a_space_at_the_end_of_a_glob_is_named() -> None:
    front = FRONT.replace("---\n\n", "applies_to:\n  paths: ['src/** ']\n---\n\n", 1)
    (finding,) = found(f"{front}## Services MUST log (SVC-1)\n\nText.\n")
    assert (finding.code, finding.help) == ("CX021", "write `src/**`")


@pytest.mark.parametrize(
    ("key", "value"), [("languages", "go, python"), ("kinds", "service cli"), ("paths", "a, b/**")]
)
def test_text_in_place_of_a_list_is_one_finding(key: str, value: str) -> None:
    front = FRONT.replace("---\n\n", f"applies_to:\n  {key}: {value}\n---\n\n", 1)
    findings = linted({"a.md": f"{front}## Services MUST log (SVC-1)\n\nText.\n"})[0]
    assert [f.code for f in findings if f.code in (*CODES, "CX007")] == ["CX007"]


@pytest.mark.parametrize("value", ["any", "*", "all languages", "everything", "every language"])
def test_a_scope_of_everything_is_left_out(value: str) -> None:
    (finding,) = found(scope(f"languages: {value}"))
    assert "remove `languages`" in str(finding.help)


@pytest.mark.parametrize("value", ["languages:", "languages: ; technologies: docker", "when:"])
def test_a_key_without_a_value_is_reported(value: str) -> None:
    assert [f.code for f in found(scope(value))] == ["CX041"]


def test_a_condition_without_a_key_is_named_as_one() -> None:
    (finding,) = found(scope("all public services"))
    assert (finding.code, finding.help) == ("CX006", "write `when: all public services`, or a `**When:**` label")


@pytest.mark.parametrize("word", ["go", "c++", "c#", "f#", "objective-c", "c/al", "node.js", "asp.net"])
def test_one_word_is_no_phrase(word: str) -> None:
    assert word_problem("languages", word) is None


def test_a_misspelt_key_is_not_a_phrase() -> None:
    assert piece_problem("language: go") is None


HEADER = "| If you need | Use | Instead of | Level | Id |\n| --- | --- | --- | --- | --- |\n"


@pytest.mark.parametrize(
    ("row", "message", "column"),
    [
        ("| a base | | x | MUST | SVC-2 |", "`Use` is empty in this row", 12),
        ("| a base | - | x | MUST | SVC-2 |", "`Use` is empty in this row", 12),
        ("| | alpine | x | MUST | SVC-2 |", "`If you need` is empty in this row", 3),
        ("| a base | alpine | x | | SVC-2 |", "row has no level", 25),
        ("| a base | alpine | x | \u2013 | SVC-2 |", "row has no level", 25),
        ("| a base | alpine | x | MUST | |", "row has no id", 32),
        ("| a base | alpine | x | MUST | - |", "row has no id", 32),
        ("| a base | alpine | x | MUST |", "row has no id", 31),
        ("| | | | | |", "row is empty", 1),
    ],
)
def test_an_empty_cell_is_one_error_at_its_place(row: str, message: str, column: int) -> None:
    findings = [f for f in found(f"{FRONT}{HEADER}{row}\n") if f.code != "CX042"]
    line = FRONT.count("\n") + 3
    assert [(f.message, f.span.line, f.span.column) for f in findings] == [(message, line, column)]


@pytest.mark.parametrize(
    ("row", "count", "help_"),
    [
        (
            "| a base | al | pine | x | MUST | SVC-2 |",
            6,
            "write `\\|` for each `|` that is part of a text, also in code",
        ),
        ("| a base | `a||b` | x | MUST | SVC-2 |", 7, "write `\\|` for each `|` that is part of a text, also in code"),
        ("| a base | alpine | MUST | SVC-2 |", 4, "add the missing cells"),
    ],
)
def test_a_row_with_other_cells_than_its_table_is_one_error(row: str, count: int, help_: str) -> None:
    (finding,) = (f for f in found(f"{FRONT}{HEADER}{row}\n") if f.code != "CX042")
    assert (finding.code, finding.help) == ("CX019", help_)
    assert finding.message == f"row has {count} cells, but its table has 5 columns"


@pytest.mark.parametrize("sentence", ["Services `MUST` log", "`Services MUST log`"])
def test_a_rule_whose_level_is_in_code_names_the_code(sentence: str) -> None:
    (finding,) = (f for f in linted({"a.md": f"{FRONT}## {sentence} (SVC-1)\n"})[0] if f.code == "CX020")
    assert finding.message == "`SVC-1` is not a rule, because its level `MUST` is in code"
    assert finding.help == "remove the backticks around the level"


@pytest.mark.parametrize("row", ["| a base | alpine | | MUST | SVC-2 |", "| a base | alpine | - | MUST | SVC-2 |"])
def test_an_optional_cell_may_be_empty(row: str) -> None:
    assert found(f"{FRONT}{HEADER}{row}\n") == []


@pytest.mark.parametrize(
    "rule",
    [
        "## Services ~~SHOULD~~ MUST log (SVC-1)",
        "## Services <del>MUST NOT</del> SHOULD log (SVC-1)",
        "## Services ~~MUST~~ log (SVC-1)",
        "## ~~Services MUST log~~ (SVC-1)",
        "## Services MUST ~~NOT~~ log (SVC-1)",
        "## Services MUST <s>not</s> log (SVC-1)",
        "## Services MUST ~~SHOULD~~ log (SVC-1)",
        f"{HEADER}| ~~a base~~ | ~~x~~ | y | MUST | SVC-1 |",
        f"{HEADER}| a base | x | y | MUST | ~~SVC-1~~ |",
        f"{HEADER}| a base | ~~x~~ | y | MUST | SVC-1 |",
        f"{HEADER}| a base | x | y | ~~MUST~~ | SVC-1 |",
    ],
)
def test_text_that_is_struck_out_is_reported_with_what_to_remove(rule: str) -> None:
    findings = [f for f in found(f"{FRONT}{rule}\n\nText.\n") if f.code != "CX042"]
    assert [f.code for f in findings] in (["CX031"], ["CX302"])
    assert "struck-out" in str(findings[0].help)
    assert findings[0].span.line == FRONT.count("\n") + rule.count("\n") + 1


def test_a_rule_that_is_struck_out_with_its_id_is_to_be_withdrawn() -> None:
    (finding,) = found(f"{FRONT}## ~~Services MUST log (SVC-1)~~\n")
    assert "**Withdrawn:**" in str(finding.help)


@pytest.mark.parametrize("words", ["go/python", "go / python", "go and python", "go|python"])
def test_a_list_with_another_separator_keeps_all_its_words(words: str) -> None:
    problem = word_problem("languages", words)
    assert problem is not None and problem.suggestion == "go, python"
