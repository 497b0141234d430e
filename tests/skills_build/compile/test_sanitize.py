"""Authors' Markdown that could swallow or outrank what follows it, and what becomes of it."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from skills_build.compile.sanitize import sanitized
from skills_build.compile.tables import with_rows_joined


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ("```python\nx = 1", "```python\nx = 1\n```"),
        ("~~~~\n~~~\nx", "~~~~\n~~~\nx\n~~~~"),
        ("````\n```\n# x\n````", "````\n```\n# x\n````"),
        ("- ```\n  x", "- ```\n  x\n  ```"),
        ("- ```\n  x\n\n# after", "- ```\n  x\n\n#### after"),
        ("# One\n\n### Two", "#### One\n\n###### Two"),
        ("###### Deep", "###### Deep"),
        ("##### Deep", "##### Deep"),
        ("Title\n===\n\ntext", "#### Title\n\ntext"),
        ("Two\nlines\n---\ntext", "#### Two lines\ntext"),
        ("text\n\n---\n\nmore", "text\n\n***\n\nmore"),
        ("text\n\n---\n", "text"),
        ("- item\n---\ntext", "- item\n***\ntext"),
        ("a <!-- hidden --> b", "a  b"),
        ("a\n<!-- hidden\nstill -->\nb", "a\n\nb"),
        ("a\n<!-- never closed\nb", "a"),
        ("`<!-- code -->` stays", "`<!-- code -->` stays"),
        ("`a\nb <!-- c` stays <!-- hidden -->", "`a\nb <!-- c` stays "),
        ("`a\n<!-- hidden` starts a block\nb", "`a"),
        ("```html\n<!-- code -->\n```", "```html\n<!-- code -->\n```"),
        ("<pre>\nopen", "```\nopen\n```"),
        ("<script>x</script>\ntext", "text"),
        ("<?php\nx", "&lt;?php\nx"),
        ("<![CDATA[\nx", "&lt;![CDATA[\nx"),
        ("a\n\n\n\nb\n<!---->", "a\n\nb"),
        ("    # code, not a heading\n\n# heading", "    # code, not a heading\n\n#### heading"),
        ("text\n\n[label]: https://example.com\n", "text"),
        ("text\n\n[other]: not a definition we know\n", "text\n\n[other]: not a definition we know"),
    ],
)
def test_text_cannot_end_or_outrank_the_section_that_contains_it(text: str, expected: str) -> None:
    assert sanitized(text, below=3, definitions=("LABEL",)) == expected


def test_a_table_without_rows_is_kept() -> None:
    text = "before\n\n| A | B |\n| --- | --- |\n\nafter"
    assert with_rows_joined(text) == text


def test_rows_that_are_no_rules_stay_below_their_head() -> None:
    text = "| A | B |\n| --- | --- |\n\n| 1 | 2 |\n\nafter"
    assert with_rows_joined(text) == "| A | B |\n| --- | --- |\n| 1 | 2 |\n\nafter"


_LINES = st.sampled_from(
    ["text", "", "```", "~~~", "````py", "# H", "> quote", "- item", "  - ```", "===", "---", "<!--", "-->", "<pre>",
     "</pre>", "<?x", "?>", "    code", "\ttab", "1. one", "| a | b |", "| - | - |", "`<!--`", "<!-- a --> b", "> ```",
     "<div>", "</td>", "<a href='x>y'>", "   ```", "     ```", "- - ```", "2) ~~~", "text <!--", "\t```",
     "> # q", "`````", "<!DOCTYPE x", "  text", "   - deep", "      ```", "#", "# H #", "    ```", "[L]: /x",
     "***", "- # in item", "  # in item"]
)  # fmt: skip


@example(["```", "   ```", "```"])
@given(st.lists(_LINES, max_size=12))
def test_text_after_a_rule_is_read_unchanged(lines: list[str]) -> None:
    body = sanitized("\n".join(lines), below=3)
    page = f"### Before (A-1)\n\n{body}\n\n### After (A-2)\n"
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    headings = [
        (token.tag, inline.content)
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    assert headings[0] == ("h3", "Before (A-1)")
    assert headings[-1] == ("h3", "After (A-2)")
    assert all(tag > "h3" for tag, _ in headings[1:-1])
