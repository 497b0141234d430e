"""Patterns of dialects: they mean what they mean in Python, and none takes for ever."""

import re
import tomllib
import warnings
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.resources import data_root
from skills_build.errors import CodexError
from skills_build.source.dialect import PreprocessStep
from skills_build.source.patterns import AUDITED, SECONDS, compile_pattern, replaced
from skills_build.source.preprocess import preprocess
from tests.skills_build.source.reading import dialect, reading
from tests.support.effort import at_most_cpu_seconds

BLOWING_UP = [
    ("(a+)+$", "a" * 60 + "!"),
    ("^(a|a)*$", "a" * 60 + "!"),
    ("(?:a|aa)+b", "a" * 5_000),
    (".*.*.*.*x", "a" * 5_000),
    ("(\\w+\\s?)*\\.$", "word " * 40 + "!"),
    ("^(?P<id>(\\d+)*)-(?P<statement>.*)$", "1" * 60),
    ("([a-z]+)+\\d", "é" + "a" * 60),
]
WITH_LOOK_AROUND = [
    ("^(a|a)*(?=c)", "a" * 60 + "!"),
    ("^(?=(a|aa)+$)", "a" * 60 + "!"),
    ("(a|aa)+(?<=b)c", "a" * 60),
    ("^(?:(a|aa)+(?!a))+\\.$", "a" * 70),
]


@pytest.mark.parametrize(("pattern", "text"), BLOWING_UP)
@pytest.mark.parametrize("method", ["search", "match", "fullmatch"])
def test_a_pattern_that_repeats_what_is_repeated_runs_in_linear_time(method: str, pattern: str, text: str) -> None:
    with at_most_cpu_seconds(2 * SECONDS):
        getattr(compile_pattern(pattern), method)(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [WITH_LOOK_AROUND[0], *(pytest.param(*row, marks=pytest.mark.slow) for row in WITH_LOOK_AROUND[1:])],
)
def test_a_pattern_that_has_no_linear_form_is_an_error_that_names_it(pattern: str, text: str) -> None:
    with pytest.raises(CodexError, match=re.escape(pattern)):
        compile_pattern(pattern).search(text)


def test_replacements_run_in_linear_time_too() -> None:
    assert compile_pattern("(a+)+b|(?P<x>c)").sub(r"<\g<x>\1>", "a" * 60 + "cd") == "a" * 60 + "<c>d"


@pytest.mark.parametrize("key", ["match", "start", "skip", "within", "not_within"])
def test_no_key_of_a_dialect_can_stop_a_run(key: str) -> None:
    pattern = "^(?:MUST|SHOULD) .*$" if key == "match" else "(a+)+$"
    by = dialect(
        f"[[rule]]\nat = 'list-item'\nmatch = '{pattern}'\n{'' if key == 'match' else f'{key} = {pattern!r}'}\n"
    )
    with at_most_cpu_seconds(2 * SECONDS):
        reading(f"# {'a' * 60}!\n\n- MUST {'a' * 60}!\n", by)


@pytest.mark.parametrize(
    "text",
    [
        "[[preprocess]]\nfind = '(a+)+$'\nput = '\\1'\n",
        "[links]\nrewrites = [{ find = '(a+)+$', put = 'b' }]\n",
        "[document]\ntitle = 'heading:(a+)+$'\n",
        "[document]\ntitle = 'text:^(a+)+$'\n",
        "[level.verbs]\n'(a+)+b' = 'MUST'\n",
        "[level.headings]\n'(a+)+$' = 'MUST'\n",
        "[id]\npattern = '(a+)+b'\n",
        "[context]\nskip = ['(a+)+b']\n",
    ],
)
def test_no_table_of_a_dialect_can_stop_a_run(text: str) -> None:
    long = "a" * 60
    by = dialect(f"[[rule]]\nat = 'list-item'\nmatch = '(?P<id>a+)'\n{text}")
    with at_most_cpu_seconds(2 * SECONDS):
        reading(f"# {long}!\n\n- {long}! [x]({long}!)\n\n{long}!\n", by)


