"""Foreign text at its destinations: rendered by markdown-it and html.parser, read by git, and never more than text."""

import json
import re
import subprocess
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from skills_build import inert
from skills_build.characters import visible

_PIECES = st.sampled_from(
    [
        "`", "``", "```", "\\", "*", "**", "_", "[", "](", ")", "[a](javascript:x)", "![x](https://e.org/p)", "<", ">",
        "<img src=x onerror=alert(1)>", "<!-- codex:end -->", "<script>", "&", "&#64;all", "&#10;/label", "&lt;", "|",
        "@all", "@org/team", "#1", "!2", "&3", "GH-1", "GL-1", "PAY-1", "group/project#1", "Closes ", "fixes: ", "Resolves ", " issue ",
        "https://github.com/o/r/issues/1", "[issue:1]", "/label ~x", "/assign", "\n", "\r\n", "\t", " ", "  ", "a", "b c",
        "\u202e", "\u200b", "\u2028", "\x1b[31m", "\x1b]8;;x\x07", "\x9b", "\x85", "\U000e0041", "# ", "- ", "1. ", "> ",
        "~~~", "---", "===", "Signed-off-by: x <x@y>", "Codex-Seal: 0", "Co-authored-by: x", "[skip ci]", "\u00e9", "\u03a9",
        "https://u:PASS@host/x", "$", "~", "!", ":", "\u0000", "x", "1", "(", "'", '"',
    ]
)  # fmt: skip
FOREIGN = st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=60)
ENGINE = MarkdownIt("commonmark", {"html": True}).enable("table")
MENTION = re.compile(r"(?<!\w)@[\w~/.-]")
ISSUE = re.compile(r"[#!&]\d|\bG[HL]-\d|/(?:issues|pull|merge_requests)/\d", re.IGNORECASE)
CLOSING = re.compile(
    r"\b(?:clos|fix|resolv|implement)(?:e[sd]?|ing|ed|s|es)?:? +(?:issues? +)?(?:[\w./-]*#\d|G[HL]-\d|(?-i:[A-Z][A-Z0-9_]+-\d)|https?://\S+/issues/\d)",
    re.IGNORECASE,
)


def _flat(text: str) -> list[tuple[str, str]]:
    """The inline tokens of a paragraph: type and content."""
    return [
        (child.type, child.content) for block in ENGINE.parse(text) if block.children for child in block.children
    ]  # fmt: skip


def _outside_code(text: str) -> str:
    return "\0".join(content for kind, content in _flat(text) if kind == "text")


@given(FOREIGN)
def test_a_code_span_holds_the_text_and_nothing_else_changes(foreign: str) -> None:
    page = f"before **bold** {inert.code(foreign)} after *more*"
    tokens = _flat(page)
    spans = [content for kind, content in tokens if kind == "code_inline"]
    assert len(spans) == 1
    assert [token for token in tokens if token[0] != "code_inline"] == [
        one for one in _flat("before **bold** `x` after *more*") if one[0] != "code_inline"
    ]
    if visible(foreign) == foreign and len(foreign) <= inert.MAX_LENGTH and foreign and "://" not in foreign:
        assert spans[0] == foreign or "<U+" in spans[0]


@given(FOREIGN)
def test_a_code_span_in_a_table_stays_in_its_cell(foreign: str) -> None:
    page = f"| a | b |\n| --- | --- |\n| {inert.code_cell(foreign)} | {inert.cell(foreign)} |\n"
    blocks = ENGINE.parse(page)
    assert [block.type for block in blocks].count("td_open") == 2
    assert blocks[-1].type == "table_close"


@given(FOREIGN)
def test_ordinary_words_are_unchanged(foreign: str) -> None:
    for shown in (inert.text(foreign), f"- {inert.text(foreign)}"):
        blocks = ENGINE.parse(shown)
        assert {block.type for block in blocks} <= {
            "paragraph_open", "paragraph_close", "inline", "bullet_list_open", "bullet_list_close", "list_item_open",
            "list_item_close",
        }  # fmt: skip
        assert {kind for kind, _ in _flat(shown)} <= {"text", "code_inline"}
        outside = _outside_code(shown)
        assert not MENTION.search(outside)
        assert not ISSUE.search(outside)


