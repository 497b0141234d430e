"""A text that every match contains: found where that is plain, and never one that a match lacks."""

import random

import pytest

from skills_build.source.patterns import LinearPattern, linear_pattern
from skills_build.source.required_literal import required_literal
from tests.support.data import THOROUGH

ATOMS = (
    *(
        "a",
        "b",
        "ab",
        "call_",
        r"\(",
        r"\.",
        r"\b",
        r"\w",
        "[ab]",
        "[^a]",
        "[]a]",
        "[[:alpha:]]",
        r"[\]a]",
        ".",
        "(a|b)",
    ),
    *(
        "(?:ab)",
        "(ab)",
        "(?P<n>a)",
        "^",
        "$",
        r"\s",
        " ",
        "{",
        "{2}",
        "{0}",
        "{0,2}",
        "{1,}",
        "*",
        "+",
        "?",
        "+?",
        "*?",
    ),
    *("|", "(?i)", "(?i:ab)", r"\Qab\E", r"\x41", "é", r"\pL", r"\n", "]", "}", r"\\"),
)
TEXTS = ("a", "b", "ab", "call_", "(", ")", ".", "A", "B", " ", "_", "{", "é", "\n", "-", "]", "\\", "aa", "bb", "{2}")


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        (r"\bcall_12\(", "call_12("),
        (r"print\s*\(", "print"),
        ("abc*d", "ab"),
        ("abc+d", "abc"),
        ("abc{0,3}", "ab"),
        ("(foo|bar)=secret", "=secret"),
        ("^from [a-z]+ import x", " import x"),
        ("foo|bar", None),
        ("(?i)select", None),
        (r"\Qfoo\E", None),
        ("fé", None),
        ("[abc]+", None),
        ("a", None),
    ],
)
def test_the_longest_text_is_found(pattern: str, literal: str | None) -> None:
    assert required_literal(pattern) == literal


def test_no_result_depends_on_it() -> None:
    chance = random.Random(7)
    matched = tried = 0
    while tried < (4000 if THOROUGH else 1000):
        pattern = "".join(chance.choice(ATOMS) for _ in range(chance.randint(1, 6)))
        try:
            quick = linear_pattern(pattern)
        except ValueError:
            continue
        if required_literal(pattern) is None:
            continue
        tried += 1
        slow = LinearPattern(quick._compiled)
        text = "".join(chance.choice(TEXTS) for _ in range(chance.randint(0, 9)))
        assert list(quick.spans(text)) == list(slow.spans(text)), (pattern, text)
        matched += slow.search(text)
    assert matched > tried // 40
