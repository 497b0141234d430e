"""Text and rules arrive in the order of the file: lead-ins, notes, numbers, nested rules, tables."""

import json
from typing import Any

import pytest

from skills_build.compile.digest import digests
from skills_build.compile.references import TEMPLATE_BYTES
from skills_build.lint.base import Context
from skills_build.lint.run import check_output
from skills_build.model.bundle import Output, PlacedRule
from skills_build.model.config import Budgets, Config
from skills_build.source.dialect import Dialect
from tests.skills_build.source.reading import dialect
from tests.support.compiling import DAY, Compiled, compiled, standard

LEVELS = dialect('[[rule]]\nat = "list-item"\nmatch = "MUST|SHOULD"\n')
"""Any list item with a level is a rule with a derived id."""
ROWS = dialect(
    "[[rule]]\nat = 'row'\nmatch = '^[a-z]'\ncolumns = { statement = 'Rule', id = 'No' }\n[id]\nmode = 'explicit'\n"
    "pattern = '[A-Z]-[0-9]+'\n[level]\ndefault = 'SHOULD'\n"
)


def page(text: str, by: Dialect | None = None) -> str:
    """The only reference of one standard."""
    return reference(made(text, by))


def made(text: str, by: Dialect | None = None) -> Compiled:
    return compiled({"a.md": f"# Page\n\n{text}" if by else standard(text)}, by=by)


def reference(built: Compiled) -> str:
    (path,) = [p for p in built.files if p.startswith("skills/") and "/references/" in p and "-index/" not in p]
    return built.text(path)


def rows(built: Compiled) -> list[dict[str, Any]]:
    return [row for doc in json.loads(built.text("statements.json"))["documents"] for row in doc["statements"]]


def in_order(text: str, *parts: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at) + 1
        if at == 0:
            return False
    return True


LISTS = """All services:

- Services SHOULD log in JSON (SVC-1)
- Services SHOULD keep logs for a week (SVC-2)

Only public ones:

- Services MUST limit requests (SVC-3)

  **Why:** one client starves the others.

For batch jobs the two above do not hold:

1. Jobs MUST be idempotent (SVC-4)
"""


def test_lead_ins_stay_before_the_items_they_introduce() -> None:
    text = page(LISTS)
    assert in_order(text, "All services:", "SVC-1", "SVC-2", "Only public ones:", "SVC-3", "For batch jobs", "SVC-4")


def test_a_lead_in_does_not_look_like_a_part_of_the_rule_above() -> None:
    assert "one client starves the others.\n\n***\n\nFor batch jobs the two above do not hold:\n\n### 1. Jobs" in page(
        LISTS
    )


def test_every_item_carries_its_lead_in() -> None:
    built = made(LISTS)
    assert [row.get("lead_in") for row in rows(built)] == [
        "All services:",
        "All services:",
        "Only public ones:",
        "For batch jobs the two above do not hold:",
    ]
    assert reference(built).count("**Introduced by:** All services:") == 2
    assert "SVC-3: Only public ones: Services MUST limit requests" in built.text("skills/acme-services/SKILL.md")
    assert "SVC-3: Only public ones: Services MUST limit requests" in built.text("agents-md/all.md")


@pytest.mark.parametrize("lead_in", ["**All services:**", "_All services_:", "All services [here](https://a.example):"])
def test_a_lead_in_may_have_markup(lead_in: str) -> None:
    (row,) = rows(made(f"{lead_in}\n\n- Services MUST log (SVC-1)\n"))
    assert row["lead_in"] == lead_in.replace("[here](https://a.example)", "here")


def test_a_sentence_without_a_colon_introduces_nothing() -> None:
    (row,) = rows(made("Services are many.\n\n- Services MUST log (SVC-1)\n"))
    assert "lead_in" not in row


def test_another_lead_in_is_another_demand() -> None:
    both = [made(f"{words}:\n\n- Services MUST log (SVC-1)\n").codex.standards[0] for words in ("All", "Some")]
    norms = [digests(PlacedRule(rule=one.rules[0], standard=one)).norm for one in both]
    assert norms[0] != norms[1]


def test_an_item_that_is_no_rule_introduces_the_rules_in_it() -> None:
    built = made("- All:\n  - Services MUST log (SVC-1)\n- Public:\n  - Services MUST limit (SVC-2)\n")
    assert [row["lead_in"] for row in rows(built)] == ["All:", "Public:"]
    assert in_order(reference(built), "- All:", "SVC-1", "- Public:", "SVC-2")


def test_notes_between_items_stay_between_them() -> None:
    text = page("- A MUST log (SVC-1)\n\nNote: a service is a process.\n\n- B MUST log (SVC-2)\n\nThe end.\n")
    assert in_order(text, "(SVC-1)", "***", "Note: a service is a process.", "(SVC-2)", "***", "The end.")


