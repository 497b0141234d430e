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


CODE = "\n\n```go\nretry()\n```\n"
SIDES = {
    "Bad": (
        "**\u274c Bad:**",
        "\u274c **Bad:**",
        "**Wrong:**",
        "**Incorrect:**",
        "**Don't:**",
        "**Avoid:**",
        "**Noncompliant:**",
    ),
    "Good": (
        "**\u2705 Good:**",
        "\u2705 Good:",
        "**Right:**",
        "**Correct:**",
        "**Do:**",
        "**Prefer:**",
        "**Compliant:**",
    ),
}


@pytest.mark.parametrize(("side", "written"), [(side, word) for side, words in SIDES.items() for word in words])
def test_another_word_for_an_example_above_a_code_block_is_reported(side: str, written: str) -> None:
    above = FRONT + "### Clients MUST retry (SVC-1)\n\n"
    (finding,) = (f for f in linted({"a.md": f"{above}{written}{CODE}"})[0] if f.code == "CX017")
    assert f"`**{side}:**`" in (finding.help or "")
    _, standards = linted({"a.md": f"{above}**{side}:**{CODE}"})
    assert [example.good for example in standards[0].rules[0].examples] == [side == "Good"]


@pytest.mark.parametrize("word", ["Do", "Don't", "Avoid", "Prefer", "Correct"])
@pytest.mark.parametrize("below", ["\n\n- retry\n- wait\n", "\n\nRetry.\n", " retry()\n", f" retry(){CODE}"])
def test_such_a_word_above_or_in_other_text_is_text(word: str, below: str) -> None:
    assert found(f"### Clients MUST retry (SVC-2)\n\n**{word}:**{below}") == []


@pytest.mark.parametrize("word", ["Not good", "Not bad", "Not recommended"])
def test_a_negated_word_is_not_an_example(word: str) -> None:
    assert [
        m for m in messages_of("CX017", f"### Clients MUST retry (SVC-1)\n\n**{word}:**{CODE}") if "Good" in m
    ] == []


SPEC = "regex: {match: 'retry'}"


@pytest.mark.parametrize(
    "info",
    ["yaml chek", "yml checks", "yaml {check}", "{.yaml .check}", "yaml, check", "yaml,check", "json check", "yaml"],
)
def test_a_code_block_that_is_meant_as_a_check_is_reported(info: str) -> None:
    text = f"### Clients MUST retry (SVC-1)\n\n**Check:** search for it.\n\n```{info}\n{SPEC}\n```\n"
    assert len(messages_of("CX801", text)) == 1


def test_a_check_in_upper_case_is_read() -> None:
    text = "### Clients MUST retry (SVC-1)\n\n**Check:**\n\n```YAML CHECK\nregx: 1\n```\n"
    assert "unknown key `regx`" in messages_of("CX801", text)


@pytest.mark.parametrize("info", ["yaml title=check.yaml", "yaml src/checks.yml", "yaml", "sh check", "text check"])
def test_other_code_blocks_below_a_check_are_text(info: str) -> None:
    text = f"### Clients MUST retry (SVC-1)\n\n**Check:**\n\n```{info}\nlimits: {{match: 1}}\n```\n"
    assert messages_of("CX801", text) == []


@pytest.mark.parametrize(
    "word", ["Except", "Exceptions", "Unless", "When", "Only if", "Applies to", "Does not apply to"]
)
@pytest.mark.parametrize("before", ["**Why:** jobs are lost. ", "Retries help! ", "**How:** a loop (short). "])
def test_a_bold_word_without_a_colon_that_limits_a_rule_in_the_middle_of_a_line_is_reported(
    word: str, before: str
) -> None:
    assert found(f"### Clients MUST retry (SVC-2)\n\n{before}**{word}** for jobs.\n") == [("CX017", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "**Why:** nothing **except** the proxy is slow.",
        "**Why:** jobs are lost **When** they end.",
        "**Why:** jobs are lost. **When to stop** is a setting.",
        "**Why:** jobs are lost. **Always** retry.",
        "**Why:** jobs are lost. `**Except** this`.",
        "**Why:** jobs are lost. Except for these.",
    ],
)
def test_a_bold_word_in_a_sentence_is_only_emphasised(text: str) -> None:
    assert found(f"### Clients MUST retry (SVC-2)\n\n{text}\n") == []


def test_out_of_scope_is_meant_as_an_exception() -> None:
    assert found("### Clients MUST retry (SVC-2)\n\n**Out of scope:** jobs\n") == [("CX017", 3)]


@pytest.mark.parametrize("title", ["If you need", "Use", "use", "Level", "Id"])
def test_a_column_of_a_choice_that_is_there_twice_is_reported(title: str) -> None:
    text = f"| If you need | Use | Level | Id | {title} |\n|---|---|---|---|---|\n| a queue | it | MUST | SVC-2 | SVC-2 |\n"
    assert ("CX055", 1) in found(text)


FACTS = {
    "**Severity:** high": "MUST, SHOULD or MAY",
    "**Enforcement level:** advisory": "MUST, SHOULD or MAY",
    "**Level:** high": "MUST, SHOULD or MAY",
    "**Tags:** web, api": "`**Applies to:**`",
    "**Since:** 2026": "`**Status:** approved from",
    "**Owners:** @team": "`owner:`",
    "**Last reviewed:** 2026-01-01": "`reviewed:`",
    "**Related:** SVC-1": "`**See:**`",
    "**Supersedes:** SVC-1": "`**Use instead:**`",
    "**Platform:** production": "`**When:**`",
}


@pytest.mark.parametrize("above", ["", "**Why:** jobs are lost.\n", "**Why:** jobs are lost.\n\n"])
@pytest.mark.parametrize(("label", "write"), FACTS.items())
def test_a_bold_word_for_a_fact_that_no_label_states_is_reported(label: str, write: str, above: str) -> None:
    findings, _ = linted({"a.md": f"{FRONT}### Clients MUST retry (SVC-2)\n\n{above}{label}\n"})
    (finding,) = (f for f in findings if f.code in OF_LABELS)
    assert finding.code == "CX017"
    assert write in str(finding.help)


@pytest.mark.parametrize(
    "text",
    [
        "**Note:** retries cost time",
        "**Impact:** high",
        "**Environment:** variables are set by the platform.",
        "**Tags:**\n\n- one\n- two",
        "Text with **severity:** high in it",
    ],
)
def test_a_bold_word_that_starts_a_sentence_is_not_reported(text: str) -> None:
    assert found(f"### Clients MUST retry (SVC-2)\n\n**Why:** jobs are lost.\n\n{text}\n") == []
