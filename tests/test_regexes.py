"""No regular expression of the program takes more than linear time for texts that are made to be hard for it."""

import re
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final

import pytest

from skills_build.source.negations import _FAR
from tests.support.data import THOROUGH
from tests.support.effort import at_most_cpu_seconds, cpu_seconds
from tests.support.regexes import Attack, Regex, attacks, regexes, used

LENGTH: Final = 8_000
SUSPECT: Final = 0.02
"""Processor time of an attack that is looked at again. Nearly all patterns need a tenth of it."""
GROWTH: Final = 8
"""So many times the processor time for four times the text: a linear pattern takes 4 times as much, a quadratic one 16."""
LONGEST: Final = 0.5
"""Processor time of an attack on texts that are never longer, so that it does not matter how it grows."""
ENDLESS: Final = 5
"""Processor seconds after which an attack is ended, as of an exponential pattern."""
_SAMPLE: Final = 7
"""Of so many attacks the quick tests try one. Their endings repeat after 4, 5 or 6, so that each of them is tried."""
BOUNDED: Final[dict[str, tuple[int, str, str]]] = {
    "codex/profile/technologies.py": (4_096, "fullmatch", "paths of a repository"),
    "codex/profile/paths.py": (4_096, "fullmatch", "paths of a repository"),
    "codex/profile/conventions.py": (4_096, "search", "paths of a repository"),
    "codex/profile/ecosystems/ci.py": (LENGTH, "fullmatch", "paths of a repository"),
    "codex/profile/ecosystems/simple.py": (4_096, "fullmatch", "paths of a repository"),
    "codex/shell/git_process.py": (LENGTH, "fullmatch", "keys of git's configuration"),
    "codex/review/imports.py": (LENGTH, "match", "lines of a change"),
    "skills_build/lint/source_places.py": (4_096, "fullmatch", "paths of the output"),
    "skills_build/source/negations.py": (_FAR, "match", "the text behind a level"),
}
"""Modules whose texts are short, or that call the patterns of a table: the length, the method, and the texts.

Texts with the usual length may be longer."""
UNKNOWN: Final = 28
"""Patterns that are made of names of a function; all of these are made of escaped text, or of a dialect (RE2), or of a schema."""

every_regex = cache(regexes)


def _bounded(regex: Regex) -> tuple[Regex, int]:
    length, method, _ = BOUNDED.get(regex.place.partition(":")[0], (LENGTH, "", ""))
    is_passed_on = method and len(regex.methods) > 1
    return (replace(regex, methods=frozenset({method})) if is_passed_on else regex), length


def is_slow(regex: Regex, attack: Attack, length: int, *, grows: bool = True) -> bool:
    """Return whether a pattern takes more than linear time, or, if the text does not grow, too much time.

    A single measurement may be several times too high on a busy machine. So the short text is measured three times, and
    what looks slow is looked at twice.
    """

    def seconds(size: int) -> float:
        text = attack.text(size)
        with at_most_cpu_seconds(ENDLESS):
            return cpu_seconds(lambda: used(regex, text))

    def looks_slow() -> bool:
        least = min(seconds(length) for _ in range(3))
        return seconds(4 * length) > GROWTH * least if grows and least >= SUSPECT else least > LONGEST

    try:
        return seconds(length) >= SUSPECT and all(looks_slow() for _ in range(2))
    except AssertionError:
        return True


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, 4))])
def test_every_regex_is_linear_for_texts_made_of_its_own_structure(part: int) -> None:
    for regex, length in map(_bounded, every_regex()[0][part::4]):
        for attack in islice(attacks(regex), None, None, 1 if THOROUGH else _SAMPLE):
            if is_slow(regex, attack, length, grows=length == LENGTH):
                pytest.fail(f"{regex.place}: {regex.pattern!r} is slow for {attack} ({length:,} characters)")


def test_all_regexes_are_found() -> None:
    found, not_known = every_regex()
    assert len(found) > 400
    assert len(not_known) <= UNKNOWN, not_known


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\s+$", "sub"),
        *(
            pytest.param(pattern, method, marks=pytest.mark.slow)
            for pattern, method in [
                (r"(a+)+b", "match"),
                (r"(.*?)\s*$", "search"),
                (r"<!--.*?-->", "sub"),
                (r"a\s*b?\s*c", "match"),
                (r"(\w+)\s*=", "findall"),
                (r"(?:.*\r?\n){0,60}?id:", "match"),
                (r"#\s+(.*?)\s+#", "search"),
            ]
        ),
    ],
)
def test_a_slow_regex_is_noticed(pattern: str, method: str) -> None:
    regex = Regex(pattern, re.DOTALL if "<!" in pattern else 0, "here", frozenset({method}))

    assert any(is_slow(regex, attack, LENGTH) for attack in attacks(regex))


@pytest.mark.slow
def test_a_slow_regex_on_texts_of_limited_length_is_noticed() -> None:
    regex, spaces = Regex(r"\s+$", 0, "here", frozenset({"search"})), Attack("", " ", "\0")
    assert is_slow(regex, spaces, 4 * LENGTH, grows=False) and not is_slow(regex, spaces, 200, grows=False)


@pytest.mark.parametrize("pattern", [r"a{0,2000}b", r"(?<!\s)\s*+\(", r"(?<!\s)\s*\(\d+\)\Z", r"[^,]{0,300},"])
def test_a_linear_regex_is_not_taken_for_a_slow_one(pattern: str) -> None:
    regex = Regex(pattern, 0, "here", frozenset({"search"}))
    assert not any(is_slow(regex, attack, LENGTH) for attack in attacks(regex))


def test_no_group_is_repeated_possessively() -> None:
    """Python 3.11.0 to 3.11.4 match such groups wrongly: https://github.com/python/cpython/issues/106052."""
    repeated = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+")
    assert repeated.search(r"(?:a|b)*+") and not repeated.search(r"\)*+[ \t]++(a|b)*")
    assert [regex.place for regex in every_regex()[0] if repeated.search(regex.pattern)] == []
