"""A label that is where none is read is reported at its line: in a sentence, in a cell, as a column, misspelt in a line."""

import pytest

from skills_build.source.dialect import LABELS
from tests.support.linting import FRONT, RULE, linted, messages_of

OF_LABELS = ("CX017", "CX040", "CX055")
VALUES = {"status": "draft", "withdrawn": "2026-03-01", "use instead": "SVC-1", "applies to": "languages: go"}
PLACES = (
    "### Clients MUST retry. {label} (SVC-2)\n",
    "### Clients MUST retry, {label} (SVC-2)\n",
    "- Clients MUST retry {label} (SVC-2)\n",
    "1. Clients MUST retry\n   twice. {label} (SVC-2)\n",
    "| If you need | Use | Level | Id |\n|---|---|---|---|\n| a queue | the broker. {label} | MUST | SVC-2 |\n",
    "| If you need | Use | Level | Id |\n|---|---|---|---|\n| {label} | the broker | MUST | SVC-2 |\n",
    "| If you need | Use | Level | Id | Why |\n|---|---|---|---|---|\n| a queue | it | MUST | SVC-2 | x<br>{label} |\n",
    "| If you need | Use | Level | Id | Notes |\n|---|---|---|---|---|\n| a queue | it | MUST | SVC-2 | {label} |\n",
)
TYPOS = {
    "Excpt": "Except",
    "Unless": "Except",
    "Wyh": "Why",
    "Rationale": "Why",
    "Stauts": "Status",
    "Aplies to": "Applies to",
    "Only if": "When",
}
ROW = "| If you need | Use | Level | Id | {title} |\n|---|---|---|---|---|{more}\n| a queue | the broker | MUST | SVC-2 | {cell} |\n"


def found(text: str) -> list[tuple[str, int]]:
    """Return the codes of the findings about labels, with their lines in the text."""
    above = FRONT + RULE + "\n"
    findings, _ = linted({"a.md": above + text})
    return [(f.code, f.span.line - above.count("\n")) for f in findings if f.code in OF_LABELS]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", LABELS)
def test_a_label_in_the_sentence_or_the_row_of_a_rule_is_reported_at_its_line(name: str, place: str) -> None:
    label = f"**{name.capitalize()}:** {VALUES.get(name, 'jobs are lost')}"
    line = 1 + place[: place.index("{label}")].count("\n")
    code = "CX040" if name in ("status", "withdrawn") else "CX017"
    assert found(place.replace("{label}", label)) == [(code, line)]


@pytest.mark.parametrize("name", ["why", "status", "except"])
def test_a_label_as_code_in_a_sentence_is_only_mentioned(name: str) -> None:
    assert found(f"### Rules MUST have `**{name.capitalize()}:** words` (SVC-2)\n") == []


@pytest.mark.parametrize("first", ["**Why:** jobs are lost.", "**When:** it is public.", "**Except:** timers!"])
@pytest.mark.parametrize(("typo", "name"), TYPOS.items())
def test_a_misspelt_label_behind_a_label_is_reported_and_ends_it(typo: str, name: str, first: str) -> None:
    value = "draft" if name == "Status" else "batch jobs" if name != "Applies to" else "languages: go"
    text = f"### Clients MUST retry (SVC-2)\n\n{first} **{typo}:** {value}\n"
    messages = [m for code in ("CX017", "CX040") for m in messages_of(code, text)]
    assert messages == [f"`**{typo}:**` is not a label"]
    _, standards = linted({"a.md": FRONT + text})
    [label] = standards[0].rules[0].labels
    assert value not in label.text


@pytest.mark.parametrize("word", ["Note", "Users", "Then", "Where", "Step 2", "Result"])
def test_other_bold_words_behind_a_label_are_text(word: str) -> None:
    assert found(f"### Clients MUST retry (SVC-2)\n\n**Why:** jobs are lost. **{word}:** some are not.\n") == []


@pytest.mark.parametrize(
    ("title", "cell", "code"),
    [
        ("Withdrawn", "2026-03-01", "CX040"),
        ("Retired", "2026-03-01", "CX040"),
        ("Use instead", "SVC-1", "CX017"),
        ("Replaced by", "SVC-1", "CX017"),
        ("Stauts", "draft", "CX040"),
        ("State", "draft", "CX040"),
        ("Exceptions", "batch jobs", "CX017"),
    ],
)
def test_a_column_that_is_not_read_as_a_label_is_reported(title: str, cell: str, code: str) -> None:
    assert found(ROW.format(more="", title=title, cell=cell)) == [(code, 1)]


@pytest.mark.parametrize("name", ["status", "why", "except", "applies to"])
def test_a_column_that_is_there_twice_is_reported(name: str) -> None:
    title, value = name.capitalize(), VALUES.get(name, "jobs are lost")
    text = ROW.format(more="---|", title=f"{title} | {title}", cell=f"{value} | {value}")
    assert found(text) == [("CX055", 1)]


@pytest.mark.parametrize("title", ["Notes", "Since", "Team", "Cost"])
def test_other_columns_are_context(title: str) -> None:
    assert found(ROW.format(more="", title=title, cell="x")) == []
