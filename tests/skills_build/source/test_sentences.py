"""The sentence of a rule: the words on both sides of its marker, and no part of the marker itself."""

import pytest

from skills_build.model.standard import Level, Rule
from tests.skills_build.source.reading import dialect, standard

MARKERS = dialect(
    "[[rule]]\nat = 'block'\nstart = '\\[\\['\n"
    "match = '^\\[\\[(?P<level>\\w+)\\|(?P<id>[a-z0-9-]+)\\]\\]\\s*(?P<statement>.*)$'\n[id]\nmode = 'explicit'\n"
)
"""Markers such as `[[MUST|call-1]]` anywhere in a block, also in mid-sentence."""
NUMBERS = dialect(
    "[[rule]]\nat = 'paragraph'\nmatch = 'Rule (?P<id>R-[0-9]+), (?P<level>MUST|MAY): (?P<statement>[^.]*)\\.'\n"
    "[id]\nmode = 'explicit'\npattern = 'R-[0-9]+'\n"
)


def rules(text: str, by: object = MARKERS) -> tuple[Rule, ...]:
    return standard(f"# Calls\n\n{text}\n", by).rules  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("- If the wallet is present this [[MUST|a]] be locked.", "If the wallet is present this MUST be locked."),
        ("If it is\npublic, it [[MUST|a]] be signed.", "If it is public, it MUST be signed."),
        ("[[MUST|a]] Lock it.", "Lock it."),
        ("Wallets are boxes. [[MUST|a]] Lock it.", "Wallets are boxes. Lock it."),
        ("**For wallets:** [[MUST|a]] lock it.", "**For wallets:** lock it."),
        ("Wallets\\\n[[MUST|a]] lock\\\nit.", "lock it."),
        ("> In a quote, wallets [[MUST|a]] be locked.", "In a quote, wallets MUST be locked."),
    ],
)
def test_words_before_a_marker_belong_to_the_sentence(text: str, statement: str) -> None:
    (rule,) = rules(text)
    assert (rule.level, rule.statement) == (Level.MUST, statement)


def test_a_condition_belongs_to_the_marker_that_follows_it() -> None:
    first, second = rules("If it is open it [[MUST|a]] be shut. If it is shut it [[MAY|b]] be opened, but not by me.")
    assert first.statement == "If it is open it MUST be shut."
    assert second.statement == "If it is shut it MAY be opened, but not by me."


def test_whole_sentences_on_lines_above_a_marker_stay_context() -> None:
    page = standard("# Calls\n\nWallets are boxes.\nThey [[MUST|a]] be locked.\n", MARKERS)
    assert page.rules[0].statement == "They MUST be locked."
    assert "Wallets are boxes." in page.sections[0].text


def test_words_around_a_match_and_its_groups_belong_to_the_sentence() -> None:
    (rule,) = rules("In short: Rule R-1, MUST: lock the door. Windows too.", NUMBERS)
    assert rule.statement == "In short: lock the door Windows too."


def test_words_of_the_pattern_itself_are_the_marker() -> None:
    (rule,) = rules("Rule R-1, MUST: lock the door.", NUMBERS)
    assert rule.statement == "lock the door"


def test_the_mark_covers_the_words_before_the_marker() -> None:
    (rule,) = rules("- If so it [[MUST|a]] be locked.")
    assert rule.mark is not None
    assert (rule.mark.line, rule.mark.column) == (3, 3)
