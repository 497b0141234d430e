"""Recognises the labels of a rule's body, and what an author meant as one: another emphasis, a typing error."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix
from skills_build.frozen import dataclass
from skills_build.source.dialect import LABELS
from skills_build.source.document import Block, Inline
from skills_build.source.similar import nearest
from skills_build.source.values import day_named, is_month_or_day, status_problem

BOLD: Final = re.compile(r"(?<!\*)\*\*([A-Za-z][A-Za-z ]{1,24}?)(?::\*\*|\*\*:)(?!\*)")
"""A label as it is written."""
_COLON: Final = "[:\N{FULLWIDTH COLON}]"
_LEAD: Final = re.compile(
    rf"[ \t]*+(?P<mark>\*{{1,3}}|_{{1,3}}|)[ \t]*+(?P<word>[A-Za-z][A-Za-z ]{{1,24}}?)"
    rf"[ \t]*+(?:(?P<inner>{_COLON})[ \t]*+(?P=mark)|(?P=mark)[ \t]*+(?P<outer>{_COLON})"
    r"|(?P=mark)[ \t]*+(?:$|[-\u2013\u2014](?=[ \t])))",
    re.MULTILINE,
)
"""The start of a line that is a word in any emphasis, or none, with a colon or alone."""
_ALIASES: Final = {
    "exceptions": "except",
    "exception": "except",
    "rationale": "why",
    "reason": "why",
    "example": "good",
    "replaced by": "use instead",
}
_OTHER_WORDS: Final = frozenset({"then", "note", "notes", "where", "who", "what"})
"""Words that are near a label and are none."""
_ALONE: Final = frozenset(
    {
        "why",
        "except",
        "applies to",
        "status",
        "withdrawn",
        "use instead",
        "instead of",
        "change",
        "maps to",
        "decided by",
        "audience",
    }
)
"""Labels that are not also a verb with which a sentence may start, so that they are meant without a colon too."""
_IN_LISTS: Final = _ALONE | {"when"}


@dataclass(frozen=True, slots=True)
class Lead:
    """The start of a piece of a paragraph. `name` is that of a label; `meant` is the label it looks like."""

    start: int
    end: int
    name: str | None = None
    meant: str | None = None
    word: str = ""
    plain: bool = False


def leads(text: str, names: Mapping[str, str], *, strict: bool, own: tuple[str, ...] = ()) -> tuple[Lead, ...]:
    """Return the labels of a paragraph in order, and in a `strict` dialect what looks like one at the start of a line.

    `names` maps words to labels; those in `own` may have any emphasis. After the first label of a line, more may follow
    in it.
    """
    found = [Lead(m.start(), m.end(), names[m[1].lower()]) for m in BOLD.finditer(text) if m[1].lower() in names]
    for match in own_labels(own).finditer(text) if own else ():
        if not any(lead.start < match.end() and match.start() < lead.end for lead in found):
            found.append(Lead(match.start(), match.end(), names[match["name"].lower()]))
    found.sort(key=lambda lead: lead.start)
    first = next((lead.start for lead in found if _at_line(text, lead.start)), len(text))
    labels = [lead for lead in found if lead.start >= first]
    if strict:
        labels.extend(_near(text, {lead.start for lead in labels}, tuple(names)))
    return tuple(sorted(labels, key=lambda lead: lead.start))


@lru_cache(maxsize=64)
def own_labels(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for the labels of a dialect at the start of a line, in any emphasis or none: `*Why?*:`."""
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    ends = r":(?P=mark)|(?P=mark):|(?<=\?)(?P=mark)(?!\w)"
    return re.compile(rf"(?:^|(?<=\n))(?P<mark>[*_]{{0,3}})(?P<name>{listed})(?:{ends})\s*", re.IGNORECASE)


def _at_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"


