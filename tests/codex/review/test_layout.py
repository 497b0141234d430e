"""Lines that only move or have another layout are the same text; a line with other words is not."""

from hypothesis import given
from hypothesis import strategies as st

from codex.review.layout import MAX_CALL, MAX_TEXT, joined_calls, same_text

TOKENS = st.lists(st.sampled_from(["call", "(", ")", "x", "=", "1", ".", "name", "[", "]"]), min_size=1, max_size=12)


@given(TOKENS, st.lists(st.sampled_from([" ", "\n", ", ", "\n    ", ";\n"]), min_size=12, max_size=12))
def test_another_layout_of_a_line_is_the_same_text(tokens: list[str], gaps: list[str]) -> None:
    written = "".join(f"{token}{gap}" for token, gap in zip(tokens, gaps, strict=False))
    for old, new in (([" ".join(tokens)], written.split("\n")), (written.split("\n"), [" ".join(tokens)])):
        gone, come = same_text(old, new)
        assert all(gone) and all(come)


@given(st.lists(TOKENS.map(" ".join), max_size=4), TOKENS)
def test_a_line_with_a_word_of_its_own_is_not_the_same_text(lines: list[str], tokens: list[str]) -> None:
    _, come = same_text(lines, [*lines, " ".join([*tokens, "other"])])
    assert come == [*(True for _ in lines), False]


def test_a_line_that_is_added_once_more_is_new() -> None:
    assert same_text(["run()"], ["run()", "  run();"]) == ([True], [True, False])


def test_part_of_a_line_that_changed_is_new() -> None:
    assert same_text(["if ready and allowed(x):"], ["if ready:"]) == ([False], [False])


def test_the_kind_of_quotes_is_layout() -> None:
    assert same_text(["open('a')"], ['open("a")']) == ([True], [True])


def test_in_a_large_change_only_whole_lines_are_compared() -> None:
    rest = ["x" * MAX_TEXT]
    assert same_text([*rest, "f(a, b)"], ["f(a,", "b)"]) == ([False, False], [False, False])
    assert same_text(["f(a,", "b)", *rest], ["  f(a,", "b)"]) == ([True, True, False], [True, True])


@given(st.lists(st.sampled_from(["a", "b=1", '"c"', "d()"]), min_size=1, max_size=5))
def test_a_wrapped_call_is_also_one_line(arguments: list[str]) -> None:
    lines = ["x = 1", "    call(", *(f"        {one}," for one in arguments), "    )", "y = 2"]
    (found,) = joined_calls(list(enumerate(lines, start=5)))
    assert found == (6, f"    call({', '.join(arguments)}, )")


def test_blank_lines_in_a_call_are_skipped_and_cost_nothing() -> None:
    blank = [(at, "  ") for at in range(6, 50_000)]
    assert list(joined_calls([(5, "call("), *blank, (50_000, "a)")])) == [(5, "call(a)")]


def test_a_call_with_missing_lines_or_too_many_of_them_is_not_joined() -> None:
    assert not list(joined_calls([(5, "call("), (7, "a)")]))
    assert not list(joined_calls([(5, "call("), (6, "a" * MAX_CALL), (7, ")")]))
    assert list(joined_calls([(0, "call("), (0, "a)")])) == [(0, "call(a)")]
