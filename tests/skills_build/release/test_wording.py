"""Typography changes no wording; every other change of a word does. Over generated sentences and changes of them."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills_build.model.standard import Level
from skills_build.release.wording import levels_in, same_sentences, same_wording, without_level
from tests.support.data import THOROUGH

MANY = settings(max_examples=1000 if THOROUGH else 200, deadline=None)
WORDS = (
    "containers",
    "run",
    "as",
    "root",
    "with",
    "any",
    "GET",
    "`npm ci`",
    "1.2",
    "read-only",
    "user's",
    "C++",
    "50%",
)
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8)


def _upper(words: list[str], at: int) -> str:
    return " ".join((*words[:at], words[at].capitalize() if "`" not in words[at] else words[at], *words[at + 1 :]))


def _around(before: str, after: str) -> Callable[[list[str], int], str]:
    return lambda words, at: " ".join((*words[:at], f"{before}{words[at]}{after}", *words[at + 1 :]))


TYPOGRAPHIC: tuple[Callable[[list[str], int], str], ...] = (
    _upper,
    _around("", ","),
    _around("", "."),
    _around("\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"),
    _around("**", "**"),
    _around("_", "_"),
    _around("[", "](https://example.com/a)"),
    _around("", "\n"),
    _around("  ", "\N{NO-BREAK SPACE}"),
    _around("<b>", "</b>"),
    _around("", " \N{EM DASH}"),
    lambda words, at: " ".join((*words[:at], f"`{words[at].strip('`')}`", *words[at + 1 :])),
    lambda words, at: " ".join((*words[:at], words[at].strip("`"), *words[at + 1 :])),
    lambda words, _: " ".join(words).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"),
    lambda words, _: " ".join(words).replace("read-only", "read only").replace("50%", "50 %"),
)


@given(sentences, st.data())
@MANY
def test_typography_is_no_rewording(words: list[str], data: st.DataObject) -> None:
    change = data.draw(st.sampled_from(TYPOGRAPHIC))
    new = change(words, data.draw(st.integers(0, len(words) - 1)))
    assert same_wording(" ".join(words), new)
    assert same_wording(new, " ".join(words))
    assert same_sentences([" ".join(words), "more"], ["more", new])


@given(sentences, st.sampled_from((*WORDS, "not", "never", "2", "<", "!=")), st.data())
@MANY
def test_a_word_more_or_less_is_a_rewording(words: list[str], word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    longer = " ".join((*words[:at], word, *words[at:]))
    assert not same_wording(" ".join(words), longer)
    assert not same_wording(longer, " ".join(words))


@given(sentences, st.data())
@MANY
def test_brackets_around_words_are_a_rewording(words: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    inside = " ".join(words[first : last + 1])
    assert not same_wording(" ".join(words), " ".join((*words[:first], f"({inside})", *words[last + 1 :])))


@given(sentences, sentences)
@MANY
def test_other_words_are_a_rewording(old: list[str], new: list[str]) -> None:
    assert same_wording(" ".join(old), " ".join(new)) is (old == new)


@given(st.text(max_size=60), st.text(max_size=60))
@MANY
def test_any_text_can_be_compared(old: str, new: str) -> None:
    assert same_wording(old, old)
    assert same_wording(old, new) is same_wording(new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("use TLS 1.2", "use TLS 12"),
        ("keep `.env` out", "keep `env` out"),
        ("keep .env out", "keep env out"),
        ("a port < 1024", "a port > 1024"),
        ("answer in 10:30", "answer in 1030"),
        ("5-10 items", "5 10 items"),
        ("where a != b", "where a = b"),
        ("where a!=b", "where a=b"),
        ("set `Path`", "set `path`"),
        ("call `f(x)`", "call `f x`"),
        ("match `*.py`", "match `.py`"),
        (r"match \*.py", "match .py"),
        ("written in C++", "written in C"),
        ("written in C#", "written in C"),
        ("use x and/or y", "use x and y"),
        ("at most 5 %", "at most 5"),
        ("see <https://example.com/a>", "see <https://example.com/b>"),
        ("नमस्ते", "नमसते"),
        ("log errors and warnings", "log errors (and warnings)"),
        ("log personal data", "log (personal) data"),
        ("close it", "close it (except on Sundays)"),
        ("close it, except on Sundays", "close it (except on Sundays)"),
        ("close it and log it", "(close it and log it)"),
        ("close (it and log) it", "close (it) and log it"),
        ("close it daily", "close it \N{FULLWIDTH LEFT PARENTHESIS}daily\N{FULLWIDTH RIGHT PARENTHESIS}"),
    ],
)
def test_signs_that_carry_meaning_are_words(old: str, new: str) -> None:
    assert not same_wording(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("don't run it", "don\N{RIGHT SINGLE QUOTATION MARK}t run it"),
        ("read AT&amp;T", "read AT&T"),
        ("use *this*", "use **this**"),
        ("one, two", "one,two"),
        ("**Bold** word", "bold word"),
        ("five\N{EN DASH}ten: 5\N{EN DASH}10", "five-ten: 5-10"),
        ("ﬁles", "files"),
        ("see [x](https://example.com)", "see x"),
        ("see [the rules]", "see the rules"),
        ("1) log it", "1. log it"),
        ("close it (daily)", "close it (daily)."),
        ("close it (`daily`)", "close it (daily)"),
        ("log it ;)", "log it ;-"),
        ("实例必须隔离。", "实例必须隔离"),
    ],
)
def test_signs_without_meaning_are_typography(old: str, new: str) -> None:
    assert same_wording(old, new)


def test_levels_are_counted_outside_code() -> None:
    text = "A MUST b, MUST  NOT c, `MUST` d, SHALL NOT e, should f, and MAY g"
    assert levels_in(text) == {"MUST": 1, "MUST NOT": 2, "MAY": 1}
    assert levels_in(text, without="MUST") == {"MUST NOT": 2, "MAY": 1}


@pytest.mark.parametrize("written", ["MUST NOT", "MUST  NOT", "**MUST NOT**", "MUST\nNOT", "MUST not", "MUST-NOT"])
def test_the_level_of_a_rule_is_not_one_of_its_words(written: str) -> None:
    plain = without_level("Jobs MUST NOT run", Level.MUST_NOT)
    assert same_wording(without_level(f"Jobs {written} run", Level.MUST_NOT), plain)
    assert not same_wording("Jobs run", plain)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("below 5 MB", "below 5 Mb"),
        ("below 5MB", "below 5Mb"),
        ("below 10\N{SUPERSCRIPT FIVE} rows", "below 105 rows"),
        ("H\N{SUBSCRIPT TWO}O", "H2O"),
        ("follow \N{SECTION SIGN}5", "follow 5"),
        ("match *.example.com", "match .example.com"),
        ("log at start", "log at start?"),
    ],
)
def test_signs_with_a_meaning_are_no_typography(old: str, new: str) -> None:
    assert not same_wording(old, new)
    assert not same_sentences([old], [new])


@pytest.mark.parametrize(
    ("old", "new"),
    [("**.env** files", ".env files"), ("*.env files*", ".env files"), ("a Mega test", "a mega test")],
)
def test_emphasis_and_other_capitals_are_typography(old: str, new: str) -> None:
    assert same_wording(old, new)
