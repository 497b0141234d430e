"""The owned block: whatever the host file looks like, no byte outside the block is lost or changed."""

import itertools
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from codex.sync import block
from codex.sync.block import (
    BlockPlace,
    OwnedBlock,
    UnusableFile,
    block_digest,
    find_block,
    is_new_file,
    is_new_page,
    new_file,
    new_page,
    remove_block,
    write_block,
)
from tests.support.effort import calls_of

TEXT = "\n## Rules\n\n- A-1: do it\n\n"
OTHER = "\nshorter\n\n"
BEGIN = f"<!-- codex:begin version=1.2.0 sha256={block_digest(TEXT)} -->"
END = "<!-- codex:end -->"


def put(data: bytes, text: str = TEXT, version: str = "1.2.0", place: BlockPlace | None = None) -> bytes:
    made = write_block(data, text, version=version, place=place)
    assert isinstance(made, bytes), made
    return made


def bare(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


def test_a_block_goes_below_the_introduction_and_shows_its_version_and_digest() -> None:
    made = put(b"# Payments\n\nOur words.\n\n## How\n").decode()
    padded = BEGIN.replace(" -->", " pad=a -->")
    assert made == f"# Payments\n\nOur words.\n\n{padded}\n\n## Rules\n\n- A-1: do it\n\n{END}\n\n## How\n"
    found = find_block(made.encode())
    assert isinstance(found, OwnedBlock)
    assert (found.version, found.text, found.sealed) == ("1.2.0", TEXT, True)


@pytest.mark.parametrize(
    ("host", "place", "before"),
    [
        ("", BlockPlace.AFTER_HEADING, ""),
        ("no heading\n", BlockPlace.AFTER_HEADING, ""),
        ("Title\n=====\ntext\n", BlockPlace.AFTER_HEADING, "Title\n=====\n\n"),
        ("# Title\n\ntext\n", BlockPlace.AFTER_HEADING, "# Title\n\n"),
        ("---\na: b\n---\nintro\n# Title\ntext\n", BlockPlace.AFTER_HEADING, "---\na: b\n---\nintro\n# Title\n\n"),
        ("---\na: b\n---\ntext\n", BlockPlace.AFTER_HEADING, "---\na: b\n---\n\n"),
        (
            "```sh\n# not a heading\n```\n# Title\n",
            BlockPlace.AFTER_HEADING,
            "```sh\n# not a heading\n```\n# Title\n\n",
        ),
        ("~~~\n```\n# no\n~~~\n## Yes\nx\n", BlockPlace.AFTER_HEADING, "~~~\n```\n# no\n~~~\n## Yes\n\n"),
        ("# Title\ntext\n", BlockPlace.TOP, ""),
        ("---\na: b\n---\n# Title\n", BlockPlace.TOP, "---\na: b\n---\n\n"),
        ("# Title\ntext\n", BlockPlace.BOTTOM, "# Title\ntext\n\n"),
        ("# Title\ntext\n\n", BlockPlace.BOTTOM, "# Title\ntext\n\n"),
        ("# Title\ntext", BlockPlace.BOTTOM, "# Title\ntext\n\n"),
        ("# Title", BlockPlace.AFTER_HEADING, "# Title\n\n"),
        ("# Title\ntext\n\n## Two\n", None, "# Title\ntext\n\n"),
        ("# Title\ntext\n\nTwo\n---\nmore\n", None, "# Title\ntext\n\n"),
        ("# Title\n> ## quoted\n\n- ## in a list\n\n### Three\n", None, "# Title\n> ## quoted\n\n- ## in a list\n\n"),
        ("# Title\n<div>\n## not a heading\n</div>\n\n# Two\n", None, "# Title\n<div>\n## not a heading\n</div>\n\n"),
        (
            "# Title\n\n<details>\n\n## Hidden\n\n</details>\n\n## Two\n",
            None,
            "# Title\n\n<details>\n\n## Hidden\n\n</details>\n\n",
        ),
        ("<div>\n\n# Title\n\n</div>\n\n## Two\n", None, "<div>\n\n# Title\n\n</div>\n\n"),
        (
            "# Title\n<Details><details>\n\n## A\n\n</details>\n\n## B\n</details>\n\n## C\n",
            None,
            "# Title\n<Details><details>\n\n## A\n\n</details>\n\n## B\n</details>\n\n",
        ),
        ("# Title\n\n<section>\n\n## Never closed\n", None, "# Title\n\n<section>\n\n## Never closed\n\n"),
        ("# Title\ntext\n", None, "# Title\ntext\n\n"),
        ("# Title\ntext\n```\n# open\n", None, "# Title\n\n"),
        ("text\n", None, "text\n\n"),
        ("```\nopen\n", None, ""),
    ],
)
def test_where_a_new_block_goes(host: str, place: BlockPlace | None, before: str) -> None:
    made = put(host.encode(), place=place).decode()
    assert made[: made.index("<!-- codex:begin")] == before
    assert remove_block(made.encode()) == host.encode()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["", "end"])
