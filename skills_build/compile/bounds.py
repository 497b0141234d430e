"""Finds what completes or limits the sentence of a rule, in its body and around it: a change of it is a rewording."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from skills_build.model.standard import ONE_VALUE

_LABEL: Final = re.compile(r"[ \t]*(?:[-*+] )?\*\*[^*\n]{1,40}(?::\*\*|\*\*:)")
_FACT: Final = re.compile(rf"[ \t]*\*\*(?:{'|'.join((*ONE_VALUE, 'applies to'))})(?::\*\*|\*\*:)", re.IGNORECASE)
"""A label with a value, which the text below it does not belong to."""
_LIST: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_REFERS: Final = re.compile(r"\b(?:below|following|these|this|as follows)\b", re.IGNORECASE)
"""Words of a sentence that refers to the text after it."""
_END: Final = re.compile(r"\W*")
_LIMITS: Final = re.compile(
    r"(?:\W|\b(?:and|but)\b)*(?:unless|except|exceptions?|excluded|only (?:if|when|where|for|in|on|to)"
    r"|(?:but )?not (?:if|when|where|for|in|on|to)|(?:this|it|that|the rule) (?:applies|does not|holds|only|is not))\b",
    re.IGNORECASE,
)
"""The start of a paragraph that says where a rule does not hold, or where alone it does."""
_RULES_OVER: Final = re.compile(
    r"\b(?:[Oo]nly|[Ee]xcept(?:ions?)?|[Uu]nless|[Aa]ppl(?:y|ies)|[Ee]xempt(?:ed|s)?|[Ee]xclud(?:ed?|es)"
    r"|(?:in|out of) scope|(?:does|do) not (?:cover|concern|extend|hold)|[Nn]ot covered"
    r"|MUST|SHALL|REQUIRED|SHOULD|RECOMMENDED|MAY|OPTIONAL)\b"
)
"""Words of a text around rules that say what they apply to or require."""
_HEADING: Final = re.compile(r"[ \t]*#{1,6}[ \t]+(.*)")
_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})")


def bounds(sentence: str, body: str) -> tuple[str, ...]:
    """Return the pieces of a body that belong to the requirement, each on one line, in order.

    These are the block below a sentence that refers to it, a list that opens the body, paragraphs and sections that
    name exceptions, and the footnotes of the sentence.
    """
    blocks = list(text_blocks(body))
    first = next((block for block in blocks if not _FACT.match(block[0])), None)
    pieces = [first] if first and _completes(sentence, first) else []
    for number, block in enumerate(blocks):
        heading = _HEADING.fullmatch(block[0])
        if heading and _LIMITS.match(heading[1]):
            pieces += takewhile(lambda one: not _HEADING.match(one[0]), blocks[number + 1 :])
        elif not (heading or _LABEL.match(block[0])) and (_LIMITS.match(block[0]) or _is_footnote(block[0], sentence)):
            pieces.append(block)
    return tuple(dict.fromkeys(" ".join(" ".join(piece).split()) for piece in pieces))


def limits(text: str) -> tuple[str, ...]:
    """Return the paragraphs of the text around rules that say what the rules apply to or require, each on one line."""
    kept = (block for block in text_blocks(text) if not _is_other(block[0]))
    lines = (" ".join(" ".join(block).split()) for block in kept)
    return tuple(dict.fromkeys(line for line in lines if _LIMITS.match(line) or _RULES_OVER.search(line)))


def _is_other(line: str) -> bool:
    """Return whether a block starts with a heading, a fence or a label."""
    return bool(_HEADING.match(line) or _FENCE.match(line) or _LABEL.match(line))


def _completes(sentence: str, first: Sequence[str]) -> bool:
    if _LABEL.match(first[0]) or _HEADING.match(first[0]):
        return False
    end = _END.match(sentence[::-1])
    return bool(_LIST.match(first[0]) or (end and ":" in end[0]) or _REFERS.search(sentence))


def _is_footnote(line: str, sentence: str) -> bool:
    note = re.match(r"[ \t]*(\[\^[^\]\s]{1,40}\]):", line)
    return note is not None and note[1] in sentence


def text_blocks(body: str) -> Iterator[list[str]]:
    """Yield the lines of each block: what is between empty lines, a heading, or a whole fence."""
    block: list[str] = []
    fence = ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            block.append(line)
            if mark and mark[1].startswith(fence) and not line.strip(" \t`~"):
                fence = ""
        elif line.strip() and not (block and (_HEADING.match(line) or _HEADING.match(block[0]))):
            block.append(line)
            fence = mark[1] if mark else ""
        else:
            if block:
                yield block
            block = [line] if line.strip() else []
            fence = mark[1] if mark and line.strip() else ""
    if block:
        yield block
