"""Texts of one long line are read in linear time: no pattern tries each of their spaces twice."""

import re

import pytest

from skills_build.compile.tables import _DELIMITER
from skills_build.source.near_labels import _LEAD
from skills_build.source.near_misses import _is_contents_entry
from skills_build.source.tombstones import _HEADING
from tests.support.effort import at_most_calls

LONG = " " * 200_000


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (_LEAD, f"a{LONG}b"),
        (_LEAD, f"{LONG}why!"),
        (_LEAD, f"**why**{LONG}!"),
        (_DELIMITER, f"| - | -{LONG}x"),
        (_DELIMITER, f"|{LONG}x"),
        (_HEADING, f"# a{LONG}b\n"),
    ],
)
def test_spaces_are_tried_once(pattern: re.Pattern[str], text: str) -> None:
    """A quadratic pattern would take minutes here, and so this test would not end."""
    assert pattern.fullmatch(text) is None


def test_an_entry_of_a_table_of_contents_is_only_a_link() -> None:
    assert _is_contents_entry(" [A MUST b (AB-1)](#a). ")
    assert not _is_contents_entry("[A](#a) MUST b")
    with at_most_calls(20):
        assert not _is_contents_entry("[" + "](a)" * 200_000 + " MUST")
