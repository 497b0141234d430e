"""Finds the normative sentences in the body of a rule: what it requires besides its statement.

A sentence is normative if it contains an upper-case level outside code (BCP 14). Labels that give reasons or facts are
not searched, and neither are those that belong to the statement.
"""

import re
from typing import Final

from skills_build.model.standard import Rule
from skills_build.source.candidates import visible_text
from skills_build.source.levels import read_levels

_NOT_SEARCHED: Final = frozenset(
    {"when", "use", "instead of", "except", "why", "see", "applies to", "status", "change", "withdrawn", "use instead"}
)
_NOT_PROSE: Final = re.compile(
    r"^ *(`{3,}|~{3,})[^\n]*$.*?(?:^ *\1[`~]*[ \t]*$|\Z)|<!--.*?(?:-->|\Z)", re.MULTILINE | re.DOTALL
)
_BREAK: Final = re.compile(
    r"(?<=[.!?])\s+|\n[ \t]*\n|\n[ \t>]*(?=(?:[-*+]|\d{1,9}[.)])[ \t])|\n(?=[ \t]*\|)|\n(?=\*\*)"
)
_OTHER_RULE: Final = re.compile(r"\([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d+\)\W*$")
_MARKER: Final = re.compile(r"^[ \t>]*(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]+")

_LEVEL: Final = re.compile(r"MUST|SHALL|SHAN|SHOULD|MAY|REQUIRED|RECOMMENDED|OPTIONAL|&[#A-Za-z]")
"""A quick test for text that may state a level, without reading it as Markdown."""
_EMPHASIS: Final = {ord(character): None for character in "*_~\\\u00ad\u200b\u200c\u200d\u2060\ufeff"}


def further_requirements(rule: Rule) -> tuple[str, ...]:
    """Return the sentences of a rule's body that contain a level, in order, each on one line.

    A sentence that ends with an id is another rule.
    """
    if not _LEVEL.search(rule.body.translate(_EMPHASIS)):
        return ()
    text = _NOT_PROSE.sub("\n\n", _without_labels(rule))
    sentences = (_MARKER.sub("", one.strip()) for one in _BREAK.split(text))
    return tuple(visible_text(one) for one in sentences if read_levels(one) and not _OTHER_RULE.search(one))


def _without_labels(rule: Rule) -> str:
    """Return the body without the labels that are not searched, from the last to the first: the lines above stay."""
    text = rule.body
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for label in sorted(rule.labels, key=lambda label: label.span, reverse=True):
        line = label.span.line - rule.body_line
        if label.name in _NOT_SEARCHED and 0 <= line < len(starts):
            head, tail = text[: starts[line]], text[starts[line] :]
            text = head + tail.replace(label.text, "", 1)
    return text