def test_line_ends_marks_and_missing_line_breaks_stay(newline: str, bom: bytes, ending: str) -> None:
    host = bom + f"# T{newline}{newline}words {newline}more{newline}{ending}".encode()
    made = put(host)
    assert made.startswith(bom)
    assert made.count(b"\xef\xbb\xbf") == (1 if bom else 0)
    body = made.decode().replace(newline, "")
    assert "\n" not in body
    assert "\r" not in body
    assert isinstance(found := find_block(made), OwnedBlock)
    assert found.text == TEXT
    assert remove_block(made) == host


def test_a_block_is_replaced_in_its_place_and_everything_else_stays() -> None:
    host = put(b"# T\nabove\n", place=BlockPlace.BOTTOM) + b"below \t\n\n\n"
    made = put(host, OTHER, "2.0.0")
    start, end = host.index(b"<!-- codex:begin"), host.index(END.encode()) + len(END)
    assert made.startswith(host[:start])
    assert made.endswith(host[end:])
    assert isinstance(found := find_block(made), OwnedBlock)
    assert (found.version, found.text) == ("2.0.0", OTHER)
    assert put(made, OTHER, "2.0.0") == made


def test_an_edit_by_hand_breaks_the_seal() -> None:
    made = put(b"# T\n").replace(b"do it", b"do not")
    assert isinstance(found := find_block(made), OwnedBlock)
    assert not found.sealed


@pytest.mark.parametrize(
    ("host", "reason", "line"),
    [
        (f"x\n{BEGIN}\ntext\n", "a block start marker without an end marker", 2),
        (f"x\ny\n{END}\n", "a block end marker without a start marker", 3),
        (f"{BEGIN}\n{BEGIN}\n{END}\n", "two block start markers", 2),
        (f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", "two block start markers", 3),
        (f"{BEGIN}\n{END}\n{END}\n", "a block end marker without a start marker", 3),
        ("<!-- codex:begin version=1.2.0 -->\n<!-- codex:end -->\n", "damaged", 1),
        ("<!-- codex:begin version=1.2.0 sha256=zz -->\n", "damaged", 1),
        (f"{BEGIN} trailing\n{END}\n", "damaged", 1),
        ("<!--codex:end-->\n", "damaged", 1),
    ],
)
def test_damaged_markers_are_reported_with_their_line_and_never_overwritten(host: str, reason: str, line: int) -> None:
    for found in (
        find_block(host.encode()),
        write_block(host.encode(), TEXT, version="1.0.0"),
        remove_block(host.encode()),
    ):
        assert isinstance(found, UnusableFile)
        assert reason in found.reason
        assert (found.line, found.markers) == (line, True)


def test_a_marker_shown_in_a_code_block_is_no_marker() -> None:
    host = b"# T\n\n```\n<!-- codex:begin version=X sha256=Y -->\n```\n"
    assert find_block(host) is None
    assert remove_block(put(host)) == host


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"\xff\xfeh\x00i\x00", "not UTF-8"),
        (b"a\0b", "not a text file"),
        (b"x" * (block.MAX_BYTES + 1), "larger than"),
    ],
)
def test_files_that_are_no_text_are_left_alone(data: bytes, reason: str) -> None:
    found = find_block(data)
    assert isinstance(found, UnusableFile)
    assert reason in found.reason
    assert not found.markers


def test_a_new_file_leaves_room_for_people_and_is_known_again() -> None:
    made = new_file("Payments", TEXT, version="1.2.0")
    assert made.startswith(b"# Payments\n\n<!-- Add instructions")
    rest = remove_block(made)
    assert isinstance(rest, bytes)
    assert is_new_file(rest)
    invitation = (
        b"<!-- Write here what is special about this repository: only the block below is kept up to date by codexc. -->"
    )
    assert is_new_file(b"# Payments\n\n" + invitation + b"\n\n"), "a file of an earlier release"
    changed = remove_block(made.replace(b"# Payments\n", b"# Payments\n\nOur words.\n"))
    assert isinstance(changed, bytes)
    assert not is_new_file(changed)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_a_file_as_large_as_may_be_keeps_every_byte(newline: str, mark: bytes) -> None:
    line = f"Words of people, no. 1.{newline}".encode()
    host = mark + f"# T{newline}".encode()
    host += line * ((block.MAX_BYTES - len(host) - 10_000) // len(line)) + b"the end"
    made = put(put(host), OTHER, "9.0.0")
    assert len(host) > block.MAX_BYTES - 10_100
    assert remove_block(made) == host


def is_read_as_markdown(data: bytes) -> bool:
    """Whether the heading inside the block is a heading of the page, and not part of code, a comment or a list."""
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"\A---\n(?:.*?\n)??(?:---|\.\.\.)(?:\n|\Z)", "", text, flags=re.DOTALL)
    tokens = MarkdownIt("commonmark").parse(text)
    headings = (after for token, after in pairwise(tokens) if token.type == "heading_open" and token.level == 0)
    return any(heading.content == "Rules" for heading in headings)


