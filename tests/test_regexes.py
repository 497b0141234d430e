"""No regular expression of the program takes more than linear time for texts that are made to be hard for it."""

import re
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final

import pytest

from skills_build.source.negations import _FAR
from tests.support.data import THOROUGH
from tests.support.effort import at_most_cpu_seconds
from tests.support.regexes import Regex, attacks, regexes, used

LENGTH: Final = 8_000
SECONDS: Final = 0.15
"""Processor time of one attack. A linear pattern needs less than a tenth, a quadratic one ten times as much or more."""
_SAMPLE: Final = 7
"""Of so many attacks the quick tests try one. Their endings repeat after 4, 5 or 6, so that each of them is tried."""
BOUNDED: Final[dict[str, tuple[int, str, str]]] = {
    "codex/profile/technologies.py": (4_096, "fullmatch", "paths of a repository"),
    "codex/profile/paths.py": (4_096, "fullmatch", "paths of a repository"),
    "codex/profile/ecosystems/simple.py": (4_096, "fullmatch", "paths of a repository"),
    "codex/review/imports.py": (LENGTH, "match", "lines of a change"),
    "skills_build/lint/source_places.py": (4_096, "fullmatch", "paths of the output"),
    "skills_build/source/negations.py": (_FAR, "match", "the text behind a level"),
}
"""Modules whose texts are short, or that call the patterns of a table: the length, the method, and the texts."""
UNKNOWN: Final = 25
"""Patterns that are made of names of a function; all of these are made of escaped text, or of a dialect (RE2)."""

every_regex = cache(regexes)


def _bounded(regex: Regex) -> tuple[Regex, int]:
    length, method, _ = BOUNDED.get(regex.place.partition(":")[0], (LENGTH, "", ""))
    is_passed_on = method and len(regex.methods) > 1
    return (replace(regex, methods=frozenset({method})) if is_passed_on else regex), length


@pytest.mark.parametrize("part", range(4))
def test_every_regex_is_linear_for_texts_made_of_its_own_structure(part: int) -> None:
    for regex, length in map(_bounded, every_regex()[0][part::4]):
        for text in islice(attacks(regex, length), None, None, 1 if THOROUGH else _SAMPLE):
            try:
                with at_most_cpu_seconds(SECONDS):
                    used(regex, text)
            except AssertionError:
                pytest.fail(f"{regex.place}: {regex.pattern!r} is slow for {text[:40]!r}... ({len(text):,} characters)")


def test_all_regexes_are_found() -> None:
    found, not_known = every_regex()
    assert len(found) > 400
    assert len(not_known) <= UNKNOWN, not_known


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\s+$", "sub"),
        (r"(.*?)\s*$", "search"),
        (r"(a+)+b", "match"),
        (r"<!--.*?-->", "sub"),
        (r"a\s*b?\s*c", "match"),
        (r"(\w+)\s*=", "findall"),
        (r"(?:.*\r?\n){0,60}?id:", "match"),
        (r"#\s+(.*?)\s+#", "search"),
    ],
)
def test_a_slow_regex_is_noticed(pattern: str, method: str) -> None:
    regex = Regex(pattern, re.DOTALL if "<!" in pattern else 0, "here", frozenset({method}))

    def is_slow(text: str) -> bool:
        try:
            with at_most_cpu_seconds(SECONDS):
                used(regex, text)
        except AssertionError:
            return True
        return False

    assert any(map(is_slow, attacks(regex, 4 * LENGTH)))  # on a fast machine too


def test_no_group_is_repeated_possessively() -> None:
    """Python 3.11.0 to 3.11.4 match such groups wrongly: https://github.com/python/cpython/issues/106052."""
    repeated = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+")
    assert repeated.search(r"(?:a|b)*+") and not repeated.search(r"\)*+[ \t]++(a|b)*")
    assert [regex.place for regex in every_regex()[0] if repeated.search(regex.pattern)] == []