def test_definitions_between_rows_of_two_tables_stay_between_them() -> None:
    table = "| No | Rule |\n| --- | --- |\n| {} | {} |\n"
    text = page(f"{table.format('A-1', 'log')}\nA *job* is a task.\n\n{table.format('A-2', 'stop')}", ROWS)
    assert in_order(text, "(A-1)", "A *job* is a task.", "(A-2)")


def test_numbered_items_keep_their_numbers() -> None:
    text = page("3. Stop\n4. Operators MUST drain it (SVC-1)\n5. Start\n")
    assert in_order(text, "3. Stop", "### 4. Operators MUST drain it (SVC-1)", "5. Start")


def test_numbered_parts_keep_their_numbers() -> None:
    built = made("### Operators MUST, in this order: (SVC-1)\n\n1. drain it\n2. stop it\n")
    assert rows(built)[0]["text"] == "Operators MUST, in this order: 1. drain it; 2. stop it"
    assert in_order(reference(built), "1. drain it", "2. stop it")


def test_what_is_below_a_part_is_part_of_the_demand() -> None:
    built = made("### Services MUST: (SVC-1)\n\n- log\n\n  in JSON\n\n  - errors\n  - starts\n- stop\n")
    assert rows(built)[0]["text"] == "Services MUST: log in JSON (errors; starts); stop"


def test_nested_items_with_a_level_are_rules_where_ids_are_derived() -> None:
    built = made("- Sheets MUST be linted.\n  - Linters MUST NOT be forked.\n- Sheets SHOULD be small.\n", LEVELS)
    assert [(row["level"], row["text"]) for row in rows(built)] == [
        ("MUST", "Sheets MUST be linted."),
        ("MUST NOT", "Linters MUST NOT be forked."),
        ("SHOULD", "Sheets SHOULD be small."),
    ]


def test_nested_items_without_a_level_stay_in_the_body() -> None:
    built = made("- Sheets MUST be linted.\n  - by hand\n  - or by a tool\n", LEVELS)
    assert len(rows(built)) == 1
    assert in_order(reference(built), "Sheets MUST be linted.", "- by hand", "- or by a tool")


def test_nested_items_with_an_id_in_front_are_rules() -> None:
    by = dialect(
        "[[rule]]\nat = 'list-item'\nmatch = '^(?P<id>R-[0-9]+) (?P<statement>.*)$'\n"
        "[id]\nmode = 'explicit'\npattern = 'R-[0-9]+'\n"
    )
    built = made("- R-1 Tools MUST build.\n  - R-2 Tools MUST NOT crash.\n  - this is a note\n", by)
    assert [(row["id"], row["level"]) for row in rows(built)] == [("R-1", "MUST"), ("R-2", "MUST NOT")]
    assert "this is a note" in reference(built)


def test_a_lettered_item_below_its_rule_stays_a_part() -> None:
    built = made("- Services MUST: (SVC-3)\n  - log (SVC-3a)\n  - Services MUST stop (SVC-4)\n")
    assert [(row["id"], row["text"]) for row in rows(built)] == [
        ("SVC-3", "Services MUST: log"),
        ("SVC-4", "Services MUST stop"),
    ]


def test_a_nested_rule_is_in_no_label_of_the_rule_around_it() -> None:
    built = made(
        "- Services MUST log (SVC-1)\n\n  **Why:** reasons:\n\n  - the first\n  - Logs MUST be short (SVC-2)\n"
    )
    assert rows(built)[0]["why"] == "reasons:\n\n  - the first"


def test_text_after_a_nested_rule_says_whose_it_is() -> None:
    text = page(
        "### Services MUST be observable (SVC-1)\n\nAll:\n\n- Logs MUST be JSON (SVC-2)\n\nPublic:\n\n"
        "- Logs MUST be public (SVC-3)\n\nWord after them.\n"
    )
    continued = "***\n\n*SVC-1, continued:*\n\n"
    assert in_order(
        text, "(SVC-1)", "All:", "(SVC-2)", f"{continued}Public:", "(SVC-3)", f"{continued}Word after them."
    )


def test_rows_that_are_no_rules_keep_their_table() -> None:
    text = page("| No | Rule |\n| --- | --- |\n| A-1 | log |\n|  | *of old* |\n| A-2 | stop |\n", ROWS)
    assert in_order(text, "| No  | Rule     |\n| --- | -------- |\n|     | *of old* |", "(A-1)", "(A-2)")


def test_a_rule_that_does_not_ship_leaves_the_order_as_it_is() -> None:
    text = page("First:\n\n- A MUST log (SVC-1)\n\n  **Status:** draft\n\nSecond:\n\n- B MUST log (SVC-2)\n")
    assert "SVC-1" not in text
    assert in_order(text, "First:", "Second:", "(SVC-2)")


