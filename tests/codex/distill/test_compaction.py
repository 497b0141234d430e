"""Compactions of demands: only what a program can prove counts."""

from typing import Any

import pytest

from codex.distill.compaction import Compaction, verified
from codex.distill.page import plain
from codex.distill.sentences import MAX_PARAGRAPH, Demand, read_document
from codex.workflow.importing import parse_canonical

TEXT = (
    "If a service calls another one over HTTP, it MUST set a deadline of 2 s with `context.WithTimeout` and MUST NOT"
    " wait, unless PostgreSQL is involved."
)


def demands(text: str = TEXT) -> dict[int, Demand]:
    document = parse_canonical("a.md", text)
    assert document is not None
    return {one.number: one for one in read_document(document).demands}


ONE = (
    "Callers SHOULD NOT retry more than 3 times in 10 s unless the callee sends `Retry-After` or the API is idempotent."
)
GOOD: dict[str, Any] = {
    "sentence": 1,
    "quote": "Callers SHOULD NOT retry more than 3 times in 10 s",
    "statement": "Callers SHOULD NOT retry more than 3 times in 10 s",
    "when": "unless the callee sends `Retry-After` or the API is idempotent",
    "use": None,
    "same_as": None,
    "contradicts": None,
}


def judged(**changes: Any) -> tuple[dict[int, Compaction], list[str]]:
    found, refused = verified([{**GOOD, **changes}], demands(ONE), frozenset({"SVC-1"}))
    return found, [one.why for one in refused]


def test_a_compaction_that_keeps_everything_counts() -> None:
    found, refused = judged(contradicts="SVC-1")
    assert refused == []
    assert found[1] == Compaction(
        statement="Callers SHOULD NOT retry more than 3 times in 10 s",
        when="unless the callee sends `Retry-After` or the API is idempotent",
        contradicts="SVC-1",
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sentence": 2}, "the statement does not refer to a sentence in the request"),
        *(
            ({"when": f"{GOOD['when']}{hidden}"}, "is not one line of plain text")
            for hidden in ("\u202e", "\u200b", "\U000e0041", "\x7f", "\x9b31m", "\ud800", "\n# a")
        ),
        ({"sentence": True}, "the statement does not refer to a sentence in the request"),
        ({"quote": "Callers SHOULD NOT try"}, "the quote is not in the sentence"),
        ({"quote": "retry more than 3 times"}, "does not contain the keyword"),
        (
            {"statement": "Callers MUST NOT retry more than 3 times in 10 s"},
            "the statement does not contain SHOULD NOT",
        ),
        ({"statement": "Callers SHOULD retry more than 3 times in 10 s"}, "the statement does not contain SHOULD NOT"),
        ({"statement": "Callers retry more than 3 times in 10 s"}, "the statement does not contain SHOULD NOT"),
        ({"use": "MUST retry"}, "`when` or `use` contains a requirement level"),
        ({"statement": "Callers SHOULD NOT retry more than 4 times in 10 s"}, "the statement omits a number: '3'"),
        ({"statement": "Callers SHOULD NOT retry more than 3 times in 10 min"}, "the statement omits a number: '10s'"),
        ({"use": "5 retries"}, "the statement adds a number: '5"),
        ({"when": "unless the callee sends it or the API is idempotent"}, "the statement omits a name: 'Retry-After'"),
        ({"when": "unless the callee sends `Retry-After` or is idempotent"}, "the statement omits a name: 'API'"),
        ({"use": "PostgreSQL"}, "the statement adds a name: 'PostgreSQL'"),
        (
            {"when": "the callee sends `Retry-After` or the API is idempotent"},
            "the statement omits a negating or limiting word",
        ),
        (
            {"when": "unless the callee never sends `Retry-After` or the API is idempotent"},
            "the statement adds a negating or limiting word",
        ),
        ({"use": "exponential backoff together with jitter"}, "the statement adds words"),
        ({"statement": "Callers SHOULD NOT retry <b> more than 3 times in 10 s"}, "not one line of plain text"),
        ({"use": "a\nb"}, "not one line of plain text"),
        ({"use": "word " * 200}, "too long"),
        ({"same_as": "SVC-2"}, "the statement refers to a rule that was not in the request"),
        ({"use": 3}, "the format is invalid"),
        ({"statement": None}, "the quote or the statement is missing"),
    ],
)
def test_a_compaction_that_loses_adds_or_changes_something_is_refused(changes: dict[str, Any], why: str) -> None:
    found, refused = judged(**changes)
    assert found == {} and len(refused) == 1 and why in refused[0]


def test_a_second_compaction_of_a_sentence_and_other_forms_are_refused() -> None:
    found, refused = verified([GOOD, GOOD, None, 3, [], {}], demands(ONE), frozenset())
    assert len(found) == 1 and len(refused) == 5


def test_only_the_first_answer_to_a_sentence_is_judged() -> None:
    found, refused = verified([{**GOOD, "quote": "x"}, *[GOOD] * 2000], demands(ONE), frozenset())
    assert not found
    assert {one.why for one in refused[1:]} == {"the sentence was already shortened"}


def test_a_long_text_is_not_repeated_for_each_of_its_sentences() -> None:
    found = demands("Services MUST log errors. " * (MAX_PARAGRAPH // 20))
    assert {one.paragraph for one in found.values()} == {"Services MUST log errors."}


@pytest.mark.parametrize("hidden", ["\x1b[31m", "\u202e", "\U000e0041", "\x9b"])
def test_a_heading_of_a_draft_has_no_hidden_character(hidden: str) -> None:
    assert f"<U+{ord(hidden[0]):04X}>" in plain(f"Services{hidden} MUST log").replace("&lt;", "<")
    emoji = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"
    assert plain(f"Services MUST log {emoji}").endswith(emoji)
