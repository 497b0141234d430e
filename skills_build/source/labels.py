"""Recognises the labels of a rule's body at the start of a line: bold words with a colon, and those of a dialect."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from skills_build.frozen import dataclass
from skills_build.source.dialect import LABELS, PartRules

BOLD: Final = re.compile(r"(?<!\*)\*\*([A-Za-z][A-Za-z ]{1,24}?)(?::\*\*|\*\*:)(?!\*)")
"""A label as it is written."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The start of a piece of a paragraph. `name` is that of a label; a `near` lead only looks like one."""

    start: int
    end: int
    name: str | None = None
    near: "NearLabel | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLabel:
    """What looks like a label. `meant` is the label, empty if it is none; `write` is what to put in its place.

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


def label_names(rules: PartRules) -> dict[str, str]:
    """Return the label of each word, in lower case, that is one in a corpus."""
    return {**{name: name for name in LABELS}, **{k.lower(): v for k, v in rules.labels.items()}}


def leads(text: str, names: Mapping[str, str], own: tuple[str, ...] = ()) -> tuple[Lead, ...]:
    """Return the labels of a paragraph in order. After the first label of a line, more may follow in it.

    `names` maps words to labels; those in `own` may have any emphasis.
    """
    found = [Lead(m.start(), m.end(), names[m[1].lower()]) for m in BOLD.finditer(text) if m[1].lower() in names]
    for match in own_labels(own).finditer(text) if own else ():
        if not any(lead.start < match.end() and match.start() < lead.end for lead in found):
            found.append(Lead(match.start(), match.end(), names[match["name"].lower()]))
    found.sort(key=lambda lead: lead.start)
    first = next((lead.start for lead in found if _at_line(text, lead.start)), len(text))
    return tuple(lead for lead in found if lead.start >= first)


@lru_cache(maxsize=64)
def own_labels(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for the labels of a dialect at the start of a line, in any emphasis or none: `*Why?*:`."""
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    ends = r":(?P=mark)|(?P=mark):|(?<=\?)(?P=mark)(?!\w)"
    return re.compile(rf"(?:^|(?<=\n))(?P<mark>[*_]{{0,3}})(?P<name>{listed})(?:{ends})\s*", re.IGNORECASE)


def _at_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"
