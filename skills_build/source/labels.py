"""Recognises the labels of a rule's body: bold words with a colon, and those of a dialect.

A label starts a line, or follows the end of a sentence or a value in a line that starts with a label.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.model.standard import ONE_VALUE
from skills_build.source.dialect import LABELS, PartRules

BOLD: Final = re.compile(r"(?<!\*)\*\*([A-Za-z][A-Za-z ]{1,24}?)(?::\*\*|\*\*:)(?!\*)")
"""A label as it is written."""
_LIMITS: Final = re.compile(
    r"(?<=\s)(?:\*\*|__)(?P<word>Except(?:ions?)?|Unless|When|Only (?:if|when)|Applies to|Does not apply to)"
    r"(?:\*\*|__)(?![*_:])"
)
"""A bold word without a colon that limits a rule, if it starts a sentence."""
_SENTENCE_ENDS: Final = re.compile(r"(?:[.!?;\u2026\u3002\uff01\uff1f][)\"'\]*_`\u201d\u2019]{0,8}|<br\s*/?>)\s*\Z")
_LONGEST_END: Final = 80
"""Number of characters in which the end of a sentence in the middle of a line is looked for."""
_REST_IS_BLANK: Final = re.compile(r"[^\S\n]*+(?:\n|\Z)")
_VALUES: Final = frozenset({*ONE_VALUE, "applies to"})
"""Labels whose value ends where the next label begins."""
_IN_LINE: Final = "start a line with the label, or write it as code if it is only mentioned"
_PAIRS: Final = frozenset({("bad", "good"), ("good", "bad"), ("use", "instead of"), ("instead of", "use")})
"""Labels that are written as a pair on one line."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The start of a piece of a paragraph. `name` is that of a label; a `near` lead only looks like one."""

    start: int
    end: int
    name: str | None = None
    near: "NearLabel | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLabel:
    """Text that looks like a label. `meant` is the label, empty if it is not one; `write` is the replacement.

    `exact` is whether only its form is wrong, and its word is that of the label; `sure` is whether it is at most a
    typing error of it. Without a `write`, `help` says what to do. It is `plain` without any emphasis, and `closed` if
    all of its emphasis is in the lead.
    """

    meant: str
    write: str = ""
    help: str = ""
    exact: bool = False
    sure: bool = False
    plain: bool = False
    closed: bool = True
    sets_status: bool = False
    """Whether the word itself is a status, as in `**Deprecated:**`."""
    of_code: bool = False
    """Whether it is a label only if a code block follows."""
    inside: bool = False
    """Whether it is in the middle of a line."""


def label_names(rules: PartRules) -> dict[str, str]:
    """Return the label of each word, in lower case, that is one in a corpus."""
    return {**{name: name for name in LABELS}, **{k.lower(): v for k, v in rules.labels.items()}}


def leads(text: str, names: Mapping[str, str], own: tuple[str, ...] = ()) -> tuple[Lead, ...]:
    """Return the labels of a paragraph in order. What looks like a label in the middle of a sentence is text.

    `names` maps words to labels; those in `own` may have any emphasis.
    """
    found = [Lead(m.start(), m.end(), names[m[1].lower()]) for m in BOLD.finditer(text) if m[1].lower() in names]
    for match in own_labels(own).finditer(text) if own else ():
        if not any(lead.start < match.end() and match.start() < lead.end for lead in found):
            found.append(Lead(match.start(), match.end(), names[match["name"].lower()]))
    found.sort(key=lambda lead: lead.start)
    read: list[Lead] = []
    for lead in found:
        if _at_line(text, lead.start) or (read and _follows(text, read[-1], lead)):
            read.append(lead)
    return tuple(read)


def in_lines(
    text: str, plain: str, read: Sequence[Lead], names: Mapping[str, str], advice: str = _IN_LINE
) -> tuple[Lead, ...]:
    """Return what looks like a label with a value and is in the middle of a line, where it is only text.

    `plain` has spaces for code; what is struck out is not meant. `advice` is how to make it a label.
    """
    starts = {lead.start for lead in read}
    found = [
        (m, names[m[1].lower()]) for m in BOLD.finditer(plain) if m[1].lower() in names and m.start() not in starts
    ]
    found += [(m, _limit(m["word"])) for m in _LIMITS.finditer(plain) if _is_in_line(text, m.start())]
    strikes = [match.start() for match in re.finditer("~~", text)]
    return tuple(
        Lead(m.start(), m.end(), near=NearLabel(meant=meant, exact=True, help=advice, inside=True))
        for m, meant in found
        if not _REST_IS_BLANK.match(text, m.end()) and not bisect_left(strikes, m.start()) % 2
    )


def _limit(word: str) -> str:
    """Return the label that a bold word at the start of a sentence is meant as."""
    first = word.split()[0]
    return {"When": "when", "Only": "when", "Applies": "applies to"}.get(first, "except")


def _is_in_line(text: str, start: int) -> bool:
    """Return whether a place follows a sentence in its line."""
    return _SENTENCE_ENDS.search(text[max(text.rfind("\n", 0, start) + 1, start - _LONGEST_END) : start]) is not None


def is_after_sentence(text: str, last: Lead, at: int) -> bool:
    """Return whether the place `at` follows a label, with nothing or whole sentences between them."""
    between = text[last.end : at]
    return not between.strip() or _SENTENCE_ENDS.search(between) is not None


def _follows(text: str, last: Lead, lead: Lead) -> bool:
    """Return whether a label in a line follows what ends the label before it: a sentence, a value or nothing."""
    between = text[last.end : lead.start]
    if is_after_sentence(text, last, lead.start):
        return True
    return "\n" not in between and (last.name in _VALUES or (last.name, lead.name) in _PAIRS)


@lru_cache(maxsize=64)
def own_labels(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for the labels of a dialect at the start of a line, in any emphasis or none: `*Why?*:`."""
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    ends = r":(?P=mark)|(?P=mark):|(?<=\?)(?P=mark)(?!\w)"
    return re.compile(rf"(?:^|(?<=\n))(?P<mark>[*_]{{0,3}})(?P<name>{listed})(?:{ends})\s*", re.IGNORECASE)


def _at_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"