def _near(text: str, taken: set[int], names: tuple[str, ...]) -> Iterator[Lead]:
    for at in (0, *(m.end() for m in re.finditer("\n", text))):
        match = _LEAD.match(text, at)
        if match and at not in taken and (meant := _meant(match, names)):
            start = at + len(match[0]) - len(match[0].lstrip(" \t"))
            yield Lead(start, at + len(match[0].rstrip()), meant=meant, word=match["word"], plain=not match["mark"])


def _meant(match: re.Match[str], names: tuple[str, ...]) -> str | None:
    """Return the label that a lead looks like. Without emphasis only the exact word of a label does."""
    word, colon = match["word"].strip().lower(), match["inner"] or match["outer"]
    if word in names:
        if not colon:
            return word if match["mark"] in ("**", "__") and word in _ALONE else None
        return word if match["mark"] or match["word"][:1].isupper() else None
    return near_label(word, names) if colon and match["mark"] in ("**", "__", "***") else None


@lru_cache(maxsize=512)
def near_label(word: str, names: tuple[str, ...] = LABELS) -> str | None:
    """Return the label that a word was meant to be."""
    if word.lower() in _OTHER_WORDS:
        return None
    return _ALIASES.get(word.lower()) or nearest(word, names)


def misread_labels(blocks: Sequence[Block], names: Mapping[str, str], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each lead in the body of a rule that looks like a label and is not read as one."""
    for block in blocks:
        for paragraph, nested in _paragraphs(block):
            inline = paragraph.inline
            assert inline is not None
            for lead in leads(inline.text, names, strict=True):
                value = inline.text[lead.end :].split("\n")[0].strip().rstrip(".")
                if nested:
                    yield from _nested(lead, inline, path, value)
                elif lead.meant and not _is_prose(lead, value):
                    yield _misread(lead, inline, path, value)


def _paragraphs(block: Block) -> Iterator[tuple[Block, bool]]:
    if block.kind == "paragraph" and block.inline:
        yield block, False
    elif block.kind in ("list", "quote"):
        for item in block.children if block.kind == "list" else (block,):
            if item.children and item.children[0].kind == "paragraph" and item.children[0].inline:
                yield item.children[0], True


def _is_prose(lead: Lead, value: str) -> bool:
    """Return whether a word without emphasis is only the start of a sentence, such as `Status: 404`."""
    return (
        lead.plain
        and lead.meant in ("status", "withdrawn", "change", "audience")
        and not _changes_status(lead.meant, value)
    )


def _changes_status(name: str, value: str) -> bool:
    """Return whether a label and its value give a rule another status."""
    if name == "status":
        problem = status_problem(value)
        return problem is None or problem.suggestion is not None
    return name == "withdrawn" and (is_month_or_day(value[:7]) or bool(day_named(value)))


def _misread(lead: Lead, inline: Inline, path: str, value: str) -> Finding:
    name = str(lead.meant)
    meant = f"**{name.capitalize()}:**"
    span = inline.span(lead.start, lead.end)
    same = lead.word.strip().lower() == name
    ships_wrong = _changes_status(name, value)
    written = inline.text[lead.start : lead.end].strip()
    return Finding(
        code="CX040" if ships_wrong else "CX017",
        message=f"`{written}` is not read as a label" if same else f"`{written}` is not a label",
        path=path,
        span=span,
        help=f"write `{meant}`" if same else f"did you mean `{meant}`?",
        fix=Fix(title=f"write `{meant}`", edits=(Edit(span=span, text=meant),), unsafe=ships_wrong),
    )


def _nested(lead: Lead, inline: Inline, path: str, value: str) -> Iterator[Finding]:
    """Yield a finding for a label at the start of a list item or a quote, where labels are not read."""
    name = lead.name or lead.meant or ""
    if lead.start or name not in _IN_LISTS or lead.plain:
        return
    yield Finding(
        code="CX040" if _changes_status(name, value) else "CX017",
        message=f"`{inline.text[lead.start : lead.end].strip()}` in a list or quote is not read as a label",
        path=path,
        span=inline.span(lead.start, lead.end),
        help=f"start a paragraph with `**{name.capitalize()}:**`",
    )
