"""Texts, one of which every match contains: found where that is plain, and never such that a match lacks them all."""

import random
from collections.abc import Iterator

import pytest

from skills_build.source.patterns import LinearPattern, linear_pattern
from skills_build.source.required_literals import Literals, required_literals
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
        "(?:ab|b_)",
        "(ab|(?:call_|b_)+a)",
        "(foo",
        "(",
        ")",
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
    *(r"\<", r"\>", "??", "[a-z&&[ab]]", "[^", "&&", "(?x)", "ks", "KS"),
    *("|", "(?i)", "(?i:ab)", r"\Qab\E", r"\x41", "é", r"\pL", r"\n", "]", "}", r"\\"),
)
TEXTS = (
    "a",
    "b",
    "ab",
    "call_",
    "(",
    ")",
    ".",
    "A",
    "B",
    " ",
    "_",
    "{",
    "é",
    "\n",
    "-",
    "]",
    "\\",
    "aa",
    "bb",
    "{2}",
    "b_",
    "foo",
    "ks",
    "Ks",
    "\u212as",
    "k\u017f",
    "<",
    ">",
)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"\bcall_12\(", ("call_12(",)),
        (r"print\s*\(", ("print",)),
        ("abc*d", ("ab",)),
        ("abc+d", ("abc",)),
        ("abc{0,3}", ("ab",)),
        ("(foo|bar)=secret", ("=secret",)),
        ("^from [a-z]+ import x", (" import x",)),
        ("foo|bar", ("foo", "bar")),
        ("(foo|bar){2}", ("foo", "bar")),
        (r"(a|b)(foo|(?:long|longer)\w*)\(", ("foo", "long", "longer")),
        ("(foo|bar)?=", ()),
        ("(foo|b)=", ()),
        ("foo|", ()),
        (r"\<foo\>", ("foo",)),
        ("[a-z&&[^x]]foo", ()),
        ("xfoo+??", ()),
        (r"\Qfoo\E", ()),
        ("fé", ()),
        ("[abc]+", ()),
        ("a", ()),
    ],
)
def test_the_longest_texts_are_found(pattern: str, texts: tuple[str, ...]) -> None:
    assert required_literals(pattern) == Literals(texts)


def test_case_is_ignored_for_a_pattern_that_ignores_it() -> None:
    literals = required_literals("(?i)Select|UPDATE")
    assert literals == Literals(("select", "update"), ignore_case=True)
    assert literals.may_match("SELECT 1") and literals.may_match("\u017felect") and not literals.may_match("INSERT")
    assert required_literals("a(?i)select") == Literals()


def _tries() -> Iterator[tuple[str, str]]:
    """Yield patterns, some of them invalid, and texts."""
    chance = random.Random(7)
    while True:
        pattern = "".join(chance.choice(ATOMS) for _ in range(chance.randint(1, 6)))
        yield pattern, "".join(chance.choice(TEXTS) for _ in range(chance.randint(0, 9)))


def test_no_result_depends_on_them() -> None:
    matched = tried = 0
    for pattern, text in _tries():
        try:
            quick = linear_pattern(pattern)
        except ValueError:
            continue
        if not required_literals(pattern).texts:
            continue
        tried += 1
        slow = LinearPattern(quick._compiled, Literals())
        assert list(quick.spans(text)) == list(slow.spans(text)), (pattern, text)
        matched += slow.search(text)
        if tried == (4000 if THOROUGH else 1000):
            break
    assert matched > tried // 40


def test_no_result_of_ast_grep_depends_on_them() -> None:
    ast_grep = pytest.importorskip("ast_grep_py")
    matched = tried = 0
    for pattern, text in _tries():
        if not required_literals(pattern).texts:
            continue
        try:
            node = ast_grep.SgRoot(text, "bash").root().find({"rule": {"regex": pattern}})
        except RuntimeError:
            continue
        tried += 1
        assert node is None or required_literals(pattern).may_match(text), (pattern, text)
        matched += node is not None
        if tried == (4000 if THOROUGH else 1000):
            break
    assert matched > tried // 40
