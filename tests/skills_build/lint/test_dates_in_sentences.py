"""A rule in force whose sentence says that it begins later, or has ended, is reported."""

import pytest

from tests.support.linting import messages_of

TODAY = "2026-12-02"


def said(text: str) -> list[str]:
    return messages_of("CX048", text, as_of=TODAY)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Services MUST, from 2028 on, answer", "from 2028 on"),
        ("Services, from January 2027, MUST answer", "from January 2027"),
        ("Starting 1 March 2027, services MUST answer", "Starting 1 March 2027"),
        ("From Q1 2027 onwards: services MUST answer", "From Q1 2027 onwards"),
        ("Services MUST answer (from 2027-02-01)", "from 2027-02-01"),
        ("Services MUST answer as of 2027-02", "as of 2027-02"),
        ("Services MUST answer, effective 2027-01-15", "effective 2027-01-15"),
        ("After the end of 2027, services MUST answer", "After the end of 2027"),
    ],
)
def test_a_sentence_that_begins_to_hold_later_is_reported(sentence: str, words: str) -> None:
    assert said(f"- {sentence} (SVC-1)\n") == [f"`SVC-1` says `{words}`, but is already in force"]
    assert said(f"### {sentence} (SVC-1)\n\n**Status:** draft\n") == []
    assert said(f"### {sentence} (SVC-1)\n\n**Status:** draft, enforced from 2028-01-01\n") == []


@pytest.mark.parametrize("sentence", ["Until 2025, services MUST answer", "Services MUST, through June 2026, answer"])
def test_a_sentence_that_no_longer_holds_is_reported(sentence: str) -> None:
    (message,) = said(f"- {sentence} (SVC-1)\n")
    assert message.endswith("but is still in force")


@pytest.mark.parametrize(
    "sentence",
    [
        "From 2024 on, services MUST answer",
        "From December 2026 on, services MUST answer",
        "Until 2030, services MUST answer",
        "Services MUST migrate by 2027-06-30",
        "Services MUST accept dates from 2030",
        "Services MUST reject dates after 2030-01-01",
        "Certificates issued after 2027-06-01 MUST be short-lived",
        "Tokens MUST be renewed before 2028-01-01 or their own expiry",
        "Services MUST send `from 2028 on`, and answer",
        "Services MUST use TLS 1.3 from RFC 8446",
        "Files from 2028 to 2030 MUST be kept",
    ],
)
def test_a_date_that_is_about_something_else_is_not_reported(sentence: str) -> None:
    assert said(f"- {sentence} (SVC-1)\n") == []
