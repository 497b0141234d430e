"""What belongs to a requirement besides its sentence, and that a change of it is a rewording."""

import pytest

from skills_build.compile.bounds import bounds
from skills_build.model.release import Bump, ChangeKind
from tests.support.classifying import between, only_change, text

WHY = "**Why:** callers give up.\n\n**Check:** a reviewer sees it.\n"


@pytest.mark.parametrize(
    ("sentence", "body", "expected"),
    [
        ("Services MUST meet this:", "> 30 ms\n\nMore.", ("> 30 ms",)),
        ("Headers MUST be these:", "```\nA: 1\n\nB: 2\n```\n\nMore.", ("``` A: 1 B: 2 ```",)),
        ("The ciphers MUST NOT be used", "- DES\n- RC4", ("- DES - RC4",)),
        ("The ciphers MUST NOT be used", "**Status:** draft\n\n- DES", ("- DES",)),
        ("Services MUST answer", f"{WHY}\n- one", ()),
        ("Services MUST answer", f"Some words.\n\n{WHY}", ()),
        ("Services MUST answer", f"{WHY}\nUnless they are batch jobs.", ("Unless they are batch jobs.",)),
        ("Services MUST answer", "*Only for* new code.", ("*Only for* new code.",)),
        ("Services MUST answer", "#### Exceptions\n\nAt noon.\n\n#### Notes\n\nWords.", ("At noon.",)),
        ("Logs MUST stay[^1]", "[^1]: 30 days.\n\n[^2]: Words.", ("[^1]: 30 days.",)),
    ],
)
def test_what_completes_or_limits_a_sentence(sentence: str, body: str, expected: tuple[str, ...]) -> None:
    assert bounds(sentence, body) == expected


@pytest.mark.parametrize(
    ("sentence", "old", "new"),
    [
        ("Services MUST meet this:", "> 30 ms", "> 3 ms"),
        (
            "Timeouts MUST be as follows:",
            "| op | s |\n| --- | --- |\n| a | 30 |",
            "| op | s |\n| --- | --- |\n| a | 1 |",
        ),
        ("The ciphers MUST NOT be used", "- DES", "- DES\n- AES"),
        ("Services MUST answer", "Unless they are batch jobs.", ""),
        ("Logs MUST stay[^1]", "[^1]: 30 days.", "[^1]: 90 days."),
    ],
)
def test_another_bound_of_an_enforced_rule_is_a_rewording(sentence: str, old: str, new: str) -> None:
    diff = between(*(text(f"{sentence} (SVC-1)", body=f"{body}\n\n{WHY}") for body in (old, new)))
    only_change(diff, ChangeKind.REWORDED, Bump.MAJOR)


def test_a_line_through_words_is_a_rewording() -> None:
    old, new = (f"Images MUST be scanned {end} (SVC-1)" for end in ("unless local", "~~unless local~~"))
    only_change(between(text(old, body=WHY), text(new, body=WHY)), ChangeKind.REWORDED, Bump.MAJOR)
