"""Numbered lists of HTML keep their letters and numbers, and titles of elements are in the text."""

import pytest

from skills_build.compile.sanitize import sanitized


@pytest.mark.parametrize(
    ("attributes", "marks"),
    [
        ("", ["1. ", "2. "]),
        ('type="1" start="5"', ["5. ", "6. "]),
        ('type="a"', ["- a. ", "- b. "]),
        ('type="A" start="26"', ["- Z. ", "- AA. "]),
        ('type="i" start="3"', ["- iii. ", "- iv. "]),
        ("type=I start=9", ["- IX. ", "- X. "]),
        ("reversed", ["2. ", "1. "]),
        ('reversed start="9"', ["9. ", "8. "]),
        ('type="a" reversed', ["- b. ", "- a. "]),
        ('start="-1"', ["- -1. ", "0. "]),
        ('start="x" type="z"', ["1. ", "2. "]),
    ],
)
def test_items_have_the_marks_that_a_browser_shows(attributes: str, marks: list[str]) -> None:
    text = sanitized(f"<ol {attributes}>\n<li>one</li>\n<li>two</li>\n</ol>", below=2)
    assert text.strip().split("\n") == [f"{mark}{word}" for mark, word in zip(marks, ("one", "two"), strict=True)]


def test_an_item_may_set_its_number() -> None:
    text = sanitized('<ol><li>a</li><li value="7">b</li><li>c</li></ol>', below=2)
    assert text.strip() == "1. a\n7. b\n8. c"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<abbr title="Service level objective">SLO</abbr>', "SLO (Service level objective)"),
        ('<a href="https://a.example" title="only EU">x</a>', '[x](https://a.example "only EU")'),
        ('<a href="#x" title="only EU">x</a>', "x (only EU)"),
        ('<img src="https://a.example/a.png" alt="x" title="only EU">', '![x](https://a.example/a.png "only EU")'),
        ('<img src="a.png" alt="x" title="only EU">', "x (only EU)"),
        ('<abbr title="slo">SLO</abbr>', "SLO"),
        ('<abbr title="a [b](javascript:c) `d` <e>">F</abbr>', "F (a b (javascript:c) d e)"),
    ],
)
def test_the_title_of_an_element_is_in_the_text(html: str, shown: str) -> None:
    assert sanitized(f"See {html}.", below=2) == f"See {shown}."
