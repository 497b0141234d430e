"""A label in a table of a rule, or directly below it, is reported."""

import pytest

from tests.skills_build.source.test_labels import RULE, found

HEAD_ROWS = "| a | b |\n| --- | --- |\n"


@pytest.mark.parametrize(
    ("table", "help_"),
    [
        (f"{HEAD_ROWS}| c | d |\n**Except:** jobs", "leave an empty line above the label"),
        (f"{HEAD_ROWS}| c | d |\nExcept: jobs", "leave an empty line above the label"),
        (f"{HEAD_ROWS}| **Except** | jobs |", "start a paragraph with `**Except:**` below the table"),
        ("| Except | jobs |\n| --- | --- |\n| x | y |", "start a paragraph with `**Except:**` below the table"),
    ],
)
def test_a_label_in_a_table_of_a_rule_is_reported(table: str, help_: str) -> None:
    (finding,) = found(f"{RULE}{table}\n")
    assert (finding.code, finding.help) == ("CX017", help_)


@pytest.mark.parametrize("head", ["| Good | Bad |", "| When | Use |", "| Status | Meaning |", "| Exception | Code |"])
def test_other_tables_in_a_rule_are_no_finding(head: str) -> None:
    assert found(f"{RULE}{head}\n| --- | --- |\n| a | b |\n") == ()


def test_text_directly_below_a_table_of_choices_is_reported_as_its_row() -> None:
    table = "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| a | b | MAY | SVC-2 |\n"
    (finding,) = found(f"{table}**Why:** jobs are lost.\n")
    assert (finding.code, finding.help) == (
        "CX019",
        "leave an empty line above the text: a line directly below a table is read as a row",
    )
