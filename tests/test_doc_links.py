"""Links in the documentation: every file and every section that a link names exists."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from skills_build.emit.registry import TARGETS
from skills_build.source.slug import github_slug
from tests.support.data import ROOT

PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md"))
    if path.name != "CHANGELOG.md"
)


@cache
def tokens(path: Path) -> tuple[Token, ...]:
    """The inline tokens of a page, and those inside them."""
    blocks = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    return tuple(token for block in blocks for token in (block, *(block.children or ())))


def targets(path: Path) -> Iterator[str]:
    """The addresses of links and images on a page."""
    for token in tokens(path):
        if token.type in ("link_open", "image"):
            yield str(token.attrGet("href" if token.type == "link_open" else "src"))


@cache
def anchors(path: Path) -> frozenset[str]:
    """The fragments of a page's headings, and the names that its HTML sets."""
    found: list[str] = []
    listed = tokens(path)
    for opening, text in pairwise(listed):
        if opening.type == "heading_open":
            visible = "".join(child.content for child in text.children or () if child.type in ("text", "code_inline"))
            slug = github_slug(visible)
            found.append(f"{slug}-{count}" if (count := found.count(slug)) else slug)
    return frozenset((*found, *re.findall(r'\b(?:id|name)="([^"]+)"', path.read_text(encoding="utf-8"))))


def broken(path: Path) -> list[str]:
    """The links of a page that lead nowhere. Fragments of the changelog are read in CHANGELOG.md."""
    folder = ROOT if path.parent.name == "changelog.d" else path.parent
    wrong = []
    for target in targets(path):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        page = (folder / unquote(parts.path)).resolve() if parts.path else path
        missing = not page.exists() or (parts.fragment and unquote(parts.fragment) not in anchors(page))
        if missing:
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_sections_that_exist(path: Path) -> None:
    assert broken(path) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# A `b` c\n\n[1](#a-b-c) [2](#a-b) [3](a.md#a-b-c) [4](b.md) [5](https://example.org/b.md)\n")
    assert broken(page) == ["#a-b", "b.md"]


def test_each_command_in_a_console_block_has_its_own_line() -> None:
    for page in PAGES:
        for token in tokens(page):
            if token.type == "fence" and token.info == "console":
                assert not re.search(r"\S \$ codexc", token.content), f"{page.name}: {token.content[:80]}"


def test_the_page_lists_every_place_where_a_target_writes() -> None:
    section = (ROOT / "docs" / "install.md").read_text(encoding="utf-8").partition("\n## Where codexc writes\n")[2]
    section = section.partition("\n## ")[0]
    places = [place for target in TARGETS for place in (*target.roots, *target.hosts, *target.files, *target.lists)]
    assert len(places) > 15
    assert [place for place in places if f"`{place}`" not in section and place != "AGENTS.md"] == []
