"""Every published requirement has a rule or a reason, and the table says so."""

import csv

import pytest

from skills_build.model.codex import Codex
from tests.standards.loaded import loaded
from tests.support.compiling import codex_of, standard
from tests.support.data import ROOT
from tools.requirements import LIST, PAGE, STANDARDS, MappedRule, Requirements, mapped_rules, page, problems, read_list

SHARED = ROOT.parent / "shared" / "requirements.csv"
LISTED = """
[[source]]
title = "Example"
url = "https://example.com/"

[source.requirements]
"X-1" = "one"
"X-2" = "two"

[no_rule]
"""


def starter() -> tuple[Requirements, dict[str, list[MappedRule]]]:
    return read_list((STANDARDS / LIST).read_text(encoding="utf-8")), mapped_rules(loaded().codex)


def rules(*labels: str) -> Codex:
    from skills_build.model.config import Config

    parts = [
        f"### A MUST {word} (SVC-{number})\n\n{label}\n" for number, (word, label) in enumerate(labelled(labels), 1)
    ]
    return codex_of({"a.md": standard("\n".join(parts))}, Config())


def labelled(labels: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(zip(("hold", "stay", "run", "end"), labels, strict=False))


def test_every_requirement_has_a_rule_or_a_reason() -> None:
    assert list(problems(*starter())) == []


def test_the_table_is_up_to_date() -> None:
    assert (STANDARDS / PAGE).read_text(encoding="utf-8") == page(*starter())


def test_the_list_has_the_requirements_that_were_asked_for() -> None:
    if not SHARED.is_file():
        pytest.skip("the list of requirements is not next to the project")
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = [(row["source"], row["id"]) for row in csv.DictReader(file)]
    asked = {f"WCAG-{id_}" if source.startswith("WCAG") else id_ for source, id_ in rows}
    assert starter()[0].ids == asked


@pytest.mark.parametrize(
    ("no_rule", "labels", "expected"),
    [
        ("", ("**Maps to:** X-1, X-2",), []),
        ('"X-2" = "it is about paper"', ("**Maps to:** X-1",), []),
        ("", ("**Maps to:** X-1",), ["X-2 has no rule"]),
        ('"X-2" = " "', ("**Maps to:** X-1",), ["X-2 has no rule"]),
        ('"X-2" = "why"', ("**Maps to:** X-1", "**Maps to:** X-2"), ["X-2 has a rule, SVC-2"]),
        ("", ("**Maps to:** X-1, X-2, X-9",), ["SVC-1 names X-9"]),
        ('"X-9" = "why"', ("**Maps to:** X-1, X-2",), ["[no_rule] in requirements.toml names X-9"]),
        ("", ("**Maps to:** X-1, X-2\n\n**Status:** draft",), ["X-1 has no rule", "X-2 has no rule"]),
        ("", ("**Maps to:** X-1, X-2\n\n**Withdrawn:** 2026-01",), ["X-1 has no rule", "X-2 has no rule"]),
    ],
)
def test_what_is_wrong_with_a_list_is_reported(no_rule: str, labels: tuple[str, ...], expected: list[str]) -> None:
    found = list(problems(read_list(LISTED + no_rule), mapped_rules(rules(*labels))))
    assert [line[: len(start)] for line, start in zip(found, expected, strict=True)] == expected


def test_a_requirement_without_a_rule_has_its_reason_in_the_table() -> None:
    text = page(read_list(f'{LISTED}"X-2" = "it is about paper"'), mapped_rules(rules("**Maps to:** X-1")))
    assert "| X-1 | one | [SVC-1](a.md#a-must-hold-svc-1) |\n" in text
    assert "| X-2 | two | no rule, because it is about paper |\n" in text
    assert "1 of 2 covered" in text
