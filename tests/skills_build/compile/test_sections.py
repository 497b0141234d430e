"""A rule is in the section that is around it: headings and footnotes of others do not take it over."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills_build.model.standard import Standard
from tests.skills_build.source.reading import HEAD
from tests.skills_build.source.reading import standard as parsed
from tests.support.compiling import Compiled, compiled, standard


def made(text: str) -> Compiled:
    return compiled({"a.md": standard(text)})


def reference(built: Compiled) -> str:
    (path,) = [p for p in built.files if p.startswith("skills/") and "/references/" in p and "-index/" not in p]
    return built.text(path)


def row(built: Compiled, id_: str) -> dict[str, Any]:
    rows = [row for doc in json.loads(built.text("statements.json"))["documents"] for row in doc["statements"]]
    return next(row for row in rows if row["id"] == id_)


SIBLINGS = """## Rules

### Services MUST log (SVC-1)

### Batch jobs

Batch jobs only log errors.

### Services MUST answer (SVC-2)

## Notes

Text.
"""


def test_a_rule_below_a_heading_of_its_level_is_beside_it() -> None:
    built = made(SIBLINGS)
    text = reference(built)
    assert text.index("\n### Batch jobs\n") < text.index("\n### Services MUST answer (SVC-2)\n")
    assert (row(built, "SVC-2")["section"], row(built, "SVC-2")["around"]) == ("Rules", [])


def test_a_rule_below_a_heading_of_a_higher_level_is_in_its_section() -> None:
    built = made(SIBLINGS.replace("### Batch", "## Batch"))
    assert row(built, "SVC-2")["section"] == "Batch jobs"
    assert row(built, "SVC-2")["around"] == ["Batch jobs", "Batch jobs only log errors."]


def test_rules_on_the_level_of_sections_are_beside_them() -> None:
    built = made("## Background\n\nOnly history.\n\n## Services MUST log (SVC-1)\n\nText.\n")
    assert "\n## Background\n\nOnly history.\n\n## Services MUST log (SVC-1)\n" in reference(built)
    assert row(built, "SVC-1")["around"] == []


def test_the_heading_of_a_section_whose_other_rules_are_drafts_stays() -> None:
    text = "## Rules\n\n### A MUST b (SVC-1)\n\n**Status:** draft\n\n### Batch\n\n### A MUST c (SVC-2)\n"
    assert "## Rules\n\n### Batch\n\n### A MUST c (SVC-2)" in reference(made(text))


def _around(headings: list[tuple[int, bool]], at: int) -> str:
    """The nearest heading above that is of a higher level and no rule, found by looking upwards."""
    depth = headings[at][0]
    for number in range(at - 1, -1, -1):
        if headings[number][0] < depth:
            depth = headings[number][0]
            if not headings[number][1]:
                return f"Heading {number}"
    return "Services"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(2, 5), st.booleans()), min_size=1, max_size=8))
def test_the_section_of_a_rule_is_the_heading_around_it(headings: list[tuple[int, bool]]) -> None:
    lines = [
        f"{'#' * depth} " + (f"Services MUST do {number} (SVC-{number + 1})" if rule else f"Heading {number}")
        for number, (depth, rule) in enumerate(headings)
    ]
    found: Standard = parsed(HEAD + "\n\nText.\n\n".join(lines) + "\n\nText.\n")
    for rule in found.rules:
        number = int(rule.id.removeprefix("SVC-")) - 1
        inside = any(is_rule and depth < headings[number][0] for depth, is_rule in _open(headings, number))
        if not inside:
            assert found.sections[rule.section].title == _around(headings, number), lines


def _open(headings: list[tuple[int, bool]], at: int) -> list[tuple[int, bool]]:
    """The headings whose body contains heading `at`."""
    result: list[tuple[int, bool]] = []
    for heading in headings[: at + 1]:
        while result and result[-1][0] >= heading[0]:
            result.pop()
        result.append(heading)
    return result[:-1]


NOTE = "[^1]: Except for batch jobs."
FOOTNOTES = [
    "### Services MUST answer[^1] (SVC-1)\n\n## Notes\n\n",
    "- Services MUST answer[^1] (SVC-1)\n\n## Notes\n\n",
    "### Services MUST answer (SVC-1)\n\n**Why:** callers wait[^1].\n\n### Services MUST log (SVC-2)\n\nText.\n\n",
    "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| a queue | Kafka[^1] | MUST | SVC-1 |\n\n",
]


@pytest.mark.parametrize("text", FOOTNOTES)
def test_a_footnote_is_shown_with_the_rule_that_cites_it(text: str) -> None:
    built = made(f"## Rules\n\n{text}{NOTE}\n")
    start = reference(built).index("(SVC-1)")
    assert NOTE in reference(built)[start : start + 160]
    assert "Except for batch jobs." in row(built, "SVC-1")["around"]
    assert "(Except for batch jobs)" in json.dumps(row(built, "SVC-1"))


def test_a_footnote_in_a_sentence_is_part_of_the_line_in_skills() -> None:
    built = made(f"## Rules\n\n{FOOTNOTES[0]}{NOTE}\n")
    assert "- SVC-1: Services MUST answer (Except for batch jobs)" in built.text("skills/acme-services/SKILL.md")


def test_another_footnote_is_another_demand() -> None:
    first, second = (made(f"## Rules\n\n{FOOTNOTES[0]}[^1]: {words}\n") for words in ("Not jobs.", "Not tests."))
    assert row(first, "SVC-1")["digest"] != row(second, "SVC-1")["digest"]


def test_the_footnote_of_another_rule_is_no_part_of_the_last_one() -> None:
    built = made(f"## Rules\n\n{FOOTNOTES[2]}{NOTE} It MUST be kept.\n")
    last = row(built, "SVC-2")
    assert "batch" not in json.dumps(last)
    assert last["requirements"] == []


def test_several_footnotes_in_one_paragraph_and_indented_paragraphs_are_read() -> None:
    notes = "[^1]: One.\n[^b]: Two\nlines.\n\n    More.\n"
    built = made(f"## Rules\n\n### A MUST b[^b] (SVC-1)\n\nText[^1].\n\n## Notes\n\n{notes}")
    assert row(built, "SVC-1")["text"] == "A MUST b (Two lines. More)"
    assert row(built, "SVC-1")["around"] == ["Two lines. More.", "One."]


LEAD_INS = [
    "For public services \u2014",
    "Only public services",
    "**Only public services**",
    "If it is public...",
    "For them,",
]


@pytest.mark.parametrize("words", LEAD_INS)
def test_a_line_that_goes_on_in_a_list_is_shown_with_each_rule(words: str) -> None:
    text = "{}\n\n- Services MUST log (SVC-1)\n\n  **Why:** x.\n\n- Services MUST answer (SVC-2)\n"
    built = made(text.format(words))
    shown = words.strip("*").rstrip(".,\u2014 ")
    assert all(shown in row(built, id_)["lead_in"] for id_ in ("SVC-1", "SVC-2"))
    assert built.text("skills/acme-services/SKILL.md").count(shown) == 2


def test_the_item_around_a_list_introduces_it() -> None:
    built = made("- Public services only\n  - Services MUST log (SVC-1)\n")
    assert row(built, "SVC-1")["lead_in"] == "Public services only:"


@pytest.mark.parametrize(
    "words",
    [
        "Services are many.",
        "Services MUST answer (SVC-2)",
        "[Guide](https://a.example)",
        "`code here`",
        "Services",
        "This sentence has no full stop but so many words that it is certainly not only the start of a list",
        "One line\nand another",
    ],
)
def test_other_lines_introduce_nothing(words: str) -> None:
    assert "lead_in" not in row(made(f"{words}\n\n- Services MUST log (SVC-1)\n"), "SVC-1")
