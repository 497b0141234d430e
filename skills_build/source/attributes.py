"""Attribute lists after headings, which name their anchors: `## Title {#id}` of GitBook, kramdown, MkDocs and mdBook.

GitHub and GitLab show them as text, so our own format does not have them.
"""

import re
from typing import Final

_TOKEN: Final = r"(?:[#.][\w:-][\w:.-]*|[\w-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[\w-]+))"
_LIST: Final = re.compile(rf"\{{:?[ \t]*{_TOKEN}(?:[ \t]+{_TOKEN})*[ \t]*\}}")
_ID: Final = re.compile(r"(?:^\{:?[ \t]*+|(?<=[ \t]))#([\w:-][\w:.-]*+)")


def anchor_ids(text: str) -> tuple[str, ...]:
    """Return the ids that the attribute lists of a text give, in order."""
    if "{" not in text:
        return ()
    return tuple(found[1] for listed in _LIST.finditer(text) if (found := _ID.search(listed[0])))


def without_attributes(text: str) -> str:
    """Return a text without the attribute list at its end."""
    stripped = text.rstrip()
    if not stripped.endswith("}"):
        return text
    start = next((m.start() for m in _LIST.finditer(stripped) if m.end() == len(stripped)), None)
    return text if start is None else stripped[:start].rstrip()
