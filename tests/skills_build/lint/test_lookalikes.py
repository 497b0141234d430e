"""A keyword spelled with letters of other alphabets is an error, in capitals or not: readers see another rule."""

from itertools import product

import pytest

from tests.support.linting import messages_of

ALIKE = {
    "o": "\u03bf\u043e",
    "a": "\u0430",
    "y": "\u0443",
    "M": "\u041c",
    "O": "\u039f\u041e",
    "T": "\u03a4\u0422",
    "N": "\u039d",
}
SPELLED = [
    word.replace(letter, other)
    for word, (letter, others) in product(("not", "may", "NOT", "MUST", "MAY"), ALIKE.items())
    if letter in word
    for other in others
]


@pytest.mark.parametrize("word", SPELLED)
def test_a_keyword_with_a_letter_of_another_alphabet_is_an_error(word: str) -> None:
    assert len(messages_of("CX610", f"### Clients MUST {word} retry (SVC-1)\n")) == 1


@pytest.mark.parametrize("word", ["\u00b5s", "\u0394t", "k\u03a9", "\u043d\u043e", "\u043c\u043e\u0442"])
def test_symbols_and_words_of_another_alphabet_are_no_keywords(word: str) -> None:
    assert messages_of("CX610", f"### Clients MUST wait {word} first (SVC-1)\n") == []
