"""Rules that are questions, that are unfinished, or that ask only for an attempt."""

import pytest

from tests.support.linting import RULE, messages_of

QUESTION = "rule is a question"


def left_open(mark: str) -> str:
    return f"the rule's sentence is unfinished: `{mark}`"


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("Do services MUST answer?", QUESTION),
        ("MUST services answer?", QUESTION),
        ("Why MUST services answer\uff1f", QUESTION),
        ("Services MUST answer, right?", QUESTION),
        ("Services MUST **answer?**", QUESTION),
        ("Is it late? Services MUST answer?", QUESTION),
        ("Services MUST answer ...", left_open("...")),
        ("Services MUST answer, log, \u2026", left_open("\u2026")),
        ("Services MUST ... answer", left_open("...")),
        ("Services MUST", "the rule's sentence ends with `MUST`"),
        ("Services **MUST NOT**:", "the rule's sentence ends with `MUST NOT`"),
        ("Services MUST\u2026 answer", left_open("\u2026")),
    ],
)
def test_a_rule_that_is_no_finished_sentence_is_reported(sentence: str, message: str) -> None:
    assert messages_of("CX320", f"{RULE}\n- {sentence} (SVC-2)\n\n  **Why:** callers wait.\n") == [message]


@pytest.mark.parametrize(
    "text",
    [
        "- Services MUST reject `GET /?` and `a?` (SVC-2)",
        '- Reviewers MUST ask "Is it safe?" (SVC-2)',
        "- Services MUST answer. Is that too slow? (SVC-2)",
        "- Loops MUST end in `...` (SVC-2)",
        "- Services MUST keep 1 ... 3 copies (SVC-2)",
        "### Services MUST ... (SVC-2)\n\n- answer\n- log",
        "### Services MUST: (SVC-2)\n\n- answer\n- log",
        "### Services MUST (SVC-2)\n\n1. answer\n2. log",
        "- Services MUST `answer` (SVC-2)",
        "### Services MUST send, sign, ... (SVC-2)\n\n| header | value |\n| --- | --- |\n| Date | now |",
    ],
)
def test_marks_of_what_a_sentence_mentions_leave_it_finished(text: str) -> None:
    assert messages_of("CX320", f"{RULE}\n{text}\n") == []


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Services MUST (ideally) answer", "MUST (ideally)"),
        ("Services MUST, ideally, answer", "MUST, ideally,"),
        ("Services MUST \u2013 usually \u2013 answer", "MUST \u2013 usually \u2013"),
        ("Services MUST [maybe] answer", "MUST [maybe]"),
        ("Services MUST (soft) answer", "MUST (soft)"),
        ("Services MUST in principle answer", "MUST in principle"),
        ("Services MUST answer (mostly)", "(mostly)"),
    ],
)
def test_a_word_in_brackets_or_commas_that_weakens_a_must_is_reported(sentence: str, words: str) -> None:
    assert messages_of("CX316", f"- {sentence} (SVC-1)\n") == [f"`{words}` cannot be checked"]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("(optional) Services MUST answer", "(optional)"),
        ("[Optional] Services MUST answer", "[Optional]"),
        ("Optional: services MUST answer", "Optional:"),
        ("Services MUST answer (optional)", "(optional)"),
        ("Services MUST NOT answer *(not mandatory)*", "(not mandatory)"),
        ("Services MUST answer \u2013 recommended", "\u2013 recommended"),
        ("Services MUST answer (best effort).", "(best effort)"),
    ],
)
def test_a_must_that_is_called_optional_is_reported(sentence: str, words: str) -> None:
    level = "MUST NOT" if "NOT" in sentence else "MUST"
    assert messages_of("CX316", f"- {sentence} (SVC-1)\n") == [f"`{words}` contradicts `{level}`"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Optional fields MUST be omitted",
        "The optional header MUST be read",
        "Services MUST send `limit` (optional)",
        'Services MUST send the field "limit" (optional)',
        "Services MUST send a limit (optional in tests) and a page",
        "Services MUST mark columns as optional",
        "Services MAY answer (optional)",
    ],
)
def test_a_field_that_is_optional_does_not_weaken_the_rule(sentence: str) -> None:
    assert messages_of("CX316", f"- {sentence} (SVC-1)\n") == []