@given(FOREIGN)
def test_prose_has_no_html_reference_or_block(foreign: str) -> None:
    for shown in (inert.prose(foreign), f"- {inert.prose(foreign)}", f"**A-1** {inert.prose(foreign)} Then."):
        kinds = {kind for kind, _ in _flat(shown)}
        assert "html_inline" not in kinds
        assert "image" not in kinds
        assert not {one.type for one in ENGINE.parse(shown)} & {
            "html_block", "fence", "code_block", "heading_open", "hr", "blockquote_open", "ordered_list_open"
        }  # fmt: skip
        outside = _outside_code(shown)
        assert not MENTION.search(outside)
        assert not ISSUE.search(outside)


@given(FOREIGN)
def test_no_line_is_a_quick_action_and_no_issue_is_closed(foreign: str) -> None:
    for destination in (inert.code, inert.text, inert.cell, inert.prose, inert.page, inert.subject, inert.message):
        shown = destination(foreign)
        assert not any(re.match(r"\s*/\w", line) for line in shown.splitlines()), destination
        assert not CLOSING.search(shown), destination


@given(st.sampled_from(sorted(inert.DESTINATIONS)), FOREIGN)
def test_nothing_hidden_gets_through(destination: str, foreign: str) -> None:
    shown = inert.DESTINATIONS[destination](foreign)
    lines = shown.split("\n") if destination in ("markdown page by authors", "terminal", "commit message") else [shown]
    assert all(line == visible(line) for line in lines)
    assert "PASS" not in shown


@given(FOREIGN)
def test_a_terminal_gets_no_control_character(foreign: str) -> None:
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", inert.terminal(foreign)
    )
    assert "\n" not in inert.terminal_line(foreign)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


@given(FOREIGN)
def test_html_gives_back_the_text_and_no_tag(foreign: str) -> None:
    shown = inert.html(foreign)
    reader = _Reader()
    reader.feed(f'<p title="{shown}">x{shown}</p>')
    reader.close()
    tags = [one for one in reader.seen if isinstance(one, tuple)]
    words = "".join(one for one in reader.seen if isinstance(one, str))
    assert [tag for tag, _ in tags] == ["p"]
    assert [name for name, _ in tags[0][1]] == ["title"]
    assert words == "x" + (tags[0][1][0][1] or "")
    expected = foreign.replace("\n", " ").replace("\t", " ")
    if visible(expected) == expected and "://" not in foreign:
        assert words == f"x{expected}"


@given(FOREIGN)
def test_a_value_is_one_string_in_json(foreign: str) -> None:
    assert isinstance(json.loads(inert.value(foreign)), str)


@given(FOREIGN)
def test_a_fence_holds_every_line(foreign: str) -> None:
    page = "\n".join(["before", *inert.fenced(foreign.split("\n")), "after"])
    kinds = [one.type for one in ENGINE.parse(page) if one.type != "inline"]
    assert kinds == ["paragraph_open", "paragraph_close", "fence", "paragraph_open", "paragraph_close"]


TRAILERS = "Codex-Source: s\nCodex-Seal: 1\n"


@settings(max_examples=60, deadline=None)
@given(FOREIGN, FOREIGN)
def test_git_reads_only_the_trailers_of_codexc(title: str, body: str) -> None:
    message = f"{inert.subject(title)}\n\n{inert.message(body)}\n\nWritten from {inert.line(title)}.\n\n{TRAILERS}"
    completed = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message.encode(), capture_output=True, check=True
    )
    assert completed.stdout.decode() == TRAILERS


