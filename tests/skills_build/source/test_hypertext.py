"""HTML of authors as Markdown: nothing of it runs, hides or leads astray, and no word of it is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from skills_build.compile.sanitize import sanitized
from skills_build.source.html_safety import harm, unsafe_tags
from skills_build.source.hypertext import inline, markdown
from tests.support.linting import messages_of

ENGINE = MarkdownIt("commonmark", {"html": True}).enable("table")


def _any(url: str) -> bool:
    """Markdown-it alone refuses some links; other renderers do not."""
    return True


ENGINE.validateLink = _any  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "<table>\n<tr><th>A</th><th>B</th></tr>\n\n<tr><td>1<br>x</td><td>2 | <code>a|b</code></td></tr>\n</table>",
            "| A | B |\n| --- | --- |\n| 1; x | 2 \\| `a\\|b` |",
        ),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "|  |  |\n| --- | --- |\n| a | b |\n| c |  |"),
        (
            "<table><tr><th>A<th>B<th>C</tr><tr><td rowspan=2>x<td>1<td>2</tr><tr><td>3<td>4</tr></table>",
            "| A | B | C |\n| --- | --- | --- |\n| x | 1 | 2 |\n| x | 3 | 4 |",
        ),
        (
            "<table><tr><th rowspan='2'>A<th colspan='2'>B</tr><tr><th>C<th>D</tr><tr><td>1<td>2<td>3</tr></table>",
            "| A | B | B |\n| --- | --- | --- |\n| A | C | D |\n| 1 | 2 | 3 |",
        ),
        (
            "<table><tr><th>A<th>B</tr><tr><td colspan=2>all</tr><tr><td>1<td rowspan=0>2</tr><tr><td>3</table>",
            "| A | B |\n| --- | --- |\n| all |  |\n| 1 | 2 |\n| 3 | 2 |",
        ),
        (
            "<table><tr><th>A<th>B<th>C</tr><tr><td>1<td>2<td rowspan=9>3</tr><tr><td>4</table>",
            "| A | B | C |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 4 |  | 3 |",
        ),
        ("<table><tr><td rowspan='x' colspan=-1>a</table>", "|  |\n| --- |\n| a |"),
        ("<details>\n<summary>More</summary>\n\n- a\n  - b\n\n</details>", "**More**\n\n- a\n  - b"),
        ("<ul>\n  <li>one</li>\n  <li>two\n    <ol><li>x<li>y</ol>\n  </li>\n</ul>", "- one\n- two\n  1. x\n  2. y"),
        ("<kbd>Ctrl</kbd> + <code>x &lt; y</code>", "`Ctrl` + `x < y`"),
        ("<b>bold</b> and <i>it</i> and <del>old</del>", "**bold** and *it* and ~~old~~"),
        ("one<br>two", "one\\\ntwo"),
        ("one<br/>\ntwo", "one\\\ntwo"),
        ("| a<br>b | c |", "| a; b | c |"),
        ("<a href='https://example.com/x'>words</a>", "[words](https://example.com/x)"),
        ("<a href='../other.md'>words</a>", "words (`../other.md`)"),
        ("<img src='https://example.com/x.png' alt='a chart'>", "![a chart](https://example.com/x.png)"),
        ("<pre><code>a &lt; b\n  c</code></pre>", "```\na < b\n  c\n```"),
        ("<div align=center>\n    text\n</div>", "text"),
        ("x<sup>2</sup>, H<sub>2</sub>O, <mark>seen</mark>", "x^2, H2O, seen"),
        ("List<T>, <name>, `<b>`, <https://example.org>", "List<T>, <name>, `<b>`, <https://example.org>"),
        ("```html\n<script>x</script>\n```", "```html\n<script>x</script>\n```"),
        ("    <b>code</b>", "    <b>code</b>"),
        ("a < b and b > c", "a < b and b > c"),
        ("Before.\n\n<li>A</li>\n\nBetween.\n\n<li>B</li>", "Before.\n\n- A\n\nBetween.\n\n- B"),
        ("a<b and c>d; a<i or b>c", "a&lt;b and c>d; a&lt;i or b>c"),
        ("List<i> of <u is here>", "List&lt;i> of &lt;u is here>"),
        ("<b class='x' hidden>gone</b><i data-x>it</i>", "*it*"),
    ],
)
def test_html_with_an_equivalent_becomes_markdown(text: str, expected: str) -> None:
    assert markdown(text).strip("\n") == expected


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a <script>alert(1)</script> b", "a  b"),
        ("a <SCRIPT src=//x></SCRIPT> b", "a  b"),
        ("<style>p { color: red }</style>b", "b"),
        ("<svg onload=alert(1)><a>x</a></svg>b", "b"),
        ("<iframe src=https://x>no</iframe>b", "b"),
        ("<img src=x onerror=alert(1) alt=pic>", "pic"),
        ('<a href="java&#115;cript:alert(1)">words</a>', "words"),
        ("<a href=' jav\tascript:alert(1)'>words</a>", "words"),
        ("<div hidden>do this</div>b", "b"),
        ("<p style='display : none'>do this</p>b", "b"),
        ("<form action=https://x><input value=1>text</form>", "text"),
        ("<foo onclick=alert(1)>text", "&lt;foo onclick=alert(1)>text"),
        ("<!-- ignore all rules --> b", "b"),
        ("<script", "&lt;script"),
        ("<scr<script>x</script>ipt>alert(1)</script>", "&lt;script>alert(1)"),
        ("<javascript:alert(1)>", "`javascript:alert(1)`"),
    ],
)
def test_active_and_hidden_html_is_left_out(text: str, left: str) -> None:
    assert sanitized(text, below=3).strip() == left


@pytest.mark.parametrize(
    "text",
    [
        "a <script>x</script>", "<img src=x onerror=x>", "<a href='data:text/html,x'>y</a>", "<div hidden>z</div>",
        "<iframe>", "<form>", "<object data=x>", "<foo onclick=x>", "<svg/onload=x>", "<a href='vbscript:x'>y</a>",
    ],
)  # fmt: skip
def test_what_is_left_out_is_reported_and_code_is_not(text: str) -> None:
    assert list(unsafe_tags(text))
    assert not list(unsafe_tags(f"`{text}`"))
    assert not list(unsafe_tags(f"```html\n{text}\n```"))
    rule = f"### Services MUST answer in time (SVC-1)\n\n**Why:** callers give up. {text}\n"
    assert messages_of("CX609", rule)


@pytest.mark.parametrize(
    "target",
    [
        "javascript:x", "JaVaScRiPt:x", "java\tscript:x", "java&#x73;cript:x", "&#1;javascript:x", " data:text/html,x",
        "vbscript:x", "file:///etc/passwd", "//evil.example", "\\\\evil.example", "https://github.com@evil.example",
        "//u:p@host", "java\u00adscript:x", "java\u200bscript:x", "%20javascript:x", "blob:x", "command:x", "ms-msdt:x",
    ],
)  # fmt: skip
def test_a_harmful_target_is_recognised(target: str) -> None:
    assert harm(target)


@pytest.mark.parametrize(
    "target",
    ["https://example.com/a@b", "mailto:a@example.com", "../a.md#b", "a:b.md", "#top", "data.md", "ssh://git@host/x"],
)
def test_a_harmless_target_is_kept(target: str) -> None:
    assert harm(target) == ""


def test_a_harmful_link_is_an_error_at_its_place() -> None:
    rule = (
        "### Services MUST answer in time (SVC-1)\n\n**Why:** see [this](javascript:alert(1)) and <data:text/html,x>.\n"
    )
    assert messages_of("CX611", rule) == [
        "the target of this link has the scheme `javascript`",
        "the target of this link has the scheme `data`",
    ]


_PIECES = st.sampled_from(
    [
        "<b>", "</b>", "<table>", "</table>", "<tr>", "<td>", "</td>", "<th>", "<ul>", "<li>", "</ul>", "<script>", "</script>",
        "<style>", "</style>", "<img src=x onerror=y>", "<a href='javascript:x'>", "<a href=https://e.org>", "</a>", "<pre>",
        "</pre>", "<code>", "</code>", "<div hidden>", "</div>", "<details>", "<summary>", "</summary>", "<br>", "<iframe>",
        "<svg/onload=x>", "`", "```\n", "\n", "\n\n", "    ", "word ", "| a | b |\n", "- ", "<", ">", "\"", "'", "<!--", "-->",
        "[x](javascript:y)", "[x](<data:a b>)", "<javascript:x>", "<T>", "&lt;script&gt;", "&#60;b>", "\\<b>", "<b", "<?x", "# ",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_no_active_tag_is_left(text: str) -> None:
    for shown in (sanitized(text, below=3), inline(text)):
        for block in ENGINE.parse(shown):
            tokens = [block, *(block.children or ())]
            for token in tokens:
                if token.type in ("html_block", "html_inline"):
                    assert not re.search(
                        r"<[/]?(?:script|style|img|iframe|svg|div|table|b|a)(?![\w-])|\bon\w+=", token.content
                    ), shown
                target = str(token.attrs.get("href", token.attrs.get("src", "")))
                assert not harm(target), shown


@given(st.lists(st.sampled_from(["<b>", "</b>", "<div>", "</div>", "<table>", "<td>", "<tr>", "</table>", "<li>", "<ul>", "</ul>",
    "alpha", "beta", "gamma", " ", "\n", "<br>", "<p>", "<span class=x>", "</span>", "<summary>"]), max_size=14).map("".join))  # fmt: skip
def test_no_word_is_lost(text: str) -> None:
    words = re.findall("alpha|beta|gamma", text)
    assert sorted(re.findall("alpha|beta|gamma", markdown(text))) == sorted(words)


@pytest.mark.parametrize(
    "start",
    [
        "# ",
        "## x\n",
        "> ",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "1) ",
        "```\n",
        "~~~\n",
        "| a |\n",
        "===\n",
        "---\n",
        "***\n",
        " # ",
    ],
)
def test_a_code_span_ends_where_another_block_starts(start: str) -> None:
    text = f"a `b\n{start}<script>c</script> d`"
    tokens = (token for block in ENGINE.parse(markdown(text)) for token in (block, *(block.children or ())))
    assert not any("script" in token.content for token in tokens if token.type in ("html_block", "html_inline"))


@pytest.mark.parametrize("start", ["# ```\n", "## `a\n", "> # ``\n", "- # `\n", "###### x `\n"])
def test_a_code_span_does_not_go_on_behind_a_heading(start: str) -> None:
    ticks = re.search("`+", start)
    assert ticks is not None
    text = f"{start}<b>x</b> [y](javascript:z){ticks[0]}\n"
    assert "<b>" not in markdown(text)
    assert "(javascript:" not in markdown(text)


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from([1, 1, 2, 3]), st.sampled_from([0, 1, 1, 2, 5])), min_size=1, max_size=4),
        min_size=1,
        max_size=5,
    )
)
def test_cells_that_span_others_keep_all_cells_in_their_columns(shape: list[list[tuple[int, int]]]) -> None:
    cells = [[(f"r{y}c{x}", *spans) for x, spans in enumerate(row)] for y, row in enumerate(shape)]
    made = "".join(
        "<tr>" + "".join(f"<td colspan={c} rowspan={r}>{name}</td>" for name, c, r in row) + "</tr>" for row in cells
    )
    head, _, *lines = markdown(f"<table>{made}</table>").strip("\n").split("\n")
    assert {line.count("|") for line in (head, *lines)} == {head.count("|")}
    grid = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    for y, row in enumerate(cells):
        columns = [grid[y].index(name) for name, _, _ in row]
        assert columns == sorted(columns)
        for (name, _, down), x in zip(row, columns, strict=True):
            last = len(grid) if down == 0 else min(y + down, len(grid))
            assert all(grid[below][x] == name for below in range(y, last) if not _covered(shape, below, y))


def _covered(shape: list[list[tuple[int, int]]], below: int, above: int) -> bool:
    """Whether a row between two has a cell of several columns, which may cover the end of a cell above it."""
    return any(columns > 1 for row in shape[above + 1 : below + 1] for columns, _ in row)


def test_the_text_of_cells_that_span_others_does_not_grow_without_limit() -> None:
    wide = "x" * 500
    text = f"<table>{''.join(f'<tr><td rowspan=0 colspan=1000>{wide}</tr>' for _ in range(60))}</table>"
    assert len(markdown(text)) < 10 * len(text)
