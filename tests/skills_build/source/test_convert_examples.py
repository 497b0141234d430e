"""Examples that another dialect marks in its own way stay bad or good when a document is converted, or are only text."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.model.standard import Standard
from skills_build.source.convert import convert_standard
from skills_build.source.import_ids import with_canonical_ids
from skills_build.source.resolve import resolve
from tests.skills_build.source.reading import dialect, reading

HEADINGS = dialect(
    "[[rule]]\nat = 'heading'\ndepth = 2\n[level]\nkeywords = false\ndefault = 'MUST'\n[parts.code]\nbad = 'bad'\ngood = 'good'\n"
    "[parts.tables]\nBad = 'bad'\nGood = 'good'\n"
)
ITEMS = dialect(
    "[[rule]]\nat = 'list-item'\n[level]\nkeywords = false\ndefault = 'MUST'\n[parts.code]\nbad = 'bad'\ngood = 'good'\n"
)
TABLE = "<table>\n<tr><th>Bad</th><th>Good</th></tr>\n<tr><td>\n\n```js\nvar t;\n```\n\n</td><td>\n\n```js\nlet t;\n```\n\n</td></tr>\n</table>"


def converted(text: str, *, items: bool = False) -> tuple[Standard, str, Standard]:
    document = reading(text, ITEMS if items else HEADINGS).document
    assert document is not None
    (old,) = with_canonical_ids(resolve([document.standard]).standards)
    new = convert_standard(document, old, domain="general")
    back = reading(new).document
    assert back is not None
    return old, new, back.standard


def examples(standard: Standard) -> list[tuple[bool, str]]:
    """Return side and code of each example, without the comments that name a side."""
    code = [(e.good, re.sub(r"(?m)^// (?:bad|good)\n", "", e.code)) for rule in standard.rules for e in rule.examples]
    return [(good, text.strip()) for good, text in code]


@pytest.mark.parametrize("fence", ["```", "~~~~"])
@pytest.mark.parametrize("items", [False, True])
def test_comments_that_divide_a_code_block_become_labels(fence: str, items: bool) -> None:
    text = f"{fence}js\n// bad\nvar a;\n\n// good\nlet a;\n\n// good\nlet b;\n{fence}"
    body = f"- Use let\n\n{text}\n".replace("\n", "\n  ") if items else f"## Use let\n\n{text}\n"
    old, new, back = converted(f"# A\n\n{body}\n", items=items)
    assert examples(back) == examples(old) == [(False, "var a;"), (True, "let a;"), (True, "let b;")]
    assert new.count(f"{fence}js") == 3


def test_columns_of_a_table_become_labels() -> None:
    old, _, back = converted(f"# A\n\n## Use let\n\n{TABLE}\n\nMore.\n")
    assert examples(back) == examples(old) == [(False, "var t;"), (True, "let t;")]


BLOCKS = st.sampled_from(
    (
        "```js\n// bad\nvar a;\n\n// good\nlet a;\n```",
        "```js\n// good\nlet b;\n```",
        "```js\n// bad\n// good\nlet c;\n```",
        "```js\nprint(1);\n```",
        "```js\nuse();\n// bad\nvar d;\n```",
        "    indented();",
        "Words between.",
        "- an item",
        TABLE,
    )
)


@given(st.lists(BLOCKS, max_size=6))
def test_no_example_becomes_one_of_the_other_side_and_no_word_is_lost(blocks: list[str]) -> None:
    text = "\n\n".join(["# A", "## Use let", *blocks]) + "\n"
    old, new, back = converted(text)
    assert not Counter(examples(back)) - Counter(examples(old))
    assert not Counter(re.findall(r"\w+", text)) - Counter(re.findall(r"\w+", new))
