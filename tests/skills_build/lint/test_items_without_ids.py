"""Items that no Markdown list has, cells of tables and notices to heed with a level and no id are reported."""

import pytest

from skills_build.diagnostics import Finding
from tests.support.linting import FRONT, RULE, linted

SAYS = "Backups MUST be tested every month"
MARKERS = (
    *(
        "•",
        "◦",
        "–",
        "—",
        "→",
        "✓",
        "①",
        "i.",
        "ii)",
        "a.",
        "B)",
        "(1)",
        "(a)",
        "[1]",
        "1.1",
        "2.",
        "R1:",
        "R1.",
        "**R1:**",
    ),
    *("Rule 1:", "Rule:", "§ 1", "No. 1:", "1 -"),
)


def near(text: str) -> list[Finding]:
    findings, _ = linted({"a.md": f"{FRONT}{RULE}\n{text}\n"})
    return [finding for finding in findings if finding.code in ("CX033", "CX034", "CX101", "CX102")]


def first_line(text: str) -> int:
    return f"{FRONT}{RULE}\n".count("\n") + 1 + text[: text.index(SAYS)].count("\n")


@pytest.mark.parametrize("marker", [marker for marker in MARKERS if marker != "2."])
def test_each_item_that_is_only_typed_is_reported_at_its_line(marker: str) -> None:
    text = f"{marker} {SAYS}\n{marker} Keys MUST NOT be logged"
    first, second = near(text)
    assert (first.span.line, second.span.line) == (first_line(text), first_line(text) + 1)
    assert f"text after `{marker.strip('*')}` contains `MUST`" in first.message
    assert "(SVC-2)" in str(first.help) and "(SVC-3)" in str(second.help)


@pytest.mark.parametrize("marker", MARKERS)
def test_a_typed_item_below_its_lead_in_is_reported(marker: str) -> None:
    text = f"Rules:\n{marker} {SAYS}"
    (finding,) = near(text)
    assert finding.span.line == first_line(text)


@pytest.mark.parametrize("text", [f"-{SAYS}", f"Rules:\n+{SAYS}", f"*{SAYS}", f"•{SAYS}", f"Backup\n:   {SAYS}"])
def test_a_bullet_without_a_space_and_a_definition_are_reported(text: str) -> None:
    (finding,) = near(text)
    assert finding.span.line == first_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "Keep them in\nS3. Buckets MUST be private.",
        "It is as long as a\n12. They MUST wait",
        "#123 MUST be closed first.",
        "*Backups MUST be tested* by all",
        "Teams test backups \u2014 they MUST \u2014 each month.",
        "• The words MUST and MAY are used as in BCP 14.".replace("words MUST and MAY", "word"),
        "– MUST: required",
        "I. Introduction",
    ],
)
def test_a_number_within_a_sentence_starts_no_item(text: str) -> None:
    assert near(text) == []


ELEMENTS = (
    f"<ul>\n<li>{SAYS}</li>\n</ul>",
    f"<ul>\n<li>\n{SAYS}\n</li>\n</ul>",
    f"<ul>\n<li>\n\n{SAYS}\n\n</li>\n</ul>",
    f"<table>\n<tr><td>Backups</td><td>{SAYS}</td></tr>\n</table>",
    f"<dl>\n<dt>Backups</dt>\n<dd>{SAYS}</dd>\n</dl>",
    f"<h3>{SAYS}</h3>",
    f"<b>{SAYS}</b>",
    f"| Area | Requirement |\n| --- | --- |\n| Backups | {SAYS} |",
    f"> [!IMPORTANT]\n> {SAYS}",
    f"> [!WARNING]\n> {SAYS}",
    f"```{{important}}\n{SAYS}\n```",
    f"```ad-important\n{SAYS}\n```",
    f":::{{important}}\n{SAYS}\n:::",
    f"::: important\n\n{SAYS}\n\n:::",
    f"!!! important\n    {SAYS}",
    f"!!! important\n\n    {SAYS}",
    f"??? danger\n    {SAYS}",
)


@pytest.mark.parametrize("text", ELEMENTS)
def test_an_item_of_html_a_cell_and_a_notice_to_heed_are_reported_once(text: str) -> None:
    (finding,) = near(text)
    assert (finding.code, finding.span.line) == ("CX033", first_line(text))
    assert "(SVC-2)" in str(finding.help)


def test_a_note_in_a_fence_with_the_id_of_a_rule_is_reported() -> None:
    (finding,) = near(f"```{{note}}\n{SAYS} (SVC-4)\n```")
    assert "admonition says `MUST` and `SVC-4`" in finding.message


def test_a_row_with_several_cells_that_say_a_level_is_reported_once() -> None:
    head = "| Read | Write |\n| --- | --- |\n"
    assert len(near(f"{head}| {SAYS} | {SAYS} |\n| Keys MUST rotate | often |")) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"> [!NOTE]\n> {SAYS}",
        f"> [!TIP]\n> {SAYS}",
        f"!!! note\n    {SAYS}",
        f"```{{note}}\n{SAYS}\n```",
        f"```text\n{SAYS}\n```",
        f"<p>{SAYS}</p>",
        f"<ul>\n<li>Backups</li>\n</ul>\n\n{SAYS}.",
        f"::: important\nRead this.\n:::\n\n{SAYS}.",
        f"!!! important\n    Read this.\n\n{SAYS}.",
        "| Level | Meaning |\n| --- | --- |\n| MUST | A merge MUST wait |\n| MUST NOT, SHOULD | It SHOULD wait |",
        f"| Services MUST | Services SHOULD |\n| --- | --- |\n| answer | {SAYS.replace('MUST', 'MAY')} |",
        "| Field | Meaning |\n| --- | --- |\n| id | REQUIRED. The name |",
        "| Field | Meaning |\n| --- | --- |\n| id | See [MUST answer in time](#x) |",
    ],
)
def test_notes_prose_legends_permissions_and_links_are_not_reported(text: str) -> None:
    assert near(text) == []
