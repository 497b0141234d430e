"""Text that changes its meaning by one character: fences, titles, suffixes, padded ids."""

import pytest

from codex.workflow.unread_files import unread_files
from skills_build.diagnostics import Finding
from tests.support.linting import FRONT, RULE, linted

CODES = ("CX033", "CX036", "CX038", "CX039")
STANDARD = f"{FRONT}{RULE}"


def found(text: str, *, files: dict[str, str] | None = None) -> list[Finding]:
    findings, _ = linted({"a.md": text, **(files or {})})
    return [finding for finding in findings if finding.code in CODES]


@pytest.mark.parametrize(
    ("opening", "lone", "rest"),
    [
        ("```go", "~~~", "**Good:**\n\n```go\nb()\n```"),
        ("~~~go", "```", "**Good:**\n\n~~~go\nb()\n~~~"),
        ("````go", "```", "**Good:**\n\n````go\nb()\n````"),
        ("```", "~~~", "### Logs MUST be kept (SVC-2)\n```"),
        ("```go", "~~~", "Words.\n\n```go\nb()\n```"),
        ("```", "~~~~", "- Logs MUST be kept (SVC-2)\n"),
    ],
)
def test_marks_that_were_meant_to_close_a_code_block_are_reported(opening: str, lone: str, rest: str) -> None:
    text = f"{STANDARD}\n{opening}\na()\n{lone}\n\n{rest}\n"
    (finding,) = [f for f in found(text) if f.code == "CX039"]
    assert text.split("\n")[finding.span.line - 1] == lone


@pytest.mark.parametrize(
    "text",
    [
        "```\nTitle\n~~~~~\ntext\n```",
        "````markdown\n```go\na()\n```\n**Good:**\n````",
        "```markdown\n~~~\n**Good:**\n```",
        "~~~text\n```\n**Good:**\n```\n~~~",
        "````\n```go\na()\n```\n\n**Good:** b\n````",
    ],
)
def test_marks_that_belong_into_a_code_block_are_not_reported(text: str) -> None:
    assert found(f"{STANDARD}\n{text}\n") == []


def test_a_title_that_is_not_the_heading_is_reported_at_the_title() -> None:
    (finding,) = found(STANDARD.replace("title: Services", "title: Databases"))
    assert (finding.code, finding.span.line) == ("CX036", 3)
    assert found(STANDARD.replace("# Services\n", "# **services**\n")) == []


@pytest.mark.parametrize(("id_", "help_"), [("SVC-02", "write `SVC-2`"), ("SVC-01", "write `SVC-2`")])
def test_zeros_in_front_of_a_number_are_reported_with_a_free_id(id_: str, help_: str) -> None:
    (finding,) = found(f"{STANDARD}\n### Logs MUST be kept ({id_})\n\n**Why:** audits.\n")
    assert (finding.code, finding.help) == ("CX038", help_)


def test_a_heading_of_several_lines_is_reported() -> None:
    text = f"{STANDARD}\nWords about logs.\nLogs MUST be kept (SVC-2)\n---\n\n**Why:** audits.\n"
    (finding,) = found(text)
    assert (finding.code, finding.message) == ("CX033", "the heading of `SVC-2` has 2 lines")


def unread(name: str, text: str = STANDARD) -> list[str]:
    return [f.help or "" for f in unread_files([name], lambda p: p.endswith(".md"), lambda _: text.encode())]


@pytest.mark.parametrize("suffix", [".MD", ".Md", ".markdown", ".MARKDOWN", ".mdown", ".mkd", ".mdx"])
def test_a_standard_with_another_suffix_is_reported(suffix: str) -> None:
    assert unread(f"data/kafka{suffix}") == ["rename it to `kafka.md`"]


@pytest.mark.parametrize("name", ["a.md", "a.json", "a.toml", "a.png", "a.py"])
def test_other_files_are_not_reported(name: str) -> None:
    assert unread(name) == []


def test_a_page_without_rules_may_have_any_suffix() -> None:
    assert unread("a.mdx", "# A page\n\nServices MUST answer in time.\n") == []
    assert unread("a.mdx", "---\nid: x\n---\n\n# A page\n") == []
