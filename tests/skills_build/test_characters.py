"""Which characters nobody sees, which are needed where they are, and which words are not what they look like."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.characters import hidden, mixed, shown, skeleton, visible

UNSEEN = (
    "\u200b\u061c\u180e\u034f\u115f\u1160\u3164\uffa0\u2800\u2028\u2029\u00ad\u2060\u2061\u2062\u2063\u2064\ufeff\u202a\u202e"
    "\u2066\u2069\u200e\u200f\U000e0041\U000e0001\U000e007f\ufe0f\ufe00\U000e0100\u180b\u17b4\ufff9\U0001d173\u206a"
)


@pytest.mark.parametrize("character", UNSEEN, ids=lambda character: f"U+{ord(character):04X}")
def test_invisible_characters_are_hidden_between_latin_letters(character: str) -> None:
    assert list(hidden(f"a{character}b")) == [(1, 2)]
    assert visible(f"a{character}b") == shown(f"a{character}b") == f"a<U+{ord(character):04X}>b"


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم",  # Persian, with ZWNJ
        "ه‍",  # an Arabic letter in its joined form
        "क्‍ष",  # Devanagari, ZWJ behind a virama
        "ന്‍",  # Malayalam chillu
        "ර්‍ය",  # Sinhala
        "👨‍👩‍👧‍👦",
        "👩🏽‍💻",
        "🏳️‍🌈",
        "❤️",
        "☎︎",
        "1️⃣",
        "©️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "ภาษา\u200bไทย",
        "ທີ່\u200bດີ",
        "សេវា\u200bកម្ម",
        "မြန်မာ\u200bစာ",
        "葛󠄀",
        "ᠠ᠋",
    ],
)
def test_joiners_and_selectors_stay_where_scripts_and_emoji_need_them(text: str) -> None:
    assert list(hidden(text)) == []
    assert visible(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a\u200db",
        "a\u200cb",
        "می\u200c\u200cخواهم",
        "👨\u200dx",
        "a\ufe0f",
        "1\ufe0f",
        "🏴\U000e0067\U000e0062",
        "می\u200cabc",
        "ภาษา\u200babc",
        "ไทย\u200b",
        "ไทย\u200b\u200bไทย",
        "ไทย\u200bសេវា",
        "中\u200b文",
    ],
)
def test_joiners_and_selectors_are_hidden_elsewhere(text: str) -> None:
    assert list(hidden(text))


@pytest.mark.parametrize(
    "word", ["МUST", "РY", "αnswer", "ΜUST", "\uff2dUST", "\U0001d40cUST", "раypal", "H2О", "Аccess", "ᎪPI", "Տervices"]
)
def test_alphabets_that_look_alike_do_not_mix_in_a_word(word: str) -> None:
    assert [(start, end) for start, end, _ in mixed(f"a {word} b")] == [(2, 2 + len(word))]


@pytest.mark.parametrize(
    "text",
    [
        "µs",
        "μs",
        "Δt",
        "kΩ",
        "ρg",
        "привет",
        "API-шлюз",
        "Tシャツ",
        "ใช้Python",
        "Straße",
        "naïve",
        "日本語",
        "λ",
        "Ωmega",
    ],
)
def test_other_scripts_and_symbols_are_words(text: str) -> None:
    assert list(mixed(text)) == []


def test_a_skeleton_is_the_word_that_a_reader_sees() -> None:
    assert skeleton("МУЅТ") == "MYST"
    assert skeleton("РУ-1") == "PY-1"
    assert skeleton("\uff2d\uff35\uff33\uff34") == "MUST"


@given(st.text())
def test_nothing_hidden_is_left_and_visible_text_stays(text: str) -> None:
    assert list(hidden(visible(text))) == []
    assert list(hidden(shown(text))) == []
    strict = visible(text, strict=True)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in strict)
    if text.isprintable() and not list(hidden(text)):
        assert visible(text) == text
