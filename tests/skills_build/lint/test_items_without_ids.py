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


EMPHASISED = (
    f"*{SAYS}.*",
    f"_{SAYS}_",
    f"***{SAYS}***",
    f"=={SAYS}==",
    f"**{SAYS.replace('every', '*every*')}**",
    f"<em>{SAYS}</em>",
    f"<mark>{SAYS}</mark>",
    f"<div><strong>{SAYS}</strong></div>",
    f"<div>\n<strong>{SAYS}.</strong>\n</div>",
    f'<p align="center"><b>{SAYS}</b></p>',
    f'<div class="rule">\n{SAYS}\n</div>',
    f'<aside class="admonition warning">{SAYS}</aside>',
)


@pytest.mark.parametrize("text", EMPHASISED)
def test_a_text_that_is_emphasised_as_a_whole_is_reported(text: str) -> None:
    (finding,) = near(text)
    assert finding.code == "CX033"
    assert "(SVC-2)" in str(finding.help)


@pytest.mark.parametrize(
    "text",
    [
        f"*Note: {SAYS}.*",
        f"_Figure 1: {SAYS}_",
        f"*Backups* {SAYS} *always*",
        "**Backups** MUST be **tested**",
        f"Why *{SAYS}*.",
        f"<div>{SAYS}</div>",
        f'<div class="note">{SAYS}</div>',
        f"<p><b>Backups</b> {SAYS}</p>",
    ],
)
def test_a_text_of_which_a_part_is_emphasised_and_a_note_are_not_reported(text: str) -> None:
    assert near(text) == []


LEVELS_IN_COLUMNS = (
    "| Topic | Level | Text |\n| --- | --- | --- |\n| Backups | MUST | be tested |",
    "| Topic | Text | Keyword |\n| --- | --- | --- |\n| Backups | tested | **MUST NOT** |\n| Keys | kept | MAY |",
    "| a | b |\n| --- | --- |\n| Backups are tested | `SHOULD` |",
    "| Level | Text |\n| --- | --- |\n| MUST | test backups |\n| MUST | rotate keys |",
)


@pytest.mark.parametrize("text", LEVELS_IN_COLUMNS)
def test_a_row_with_a_level_in_a_column_and_no_id_is_reported_once_in_its_table(text: str) -> None:
    (finding,) = near(text)
    assert (finding.code, finding.span.line) == ("CX034", f"{FRONT}{RULE}\n".count("\n") + 3)
    assert "`Id`" in str(finding.help)


@pytest.mark.parametrize(
    "text",
    [
        "| Level | What |\n| --- | --- |\n| MUST | required |\n| SHOULD | recommended |",
        "| Status | Meaning | Level |\n| --- | --- | --- |\n| enforced | blocking | MUST |",
        "| Field | Type | Presence |\n| --- | --- | --- |\n| name | text | REQUIRED |",
        "| Topic | Level |\n| --- | --- |\n| Backups | MAY |",
        "| Topic | Level |\n| --- | --- |\n| Backups | must |\n| Keys | n/a |",
        "| Topic | Level |\n| --- | --- |\n| Backups | MUST |\n| Keys | n/a |\n| Logs | n/a |",
        "| Level | Rule |\n| --- | --- |\n| MUST | SVC-1 |",
    ],
)
def test_legends_and_tables_of_fields_are_not_reported(text: str) -> None:
    assert near(text) == []


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
