"""Converts the HTML in an author's Markdown to Markdown, and leaves out what does not belong in a skill.

Code spans, fences, comments and names in angle brackets (`<name>`) are not HTML here and are kept.
"""

import re
from collections.abc import Callable
from typing import Final

from skills_build import inert
from skills_build.source.html_safety import harm as harm
from skills_build.source.html_tags import (
    DROPPED,
    ELEMENTS,
    MAY_CONTAIN_HTML,
    RAW,
    attributes_of,
    has_content,
    hides,
    html_tokens,
    last_end_tags,
    outside_code_blocks,
)
from skills_build.source.html_writer import MarkdownWriter

_MAX_PASSES: Final = 5


def markdown(text: str) -> str:
    """Convert the HTML in a text: tables, lists, `<details>`, links, code, emphasis. Of other tags the text is kept.

    Removing a tag can turn its surroundings into a tag, fence or link, so the result is converted until it is stable.
    """
    return _until_stable(text, _converted)


def inline(text: str) -> str:
    """Convert the HTML in a sentence to Markdown on one line, without blocks."""
    return _until_stable(text, lambda sentence: " ".join(_as_markdown(sentence, flat=True).split()))


def _until_stable(text: str, convert: Callable[[str], str]) -> str:
    """Convert a text until nothing changes; if it never settles, disarm every tag and link in it."""
    for _ in range(_MAX_PASSES):
        converted = convert(text) if MAY_CONTAIN_HTML.search(text) else text
        if converted == text:
            return text
        text = converted
    return re.sub(r"\]\(", "] (", text.replace("<", "&lt;"))


def _converted(text: str) -> str:
    pieces, end = [], 0
    for start, piece in outside_code_blocks(text):
        pieces += [text[end:start], _as_markdown(piece)]
        end = start + len(piece)
    return "".join((*pieces, text[end:]))


def _as_markdown(text: str, *, flat: bool = False) -> str:
    """Convert a text without code blocks. `flat` writes one line."""
    writer = MarkdownWriter(text, flat=flat)
    end, end_tags = 0, last_end_tags(text)
    skipped: tuple[str, int] | None = None
    for token in html_tokens(text):
        name = (token["name"] or "").lower()
        before, end = text[end : token.start()], token.end()
        if skipped is not None:
            skipped = _after_skipped_tag(skipped, name, closes=bool(token["end"]))
            continue
        writer.data(before)
        if token["kept"] or name not in ELEMENTS:
            writer.keep("" if flat and token[0].startswith("<!--") else _kept(token))
        elif token["end"]:
            writer.close(name)
        else:
            attributes = attributes_of(token["rest"])
            hidden = hides(attributes)
            if name in DROPPED or hidden:
                skipped = (name, 1) if has_content(token, end_tags, hidden=hidden) else None
            else:
                writer.open(name, attributes, token.span())
    if skipped is None:
        writer.data(text[end:])
    return writer.finished()


def _kept(token: re.Match[str]) -> str:
    """Return what is not HTML unchanged; a harmful autolink as code, and an unknown tag with attributes as text."""
    if token["kept"]:
        is_harmful = token[0].startswith("<") and not token[0].startswith("<!--") and harm(token[0][1:-1])
        return inert.code(token[0][1:-1]) if is_harmful else token[0]
    return f"&lt;{token[0][1:]}" if token["rest"].strip(" /") else token[0]


def _after_skipped_tag(skipped: tuple[str, int], name: str, *, closes: bool) -> tuple[str, int] | None:
    """Return the skipped element and its nesting depth after a tag; None if the tag closes it."""
    element, depth = skipped
    if name != element:
        return skipped
    depth += -1 if closes else 0 if element in RAW else 1
    return (element, depth) if depth else None