@pytest.mark.parametrize(
    "host",
    [
        "# T\n\n```sh\nmake test\n",
        "# T\n\n~~~\n```\n",
        "# T\n<!--\nold rules\n",
        "# T\n<pre>\nx\n\ny\n",
        "# T\n<?php\n",
        "# T\n<script>\n",
        "````\n```\n",
        "---\na: b\n---\n```\n",
    ],
)
def test_at_the_bottom_of_code_that_is_not_closed_nothing_is_written(host: str) -> None:
    made = write_block(host.encode(), TEXT, version="1.2.0", place=BlockPlace.BOTTOM)
    assert isinstance(made, UnusableFile) and "not closed" in made.reason


@pytest.mark.parametrize(
    "host",
    [
        "# T\n\n```sh\nmake test\n```\n",
        "# T\n<!-- one line -->\n",
        "# T\n<!--\ntwo\n-->\n",
        "# T\n<pre>x</pre>\n",
        "---\na: '```'\n```: b\n---\ntext\n",
        "a `code span that is not closed\n",
    ],
)
def test_at_the_bottom_of_closed_code_the_block_is_written(host: str) -> None:
    made = put(host.encode(), place=BlockPlace.BOTTOM)
    assert made.startswith(host.encode()) and is_read_as_markdown(made)


@pytest.mark.parametrize("wrapper", ["<!--\n{}-->\n", "<pre>\n{}</pre>\n", "```\n{}```\n", "<script>\n{}</script>\n"])
def test_a_heading_in_a_comment_or_in_code_is_not_the_heading_of_the_page(wrapper: str) -> None:
    host = wrapper.format("# not a heading\n\ntext\n") + "# Title\ntext\n"
    made = put(host.encode())
    assert made.decode().index("# Title") < made.decode().index("<!-- codex:begin")
    assert is_read_as_markdown(made)


@pytest.mark.parametrize("host", [b"", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", b"  \n", b"\n\n"])
def test_a_file_without_text_is_not_taken_for_one_that_codexc_created(host: bytes) -> None:
    made = put(host)
    rest = remove_block(made)
    assert rest == host
    assert not is_new_page(made, rest)


def test_a_page_that_only_has_the_block_is_one_that_codexc_created() -> None:
    made = new_page(TEXT, version="1.2.0")
    rest = remove_block(made)
    assert rest == b"" and is_new_page(made, rest)
    assert is_new_page(made.replace(b"\n", b"\r\n"), b"")


PIECES = "# Title|## Two|===|---|a: b|text||  |\u2028x|é|\tindented|> quote|- item|```|~~~|<!-- note -->|<!--|-->|<pre>|</pre>|<!X|codex:begin"
LINES = st.lists(st.sampled_from(PIECES.split("|")), max_size=12)
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])


@settings(max_examples=400, deadline=None)
@given(lines=LINES, newline=NEWLINES, last=st.booleans(), bom=st.booleans(), place=st.sampled_from(list(BlockPlace)))
def test_what_is_put_in_can_be_taken_out_again(
    lines: list[str], newline: str, last: bool, bom: bool, place: BlockPlace
) -> None:
    host = (b"\xef\xbb\xbf" if bom else b"") + (newline.join(lines) + (newline if last and lines else "")).encode()
    made = write_block(host, TEXT, version="1.2.0", place=place)
    if isinstance(made, UnusableFile):
        assert place is BlockPlace.BOTTOM and "not closed" in made.reason
        return
    assert is_read_as_markdown(made)
    again = put(made, OTHER, "9.0.0", place)
    assert remove_block(made) == host
    assert remove_block(again) == host
    assert put(again, TEXT, "1.2.0", place) == made
    outside = made.replace(made[made.index(b"<!-- codex:begin") : made.index(END.encode()) + len(END)], b"")
    assert bare(outside.decode()) == bare(host.decode())


@settings(max_examples=200, deadline=None)
@given(lines=LINES, newline=NEWLINES, places=st.lists(st.sampled_from([None, *BlockPlace]), min_size=1, max_size=4))
def test_a_block_that_moves_loses_nothing_and_leaves_no_trace(
    lines: list[str], newline: str, places: list[BlockPlace | None]
) -> None:
    host = newline.join(lines).encode()
    made = put(host)
    for place in places:
        moved = write_block(made, TEXT, version="1.2.0", place=place)
        if isinstance(moved, UnusableFile):
            continue
        assert remove_block(moved) == host
        assert moved == (made if place is None else write_block(host, TEXT, version="1.2.0", place=place))
        made = moved