@pytest.mark.parametrize("put", ["\\\\2", "\\\\g<x>"])
def test_a_replacement_that_names_no_group_is_an_error_of_the_dialect(put: str) -> None:
    with pytest.raises(CodexError, match="invalid replacement"):
        dialect(f"[[preprocess]]\nfind = '(a)'\nput = \"{put}\"\n[[rule]]\nat = 'heading'\n")


def test_the_audited_patterns_are_those_of_our_own_format() -> None:
    own = tomllib.loads((data_root("templates") / "dialects" / "canonical.toml").read_text(encoding="utf-8"))
    patterns = {own["id"]["pattern"], *(rule["match"] for rule in own["rule"] if "match" in rule)}
    assert patterns == AUDITED


@pytest.mark.parametrize("pattern", sorted(AUDITED))
@pytest.mark.parametrize("unit", ["(", "A ", "A (A-1)", "(A-1", "-1", "A-", " ", "(A-1) ", "A1-", "\u00e9("])
def test_the_audited_patterns_take_linear_time(pattern: str, unit: str) -> None:
    text = f"A{unit * 20_000}"
    with at_most_cpu_seconds(SECONDS):
        compiled = compile_pattern(pattern)
        compiled.search(text) if pattern.startswith("^") else compiled.fullmatch(text)


PIECES = st.sampled_from(
    [
        "a", "b", "MUST", ".", r"\w", r"\d", r"\s", r"\W", r"\S", r"\b", "[ab]", "[^a]", r"[\w.-]", "[]a]", "[[a]", "(a)", "(?:a|b)",
        "(?P<id>a)", "|", "*", "+", "?", "{2}", "{,2}", "{1,}", "{x}", "^", "$", r"\.", r"\u00e9", "é", "(?i:a)", "(?=a)", r"\Z", "{%", "{e}",
    ]
)  # fmt: skip
TEXT = st.text(alphabet="abMUSTé1 _-.\n{}%x\u00a0\u017f", max_size=14)


@given(st.lists(PIECES, min_size=1, max_size=5).map("".join), TEXT)
def test_a_pattern_means_what_it_means_in_python(pattern: str, text: str) -> None:
    with suppress(re.error), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        plain, guarded = re.compile(pattern), compile_pattern(pattern)
        for method in ("search", "match", "fullmatch"):
            expected, found = getattr(plain, method)(text), getattr(guarded, method)(text)
            assert (expected and expected.span()) == (found and found.span())
            assert (expected and expected.groupdict()) == (found and found.groupdict())
        assert [m.span() for m in plain.finditer(text)] == [m.span() for m in guarded.finditer(text)]
        assert plain.sub("<>", text) == guarded.sub("<>", text)


@pytest.mark.parametrize(
    ("find", "put", "text"),
    [
        ("a", "a" * 1_000, "a" * 10_000),
        ("a+", r"\g<0>" * 1_000, "a" * 10_000),
        ("(a+)", r"\1\1" * 1_000, "a" * 10_000),
        ("", "a" * 1_000, "b" * 10_000),
        (r"(?=a)", "a" * 1_000, "a" * 10_000),
        (r"(?P<x>a)(?!b)", r"\g<x>" * 2_000, "a" * 10_000),
    ],
)
def test_a_replacement_that_multiplies_a_text_is_an_error_before_the_text_exists(
    find: str, put: str, text: str
) -> None:
    with pytest.raises(CodexError, match=r"makes the text too long"):
        replaced(compile_pattern(find), put, text, most=50_000)


@given(
    st.sampled_from(["a", "a*", "(a)(b)?", r"\ba", "(?P<x>[ab]+)", "$", "^", "b(?=a)"]),
    st.sampled_from(["", "x", r"\g<0>", r"<\g<0>>", r"\\n\n", "xyz" * 3]),
    st.text("ab \n", max_size=20),
)
def test_replacements_are_those_of_re(find: str, put: str, text: str) -> None:
    assert replaced(compile_pattern(find), put, text) == re.sub(find, put, text)


def test_steps_that_multiply_a_text_together_are_an_error() -> None:
    double = [PreprocessStep(find="a", put="aa")] * 40
    with pytest.raises(CodexError, match="makes the text too long"):
        preprocess(["a b a"] * 10, double)
    assert preprocess(["a b a"], [PreprocessStep(find="a", put="<a>")]) == ("<a> b <a>",)