def test_a_lead_in_moves_to_another_file_with_its_rule() -> None:
    words = "word " * 60
    text = "\n\n".join(f"Kind {n}:\n\n- A MUST {words}{n} (SVC-{n})" for n in range(1, 9))
    config = Config(namespace="acme", title="Acme", budgets=Budgets(reference=TEMPLATE_BYTES + 1200))
    built = compiled({"a.md": standard(text)}, config)
    pages = [built.text(p) for p in built.files if p.startswith("skills/acme-services/references/")]
    assert len(pages) > 2
    for n in range(1, 9):
        (own,) = [one for one in pages if f"(SVC-{n})" in one]
        assert in_order(own, f"Kind {n}:\n\n### A MUST", f"(SVC-{n})")


def test_columns_that_a_dialect_does_not_name_arrive_with_their_titles() -> None:
    table = "| No | Limit | Rule | Limit |\n| --- | --- | --- | --- |\n| A-1 | at most `7` | log | - |\n| A-2 | | stop | 9 |\n"
    built = made(table, ROWS)
    assert [row.get("columns") for row in rows(built)] == [{"Limit": "at most `7`"}, {"Limit": "9"}]
    assert in_order(reference(built), "(A-1)", "**Limit:** at most `7`", "(A-2)", "**Limit:** 9")


def test_a_cell_is_left_out_only_if_the_sentence_has_its_words() -> None:
    by = dialect("[[rule]]\nat = 'row'\ncolumns = { statement = 'Rule', when = 'When' }\n[level]\ndefault = 'SHOULD'\n")
    text = page("| Rule | When |\n| --- | --- |\n| Log nothing at all | all |\n| Log it all | no |\n", by)
    assert in_order(text, "Log nothing at all", "Log it all", "**When:** no")
    assert "**When:** all" not in text


@pytest.mark.parametrize("title", ["list<of> types", "Use `Vec<T>` and `<div>`", "A `b*c` d"])
def test_a_title_keeps_names_in_angle_brackets_and_code(title: str) -> None:
    shown = title.replace("`", "")
    text = page(f"## {title}\n\nText.\n\n- Names MUST be short (SVC-1)\n")
    assert f"## {shown}\n" in text
    built = compiled({"a.md": standard("- Names MUST be short (SVC-1)").replace("SVC standards", title)})
    assert f"# {shown}\n" in reference(built)
    assert not set("<>") & set(built.text("skills/acme-services/SKILL.md").split("---")[1])


@pytest.mark.parametrize(
    "code", ["  ```go\n  handlers[name](event)\n  ```", "      handlers[name](event)", "  `h[name](event)`"]
)
def test_code_that_looks_like_a_link_is_none(code: str) -> None:
    built = made(f"### Handlers MUST be found (SVC-1)\n\n- Like so:\n\n{code}\n")
    output = Output(
        skills=built.plan.skills, fragments=built.plan.fragments, artifacts=built.artifacts, files=built.files
    )
    assert [f for f in check_output(output, Context(config=built.config, as_of=DAY)) if f.code == "CX513"] == []


def test_a_nested_item_carries_all_lines_that_introduce_it() -> None:
    built = made(
        "In test only:\n\n- A MUST log (SVC-1)\n\n  If it rains:\n\n  - B MAY sleep (SVC-2)\n\n"
        "All services:\n\n- In May:\n  - C MUST drop (SVC-3)\n- D\n  - E MUST drop (SVC-4)\n"
    )
    assert [row["lead_in"] for row in rows(built)] == [
        "In test only:",
        "In test only: If it rains:",
        "All services: In May:",
        "All services:",
    ]


def test_a_line_that_ends_in_a_comma_introduces_a_list_too() -> None:
    (row,) = rows(made("For batch jobs,\n\n- services MUST log (SVC-1)\n"))
    assert row["lead_in"] == "For batch jobs,"


CHOICES = "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n"
SIZES = "| Size | Port |\n| --- | --- |\n"


@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("rest", ["", SIZES])
def test_a_table_whose_rows_are_rules_leaves_no_head_in_the_rule_around_it(indent: str, rest: str) -> None:
    table = f"{CHOICES}| a queue | the broker | MUST | SVC-2 |\n\n{rest}"
    body = f"One of these:\n\n{table}".replace("\n", f"\n{indent}")
    mark = "- Services MUST choose (SVC-1)\n\n  " if indent else "### Services MUST choose (SVC-1)\n\n"
    built = made(f"{mark}{body}\n")
    assert "If you need |" not in reference(built)
    (choose, queue) = rows(built)
    assert choose["body"].startswith("One of these:") and "Level" not in choose["body"]
    assert ("| Size | Port |" in choose["body"]) is bool(rest)
    assert queue["text"] == "If you need a queue, use the broker"
