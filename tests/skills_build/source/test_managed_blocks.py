"""An import leaves out the blocks of codexc, and nothing else: forged and unclosed markers hide no text."""

from collections.abc import Callable

import pytest

from skills_build.source.dialect import PreprocessStep
from skills_build.source.preprocess import preprocess
from tests.support.effort import at_most_cpu_seconds

BEGIN = f"<!-- codex:begin version=1.2.0 sha256={'0' * 64} -->"
END = "<!-- codex:end -->"
STEP = PreprocessStep(step="managed-blocks")


def kept(*lines: str) -> list[str]:
    result = preprocess(lines, [STEP])
    assert len(result) == len(lines)
    return [line for line in result if line]


def test_a_block_is_left_out() -> None:
    assert kept("above", BEGIN, "ours", "", "ours", END, "below") == ["above", "below"]
    assert kept("above", BEGIN, END, "between", f"  {BEGIN}", "ours", END, "below") == ["above", "between", "below"]


@pytest.mark.parametrize(
    "lines",
    [
        ["mine", BEGIN, "mine", "mine"],
        ["mine", END, "mine", "mine"],
        ["mine", END, "mine", BEGIN, "mine"],
        ["mine", BEGIN, "mine", BEGIN, "ours", END, "mine"],
        ["mine", BEGIN, "ours", END, "mine", END, "mine"],
        ["mine", *[BEGIN] * 1000, "mine", "mine"],
        ["mine", *[END] * 1000, "mine", "mine"],
    ],
)
def test_a_marker_without_its_other_half_hides_no_text(lines: list[str]) -> None:
    assert kept(*lines) == ["mine"] * 3


@pytest.mark.parametrize(
    "lines",
    [
        ["```", BEGIN, "shown", END, "```", "mine"],
        ["~~~~ markdown", BEGIN, "~~~~", "mine", END.replace("end", "ending")],
        [f"    {BEGIN}", "mine", f"    {END}"],
        [f"The block starts with `{BEGIN}`.", "mine", f"It ends with `{END}`."],
    ],
)
def test_a_marker_that_is_shown_hides_no_text(lines: list[str]) -> None:
    assert kept(*lines) == lines


HOSTILE = [
    lambda n: [BEGIN] * n,
    lambda n: [END] * n,
    lambda n: [BEGIN, "x", END] * n,
    lambda n: [BEGIN, BEGIN, END, END] * n,
    lambda n: ["```", BEGIN] * n,
    lambda n: ["<!-- x -->" * n],
    lambda n: ["<!-- " * n],
]


@pytest.mark.parametrize("lines", HOSTILE)
def test_many_markers_and_comments_are_read_in_linear_time(lines: Callable[[int], list[str]]) -> None:
    with at_most_cpu_seconds(2):
        preprocess(lines(100_000), [STEP, PreprocessStep(step="html-comments")])