@settings(max_examples=400, deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=120).map(str.encode))
def test_any_bytes_are_written_without_loss_or_not_at_all(data: bytes) -> None:
    made = write_block(data, TEXT, version="1.0.0")
    if isinstance(made, bytes):
        assert remove_block(made) == data


@pytest.mark.parametrize("place", list(BlockPlace))
def test_line_breaks_of_all_kinds_in_any_order_are_kept(place: BlockPlace) -> None:
    """Every text of up to five of these characters: a lone carriage return next to a line feed is not one break."""
    for count in range(6):
        for letters in itertools.product(b"a\n\r#", repeat=count):
            data = bytes(letters)
            made = write_block(data, TEXT, version="1.0.0", place=place)
            assert isinstance(made, UnusableFile) or remove_block(made) == data, (data, made)


MARKS = st.sampled_from([BEGIN, END, "text", "```", "<!-- codex:begin", "# T", f" {END}", f"{BEGIN} x"])


@settings(max_examples=400, deadline=None)
@given(lines=st.lists(MARKS, max_size=8), newline=NEWLINES)
def test_markers_in_any_order_never_cost_a_line(lines: list[str], newline: str) -> None:
    data = newline.join(lines).encode()
    made = write_block(data, OTHER, version="2.0.0")
    if isinstance(made, UnusableFile):
        return
    found = find_block(data)
    assert not isinstance(found, UnusableFile)
    kept = data.decode() if found is None else data.decode()[: found.start] + data.decode()[found.end :]
    new = find_block(made)
    assert isinstance(new, OwnedBlock)
    rest = made.decode()[: new.start] + made.decode()[new.end :]
    assert bare(rest) == bare(kept)


@pytest.mark.parametrize("example", [f"{BEGIN}\nold words\n{END}", END, BEGIN, "<!-- codex:begin"])
@pytest.mark.parametrize("frame", ["```\n{}\n```\n", "~~~md\n{}\n~~~\n", "{}\n"])
def test_a_block_that_is_shown_as_code_is_not_managed(example: str, frame: str) -> None:
    shown = "    " + example.replace("\n", "\n    ") if frame == "{}\n" else example
    host = ("# T\n\nHow a block looks:\n\n" + frame.format(shown) + "\nTheirs.\n").encode()
    assert find_block(host) is None
    made = put(host)
    assert isinstance(found := find_block(made), OwnedBlock)
    assert found.text == TEXT
    assert remove_block(made) == host
    again = put(made, OTHER, "2.0.0")
    assert remove_block(again) == host


def test_our_block_is_still_managed_after_an_unclosed_fence_above_it() -> None:
    made = put(b"# T\n\nwords\n", place=BlockPlace.BOTTOM)
    host = made.replace(b"words\n", b"words\n```\n")
    again = put(host, OTHER, "2.0.0")
    assert again.count(b"codex:begin") == 1
    assert isinstance(found := find_block(again), OwnedBlock)
    assert found.text == OTHER


COSTLY = {
    "images": "![[",
    "items": "- a\n",
    "tables": "|a|b|\n|-|-|\n",
    "links": "[a](b",
    "quotes": "> ",
    "definitions": "[a]:\n",
    "fenced starts": f"<!-- codex:begin version=1.2.0 sha256={'0' * 64} -->\n",
    "markers": "<!-- ",
    "code": "``` ",
}


@pytest.mark.parametrize("unit", COSTLY.values(), ids=list(COSTLY))
def test_the_place_of_a_block_takes_linear_work(unit: str) -> None:
    """Counted calls, not seconds: twice the text, about twice the work."""

    def work(size: int) -> int:
        text = "# T\n\n```\n" + unit * (size // len(unit)) if "begin" in unit else unit * (size // len(unit))
        data = f"# T\n\n{text}\n\n## B\n".encode()
        return calls_of(lambda: write_block(data, "x\n", version="1.0.0"))

    small, large = work(4_000), work(8_000)
    assert large <= 2.3 * small + 500


def test_text_between_headings_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(*_: object) -> None:
        raise AssertionError("the text inside of blocks was parsed")

    monkeypatch.setattr("markdown_it.parser_inline.ParserInline.parse", unwanted)
    written = write_block(b"# T\n\n![[![[ `x` <b>\n\n## B\n", "x\n", version="1.0.0")
    assert isinstance(written, bytes)
    assert written.index(b"codex:begin") < written.index(b"## B")
