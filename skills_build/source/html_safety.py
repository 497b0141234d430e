"""Finds HTML and link targets in Markdown that do not reach a reader, because they run, load or hide something."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.html_tags import (
    ACTIVE,
    DROPPED,
    ELEMENTS,
    RAW,
    VOID,
    attributes_of,
    has_content,
    hides,
    html_tokens,
    last_end_tags,
    outside_code_blocks,
)

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HARMFUL_NAMES: Final = "javascript data vbscript livescript mocha file blob filesystem jar view-source command about"
_HARMFUL: Final = frozenset(_HARMFUL_NAMES.split())
"""Schemes of targets that run code, contain a document of their own or read local files."""
_IGNORED: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""White space and characters that a browser leaves out of a URL."""
_URL_ATTRIBUTES: Final = ("href", "src", "action", "formaction", "xlink:href", "background")


def harm(target: str) -> str:
    """Return why a link target must not reach a reader: its scheme or a user in its host; empty if it is harmless.

    Entities, white space and characters that browsers leave out are ignored (https://url.spec.whatwg.org/#url-parsing).
    """
    if target.startswith(("https://", "http://")) and "@" not in target and "\\" not in target:
        return ""
    plain = _IGNORED.sub("", html.unescape(target))
    plain = re.sub(r"^(?:%[01][0-9a-f]|%20)+", "", plain, flags=re.IGNORECASE)
    scheme = _SCHEME.match(plain.replace("\\", ""))
    if scheme and (scheme[1].lower() in _HARMFUL or scheme[1].lower().startswith("ms-")):
        return f"has the scheme `{scheme[1].lower()}`"
    authority = re.match(r"(?:https?:)?[/\\]{2,}([^/\\?#]*)", plain, re.IGNORECASE)
    if authority and "@" in authority[1]:
        return "has a user name or password before the host"
    return "contains another host without a scheme" if re.match(r"[/\\]{2}", plain) else ""


@dataclass(frozen=True, slots=True)
class UnsafeTag:
    """A tag that is left out or loses an effect. `start` and `end` are offsets in the text."""

    start: int
    end: int
    message: str


def unsafe_tags(text: str) -> Iterator[UnsafeTag]:
    """Yield each tag of a text that does not reach a reader, with the reason."""
    for start, piece in outside_code_blocks(text):
        raw, end_tags = "", last_end_tags(piece)
        for tag in html_tokens(piece):
            name = (tag["name"] or "").lower()
            if raw and not (tag["end"] and name == raw):
                continue
            raw = name if name in RAW and not tag["end"] and has_content(tag, end_tags, hidden=False) else ""
            for reason in _reasons(name, tag):
                yield UnsafeTag(start + tag.start(), start + tag.end(), reason)


def _reasons(name: str, tag: re.Match[str]) -> Iterator[str]:
    if name in ELEMENTS and not tag["end"]:
        yield from _element_reasons(name, attributes_of(tag["rest"]))
    elif name and tag["rest"]:
        yield from _handler_reasons(name, attributes_of(tag["rest"]))


def _element_reasons(name: str, attributes: Mapping[str, str]) -> Iterator[str]:
    if name == "frame" and "src" not in attributes:
        return  # a component of a site generator, not a frame of HTML, which loads a page
    if name in DROPPED and name in VOID:
        yield f"`<{name}>` is left out of skills"
    elif name in DROPPED:
        yield f"`<{name}>` and its content are left out of skills"
    elif name in ACTIVE:
        yield f"`<{name}>` is left out of skills; its text is kept"
    if hides(attributes):
        yield f"`<{name}>` hides its text and is left out of skills"
    yield from _handler_reasons(name, attributes)
    for key in _URL_ATTRIBUTES:
        reason = harm(attributes.get(key, ""))
        if reason:
            yield f"the `{key}` of `<{name}>` {reason}"


def _handler_reasons(name: str, attributes: Mapping[str, str]) -> Iterator[str]:
    for key in attributes:
        if re.fullmatch(r"on[a-z]{3,}|srcdoc", key):
            yield f"`{key}` of `<{name}>` would run code"
