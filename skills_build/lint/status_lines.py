"""Finds text in a body that states a status: a word on its own, a sentence about the rule, a table of facts."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from skills_build.frozen import dataclass
from skills_build.lint.prose import statement_prose
from skills_build.source.document import Block

STATUSES: Final = {
    "draft": "draft",
    "wip": "draft",
    "work in progress": "draft",
    "proposed": "draft",
    "proposal": "draft",
    "not approved": "draft",
    "not yet approved": "draft",
    "under review": "draft",
    "not yet in force": "draft",
    "not in force": "draft",
    "on hold": "draft",
    "deprecated": "deprecated",
    "obsolete": "deprecated",
    "outdated": "deprecated",
    "superseded": "withdrawn",
    "withdrawn": "withdrawn",
    "retired": "withdrawn",
    "rejected": "withdrawn",
    "do not use": "withdrawn",
}
"""Words for a status, and the status that they mean."""
WORDS: Final = "|".join(STATUSES).replace(" ", "[ ]")
_NAMED: Final = re.compile(
    rf"(?:status|state)(?:\s*[-=\u2013\u2014]+>?\s*|\s*\n:\s+)\W{{0,4}}(?P<word>{WORDS})\W{{0,4}}", re.IGNORECASE
)
"""A status behind the word, without emphasis: a dash, or a list of definitions."""
_IN_BOLD: Final = re.compile(
    rf"(?:\*\*|__)\W{{0,3}}(?P<word>{WORDS})(?:[.!](?:\*\*|__)|(?:\*\*|__)(?:[.!]|\s+[-\u2013\u2014])(?=\s))",
    re.IGNORECASE,
)
"""A status in bold that is a sentence of its own at the start of a paragraph."""
_STARTS: Final = re.compile(
    rf"\W{{0,4}}(?:(?P<word>{WORDS.upper()})\b(?=\s*(?:[:!,;(\u2013\u2014-]|(?:since|as\sof|from|in\sfavou?r\sof|by|on)\b))"
    r"|(?P<first>Deprecated|Obsolete|Superseded|Withdrawn|Retired)\s(?:since|as\sof|in\sfavou?r\sof|by)\b)"
)
"""A status at the start of a paragraph, in capitals or with its date or reason: `DEPRECATED since 2026: use ...`."""
_ALONE: Final = re.compile(
    rf"\W{{0,8}}(?:still\s+(?:an?\s+)?)?(?P<word>{WORDS})(?:\s+(?:rule|standard))?\W{{0,8}}",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(
    r"(?:\A|[.!?]\s+)\W{0,4}(?:this|the)\s+(?P<what>rule|standard|requirement|recommendation|guideline|section|page|document)\s+"
    r"(?:is|remains|was|has\s+been)\s+(?:(?:still|only|currently|now|just|already)\s+){0,2}(?:an?\s+)?(?:(?:early|first)\s+)?"
    rf"(?P<word>{WORDS})(?=\s*(?:[.!;,(]|\Z)|\s+(?:and|since|until|as\s+of|by|because)\b)",
    re.IGNORECASE,
)
_OTHER_SUBJECTS: Final = frozenset({"section", "page", "document", "standard"})
_ALERT: Final = re.compile(r"\A\[![A-Za-z]{1,12}\]\s*")
"""The first line of an alert: `[!NOTE]`."""
_EMPHASIS: Final = re.compile(r"[*_~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLine:
    """The words of a text that say a status. `of_rule` is whether they may be about the rule whose text they are in."""

    word: str
    of_rule: bool = True

    @property
    def status(self) -> str:
        """The status that the words say."""
        return STATUSES[" ".join(self.word.lower().split())]


def own_blocks(blocks: Sequence[Block], marks: Collection[int]) -> Iterator[Block]:
    """Yield the paragraphs and tables of a file, without the items of lists; `marks` are the lines of rules.

    A list may be one of statuses, and a table one of rules. The blocks below a rule that is an item are its body.
    """
    for block in blocks:
        if block.kind == "paragraph" or (
            block.kind == "table" and not any(row.first in marks for row in block.children)
        ):
            yield block
        elif block.kind == "item":
            yield from own_blocks(block.children[1:] if block.first in marks else (), marks)
            yield from own_blocks([child for child in block.children if child.kind == "list"], marks)
        elif block.kind in ("list", "quote"):
            yield from own_blocks(block.children, marks)


def status_line(block: Block) -> StatusLine | None:
    """Return the statement about a status in a paragraph or table; None if there is none."""
    if block.kind == "table":
        return _of_table(block)
    if block.kind != "paragraph" or block.inline is None:
        return None
    text = _ALERT.sub("", shown(block.inline.text).strip())
    written = _ALERT.sub("", block.inline.text.strip())
    if match := _ALONE.fullmatch(text) or _NAMED.fullmatch(written) or _IN_BOLD.match(written):
        return StatusLine(word=match["word"])
    if match := _STARTS.match(text):
        return StatusLine(word=match["word"] or match["first"])
    match = _SENTENCE.search(text)
    return StatusLine(word=match["word"], of_rule=match["what"].lower() not in _OTHER_SUBJECTS) if match else None


def _of_table(table: Block) -> StatusLine | None:
    """Return the status in a table of one or two columns with the word Status in front of it or above it."""
    rows = [[shown(cell.inline.text).strip() if cell.inline else "" for cell in row.children] for row in table.children]
    pairs = [(row[0], row[1]) for row in rows if len(row) == 2]
    if len(rows) == 2:
        pairs += list(zip(rows[0], rows[1], strict=False))
    for name, value in pairs:
        match = _ALONE.fullmatch(value) if name.strip(" :").lower() in ("status", "state") else None
        if match:
            return StatusLine(word=match["word"])
    return None


def shown(text: str) -> str:
    """Return a text without code and emphasis; square brackets stay, which may be those of a link."""
    return _EMPHASIS.sub("", statement_prose(text)).strip()
