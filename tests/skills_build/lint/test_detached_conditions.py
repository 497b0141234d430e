"""A paragraph below a list or table of rules that limits them is reported: the rules are also shown without it."""

import pytest

from tests.support.linting import RULE, messages_of

LIST = "- Services MUST retry{mark} (SVC-2)\n- Services MUST cache (SVC-3)\n"
TABLE = "| If you need | Use | Level | Id |\n| --- | --- | --- | --- |\n| retries | backoff{mark} | MUST | SVC-2 |\n"


def said(text: str) -> list[str]:
    return messages_of("CX065", text)


@pytest.mark.parametrize("rules", [LIST, TABLE])
@pytest.mark.parametrize(
    "below",
    [
        "unless they are jobs.",
        "except for jobs",
        "if they are public",
        "provided that a cache exists",
        "Jobs are exempt from this.",
        "Jobs and tools are excluded from these rules.",
        "These rules do not apply to jobs.",
        "This only applies to public services.",
        "They don't hold for jobs.",
    ],
)
def test_a_condition_below_rules_is_reported(rules: str, below: str) -> None:
    (message,) = said(f"{rules.format(mark='')}\n{below}\n")
    assert message.startswith(f"`{below}` is not part of")


@pytest.mark.parametrize("rules", [LIST, TABLE])
@pytest.mark.parametrize("mark", ["*", "\\*", "†", "‡", "¹"])
def test_a_footnote_that_is_only_typed_is_reported_with_the_rule_that_has_its_mark(rules: str, mark: str) -> None:
    (message,) = said(f"{rules.format(mark=mark)}\n{mark} not for jobs\n")
    assert message in (f"`{mark} not for jobs` is not part of `SVC-2`", "`not for jobs` is not part of `SVC-2`")
    assert said(f"{rules.format(mark='')}\n{mark} see the guide on jobs\n") == []


@pytest.mark.parametrize(
    "text",
    ["The next rules are only for public services.", "The following two rules apply to public services."],
)
def test_text_about_the_next_rules_in_the_body_of_a_rule_is_reported(text: str) -> None:
    (message,) = said(f"{RULE}\n{text}\n\n{LIST.format(mark='')}")
    assert message.endswith("is part of the text of `SVC-1` and does not apply to other rules")
    assert said(f"{text}\n\n{LIST.format(mark='')}") == []


@pytest.mark.parametrize(
    "below",
    [
        "Retries are described by RFC 9110. They apply to calls over the network only.",
        "Except for tests, the table is complete.",
        "When in doubt, ask the owner.",
        "If nobody answers, the rule holds.",
        "Unless a client says so, nothing is cached.",
        "**Only** the cache is shared.",
        "*All* services are listed in the catalogue.",
        "The catalogue is excluded from search engines.",
    ],
)
def test_prose_below_rules_is_not_reported(below: str) -> None:
    assert said(f"{LIST.format(mark='')}\n{below}\n") == []
    assert said(f"{LIST.format(mark='')}\n## Next\n\nThese do not apply to jobs.\n") == []
    assert said(f"{RULE}\nThis does not apply to jobs.\n") == []


@pytest.mark.parametrize("rules", [LIST, TABLE])
@pytest.mark.parametrize(
    "form", ["{}.", "{}", "({})", "*{}.*", "> {}.", "> [!NOTE]\n> {}.", "<!-- jobs -->\n\n{}.", "1. {}"]
)
@pytest.mark.parametrize(
    "words",
    [
        "Not applicable to jobs",
        "Not for jobs",
        "Only for public services",
        "N/A for jobs",
        "Applies to public services only",
        "For public services only",
        "Public services only",
        "Optional for jobs",
        "Except jobs",
        "Unless you run jobs",
        "Apart from jobs",
        "Jobs are exempt",
        "Jobs do not need this",
        "None of this applies to jobs",
        "This is optional for jobs",
        "From January 2027 on",
        "Until further notice",
    ],
)
def test_a_few_words_that_limit_the_rules_above_are_reported(rules: str, form: str, words: str) -> None:
    (message,) = said(f"{rules.format(mark='')}\n{form.format(words)}\n")
    assert words in message and "is not part of" in message


def test_the_last_item_of_a_list_of_rules_that_limits_them_is_reported() -> None:
    (message,) = said(f"{LIST.format(mark='')}- Not applicable to jobs.\n")
    assert message == "`Not applicable to jobs.` is not part of `SVC-3`"
    assert said("- Services MUST retry (SVC-2)\n  - Not applicable to jobs.\n") == []


@pytest.mark.parametrize("words", ["Only for jobs:", "Only for jobs", "Not applicable to services:"])
def test_words_that_introduce_the_next_list_do_not_limit_the_one_above(words: str) -> None:
    assert said(f"{LIST.format(mark='')}\n{words}\n\n- Jobs MUST wait (SVC-4)\n") == []
    assert len(said(f"{LIST.format(mark='')}\n{words}\n\n## Next\n")) == 1


@pytest.mark.parametrize(
    "below",
    [
        "For internal use only.",
        "Unless stated otherwise, times are in UTC.",
        "Apart from that, teams are free to choose.",
        "Only services of this team are listed, and jobs are in the catalogue.",
        "The team is not applicable here.",
        "Not only services, but also jobs have owners.",
        "Only three services are older than this standard.",
    ],
)
def test_a_sentence_about_something_else_does_not_limit_the_rules_above(below: str) -> None:
    assert said(f"{LIST.format(mark='')}\n{below}\n") == []
