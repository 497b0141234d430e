"""Text that changes its meaning by one character: fences, titles, suffixes, padded ids."""

import pytest

from codex.workflow.unread_files import unread_files, unread_texts
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
    return [
        f.help or ""
        for f in unread_files(dict(unread_texts([name], lambda p: p.endswith(".md"), lambda _: text.encode())))
    ]


@pytest.mark.parametrize("suffix", [".MD", ".Md", ".markdown", ".MARKDOWN", ".mdown", ".mkd", ".mdx"])
def test_a_standard_with_another_suffix_is_reported(suffix: str) -> None:
    assert unread(f"data/kafka{suffix}") == ["rename it to `kafka.md`"]


@pytest.mark.parametrize("name", ["a.md", "a.json", "a.toml", "a.png", "a.py"])
def test_other_files_are_not_reported(name: str) -> None:
    assert unread(name) == []


def test_a_page_without_rules_may_have_any_suffix() -> None:
    assert unread("a.mdx", "# A page\n\nServices MUST answer in time.\n") == []
    assert unread("a.mdx", "---\nid: x\n---\n\n# A page\n") == []


@pytest.mark.parametrize("name", ["README.md", "pay/CHANGELOG.md"])
def test_a_standard_whose_name_is_not_read_is_reported(name: str) -> None:
    def is_standard(path: str) -> bool:
        return path.endswith(".md") and not path.endswith(name)

    def helps(text: str) -> list[str]:
        return [f.help or "" for f in unread_files(dict(unread_texts([name], is_standard, lambda _: text.encode())))]

    assert helps(STANDARD) == ["rename the file, or remove its front matter"]
    assert helps("# Changes\n\n- Services MUST answer (SVC-1)\n") == []


@pytest.mark.parametrize("tag", ["del", "s", "strike", "DEL class='old'"])
def test_a_rule_that_html_strikes_out_is_an_error(tag: str) -> None:
    end = tag.split()[0]
    text = f"{STANDARD}\n<{tag}>\n\n- Logs MUST be kept (SVC-2)\n\n</{end}>\n\n- Lids MUST be shut (SVC-3)\n"
    findings, _ = linted({"a.md": text})
    (finding,) = [finding for finding in findings if finding.code == "CX102"]
    line = text.split("\n").index(f"<{tag}>") + 1
    assert finding.message == f"`SVC-2` is struck out by the `<{end.lower()}>` on line {line}"
    assert finding.span.line == line + 2


def test_an_id_in_brackets_in_a_cell_is_the_id_that_was_meant() -> None:
    table = "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| tape | glue | MUST | (SVC-2) |\n"
    findings, _ = linted({"a.md": f"{STANDARD}\n{table}"})
    assert [f.help for f in findings if f.code == "CX102"] == ["write `SVC-2`"]


@pytest.mark.parametrize(
    "text",
    ["- **MUST**: required", "- MAY - optional", "- `SHOULD` = advice", "### Why we say MUST", "### What is a MUST?"],
)
def test_a_text_about_levels_is_no_rule_without_an_id(text: str) -> None:
    findings, _ = linted({"a.md": f"{STANDARD}\n## Words\n\n{text}\n"})
    assert [f for f in findings if f.code in ("CX101", "CX102", "CX033")] == []


@pytest.mark.parametrize("text", ["- Logs MUST: be kept", "- MUST be kept", "### Logs MUST be kept"])
def test_a_rule_without_an_id_is_still_reported(text: str) -> None:
    findings, _ = linted({"a.md": f"{STANDARD}\n## Words\n\n{text}\n"})
    assert [f.code for f in findings if f.code in ("CX101", "CX102", "CX033")] == ["CX101"]


@pytest.mark.parametrize("html", ['<div class="r" id="SVC-9">Logs MUST stay</div>', "<h3 id=SVC-9>Logs MUST stay</h3>"])
def test_a_rule_in_html_with_its_id_as_an_attribute_is_reported(html: str) -> None:
    (finding,) = found(f"{STANDARD}\n## Words\n\n{html}\n")
    assert finding.message == "HTML says `MUST` and has the id `SVC-9`, but is not read as a rule"
    assert finding.span.column == html.index("SVC-9") + 1