@settings(max_examples=60, deadline=None)
@given(FOREIGN)
def test_a_message_without_trailers_of_codexc_has_none(body: str) -> None:
    message = f"title\n\n{inert.message(body)}\n"
    completed = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message.encode(), capture_output=True, check=True
    )
    assert completed.stdout == b""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("git:https://u:PASS@host/x.git", "git:https://***@host/x.git"),
        ("https://TOKEN@host", "https://***@host"),
        ("https://u:p@ss@host/x", "https://***@host/x"),
        ("https://u:p/PASS@host", "https://***@host"),
        ("https://u:p#PASS@host", "https://***@host"),
        ("oci+https://u:PASS@[::1]:5000/x", "oci+https://***@[::1]:5000/x"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("ssh://git:PASS@host/x", "ssh://***@host/x"),
        ("https://host:8080/a@b", "https://host:8080/a@b"),
        ("https://host/a", "https://host/a"),
    ],
)
def test_addresses_show_no_password(address: str, shown: str) -> None:
    assert inert.redacted(address) == shown


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("main", "`main`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("evil\n/label ~x", "`evil<U+000A>/label ~x`"),
        ("Closes #1", "`Closes <U+0023>1`"),
        ("Closes PAY-1", "`Closes PAY<U+002D>1`"),
        ("API-1", "`API-1`"),
        ("x" * 400, f"`{'x' * 299}\N{HORIZONTAL ELLIPSIS}`"),
        ("", "`<empty>`"),
    ],
)
def test_a_code_span_shows_what_was_changed(given_: str, shown: str) -> None:
    assert inert.code(given_) == shown


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("needs a fortnight", "needs a fortnight"),
        ("ask @all or @org/team", "ask `@all` or `@org/team`"),
        ("Closes #1", "Closes `#1`"),
        ("Closes PAY-1 or GL-2", "`Closes PAY<U+002D>1` or `GL-2`"),
        ("fixed by API-4, as closed", "fixed by API-4, as closed"),
        ("fixes group/project#1", "fixes `group/project#1`"),
        ("/label ~x", "\\/label \\~x"),
        ("# not a heading", "\\# not a heading"),
        ("1. not a list", "1\\. not a list"),
        ("<img src=x>", "&lt;img src=x>"),
        ("#1@all", "`#1@all`"),
    ],
)
def test_words_show_what_was_changed(given_: str, shown: str) -> None:
    assert inert.text(given_) == shown


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("Use `make db`, **always**", "Use `make db`, **always**"),
        (
            "See [the RFC](https://www.rfc-editor.org/rfc/rfc9110)",
            "See [the RFC](https://www.rfc-editor.org/rfc/rfc9110)",
        ),
        ("Do not write `<b>` but <b>", "Do not write `<b>` but &lt;b>"),
        ("`@all` stays, &#64;all and \\@all do not", "`@all` stays, `@all` and `@all` do not"),
        ("a\\\\@all and \\\\#1", "a\\\\`@all` and \\\\`#1`"),
        ("an [odd](https://u:p@host/x) link", "an odd link"),
    ],
)
def test_prose_keeps_what_authors_may_write(given_: str, shown: str) -> None:
    assert inert.prose(given_) == shown.replace("https://u:p@", "https://***@")


def test_a_terminal_text_is_no_command_of_a_pipeline() -> None:
    text = "note\n::error title=x::approved\n ##[error]x\n##vso[task]\na::b ## c\na.py: ##[add-mask]e ###VSO[task]##teamcity[x]"
    shown = (
        "note\n<U+003A>:error title=x::approved\n <U+0023>#[error]x\n<U+0023>#vso[task]\na::b ## c\n"
        "a.py: <U+0023>#[add-mask]e #<U+0023>#VSO[task]<U+0023>#teamcity[x]"
    )
    assert inert.terminal(text) == shown


@given(st.text() | st.sampled_from(["\x9b31m", "\u202e", "\U000e0041", "##vso[task]", "###[error]", "\\##TeamCity[x"]))
def test_json_keeps_its_values_and_controls_neither_a_terminal_nor_a_pipeline(foreign: str) -> None:
    for text in (json.dumps({foreign: [foreign]}, ensure_ascii=False), json.dumps([foreign], indent=2)):
        shown = inert.json_text(text)
        assert json.loads(shown) == json.loads(text)
        assert all(visible(line, strict=True) == line for line in shown.split("\n"))
        assert not re.search(r"##(\[|vso|teamcity)", shown, re.IGNORECASE)
