"""Tables in emitted pages: padded as formatters do, with the same cells."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from skills_build.compile.tables import aligned_tables


def cells(text: str) -> list[tuple[str, str]]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [(token.type, token.content if token.type != "fence" else "") for token in tokens]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| a | b |\n|-|-|\n| long | c |", "| a    | b   |\n| ---- | --- |\n| long | c   |"),
        ("a | b\n--- | ---\n", "| a   | b   |\n| --- | --- |\n"),
        (
            "| a | b | c |\n|:-|:-:|-:|\n| 1 | 22222 | 3 |",
            "| a   |   b   |   c |\n| :-- | :---: | --: |\n| 1   | 22222 |   3 |",
        ),
        ("| a | b |\n| --- | --- |\n| 1 |", "| a   | b   |\n| --- | --- |\n| 1   |     |"),
        ("  | a |\n  |---|\n  | 日本 |", "  | a    |\n  | ---- |\n  | 日本 |"),
        ("| a \\| b |\n| --- |\n| `x \\| y` |", "| a \\| b   |\n| -------- |\n| `x \\| y` |"),
        ("```\n| a | b |\n| - | - |\n```", "```\n| a | b |\n| - | - |\n```"),
        ("no | table\nhere", "no | table\nhere"),
        ("| a |\n| - | - |", "| a |\n| - | - |"),
        ("- | a | b |\n  | - | - |\n  | cc | d |", "- | a   | b   |\n  | --- | --- |\n  | cc  | d   |"),
        ("- -|-\n-|-", "- -|-\n-|-"),
        ("10) - | a |\n      | - |\n      | b |", "10) - | a   |\n      | --- |\n      | b   |"),
    ],
)
def test_cells_are_padded_to_the_width_of_their_column(text: str, expected: str) -> None:
    assert aligned_tables(text) == expected


CELL = st.text(alphabet="ab \\`*|é日-:", max_size=6)
TABLE_LINE = st.one_of(
    st.lists(CELL, max_size=4).map(lambda row: f"| {' | '.join(row)} |"),
    st.lists(st.sampled_from(["-", ":-", "-:", ":-:", "---"]), min_size=1, max_size=4).map("|".join),
)
LINE = st.one_of(
    TABLE_LINE,
    st.builds("".join, st.tuples(st.sampled_from(["- ", "  ", "1. ", "   ", "- - "]), TABLE_LINE)),
    st.sampled_from(["", "text", "```", "- item", "> | a |"]),
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINE, max_size=9))
def test_the_same_tables_are_read_and_a_second_pass_changes_nothing(lines: list[str]) -> None:
    text = "\n".join(lines)
    aligned = aligned_tables(text)
    assert cells(aligned) == cells(text)
    assert aligned_tables(aligned) == aligned
    assert aligned.count("\n") == text.count("\n")
