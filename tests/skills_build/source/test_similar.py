"""A suggestion never says the opposite of what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.source import similar
from skills_build.source.dialect import LABELS
from skills_build.source.similar import nearest, negated
from skills_build.source.values import STATUS_WORDS

WORDS = (*LABELS, *STATUS_WORDS, "languages", "applies_to", "technologies", "paths", "include", "allow_list")
NEGATIONS = (
    "not {}",
    "not_{}",
    "non-{}",
    "un{}",
    "dis{}",
    "un-{}",
    "dis-{}",
    "{} not",
    "no {}",
    "never {}",
    "except {}",
    "other {}",
)


@given(st.sampled_from(WORDS), st.sampled_from(NEGATIONS))
def test_a_negated_word_is_near_nothing_that_it_negates(word: str, form: str) -> None:
    assert nearest(form.format(word), WORDS) != word
    assert nearest(word, (form.format(word),)) is None or form.startswith(("except", "other"))


@given(st.sampled_from([word for word in WORDS if len(word) > 5 and "instead" not in word]), st.data())
def test_a_word_without_one_letter_is_near_the_word(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    assert nearest(word[:at] + word[at + 1 :], (word,)) == word


@pytest.mark.parametrize(
    ("written", "valid"),
    [
        ("exclude", "include"),
        ("max_lines", "min_lines"),
        ("maxLines", "minLines"),
        ("use instead of", "use instead"),
        ("unapproved", "approved"),
        ("un-approved", "approved"),
        ("De-Approved", "approved"),
    ],
)
def test_opposites_are_not_near_each_other(written: str, valid: str) -> None:
    assert nearest(written, (valid,)) is None
    assert negated(written, (valid,)) == valid


def test_typing_errors_in_negative_words_are_still_corrected() -> None:
    assert nearest("exept", LABELS) == "except"
    assert nearest("instaed of", LABELS) == "instead of"
    assert nearest("eprecated", STATUS_WORDS) == "deprecated"


def test_a_word_with_the_opposite_meaning_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def is_opposite(word: str, name: str) -> bool:
        compared.append(name)
        return False

    monkeypatch.setattr(similar, "is_opposite", is_opposite)
    valid = (*(f"heading-{number}" for number in range(500)), "anchor")
    assert similar.nearest("anchr", valid) == "anchor"
    assert compared == ["anchor"]
