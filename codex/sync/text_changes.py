"""Finds the changes of words between two texts, with the words around them. Pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Final

from skills_build.frozen import dataclass

WORD: Final = re.compile(r"\S+")
CONTEXT: Final = 6
"""Words before and after an edit that are compared at most."""
_LINES: Final = 3
"""Number of lines around a changed line from which these words are taken."""
MAX_WORDS: Final = 500
"""Maximum number of words in one change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChange:
    """Words that were replaced, with those before and after them.

    `text` is what is there now; `gap` and `next_gap` are the white space before and after it.
    """

    removed: tuple[str, ...]
    text: str
    gap: str
    next_gap: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    old_lines: tuple[int, int]
    """The first and the last line of the old text, from 0."""
    new_line: int
    """The line of the new text, from 0."""


def equal_lines(before: Sequence[str], after: Sequence[str]) -> int:
    """Return the number of equal lines at the start."""
    pairs = zip(before, after, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def text_changes(before: Sequence[str], after: Sequence[str], equal: tuple[int, int]) -> Iterator[TextChange]:
    """Yield the changes of words between two texts; `equal` lines at the start and the end are the same."""
    for tag, i1, i2, j1, j2 in _grouped(before, after, equal):
        if tag == "delete":
            yield from _deletions(before, i1, i2, j1)
        elif tag == "insert":
            yield from _insertion(before, after, i1, (j1, j2))
        if tag != "replace":
            continue
        top, bottom = min(_LINES, i1, j1), min(_LINES, len(before) - i2, len(after) - j2)
        old_part = "\n".join(before[i1 - top : i2 + bottom])
        new_part = "\n".join(after[j1 - top : j2 + bottom])
        yield from _word_changes(old_part, new_part, i1 - top, j1 - top)


def _deletions(before: Sequence[str], first: int, end: int, new_line: int) -> Iterator[TextChange]:
    """Yield a change for each line that was deleted."""
    for number in range(first, end):
        if before[number].strip():
            yield TextChange(
                removed=tuple(before[number].split()),
                text="",
                gap="",
                next_gap="",
                before=_last_words(before[max(0, number - _LINES) : number]),
                after=_first_words(before[number + 1 : number + 1 + _LINES]),
                old_lines=(number, number),
                new_line=new_line,
            )


def _insertion(
    before: Sequence[str], after: Sequence[str], old_line: int, lines: tuple[int, int]
) -> Iterator[TextChange]:
    """Yield the change of lines that were added."""
    written = [number for number in range(*lines) if after[number].strip()]
    above = [number for number in range(old_line) if before[number].strip()]
    if not written or not above:
        return
    empty = sum(1 for _ in takewhile(lambda line: not line.strip(), reversed(after[: written[0]])))
    yield TextChange(
        removed=(),
        text="\n".join(after[written[0] : written[-1] + 1]).rstrip(),
        gap="\n" * (empty + 1),
        next_gap="\n",
        before=_last_words(before[max(0, above[-1] - _LINES) : old_line]),
        after=_first_words(before[old_line : old_line + _LINES]),
        old_lines=(above[-1], above[-1]),
        new_line=written[0],
    )


def _last_words(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(lines).split()[-CONTEXT:])


def _first_words(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(lines).split()[:CONTEXT])


def _grouped(
    before: Sequence[str], after: Sequence[str], equal: tuple[int, int]
) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield the differences of lines; where as many lines are replaced by others, each one for itself."""
    top, bottom = equal
    left, right = before[top : len(before) - bottom], after[top : len(after) - bottom]
    for tag, *span in SequenceMatcher(None, left, right).get_opcodes():
        i1, i2, j1, j2 = (place + top for place in span)
        if tag == "replace" and i2 - i1 == j2 - j1:
            yield from (("replace", i1 + n, i1 + n + 1, j1 + n, j1 + n + 1) for n in range(i2 - i1))
        else:
            yield tag, i1, i2, j1, j2


def _word_changes(old: str, new: str, old_line: int, new_line: int) -> Iterator[TextChange]:
    left, right = list(WORD.finditer(old)), list(WORD.finditer(new))
    before, after = [word.group() for word in left], [word.group() for word in right]
    for tag, i1, i2, j1, j2 in SequenceMatcher(
        None, before, after, autojunk=len(before) * len(after) > MAX_WORDS**2
    ).get_opcodes():
        if tag == "equal":
            continue
        text = new[right[j1].start() : right[j2 - 1].end()] if j2 > j1 else ""
        gap = new[right[j1 - 1].end() : right[j1].start()] if j2 > j1 >= 1 else " "
        next_gap = new[right[j2 - 1].end() : right[j2].start()] if len(right) > j2 > j1 else "\n"
        first = left[i1] if i2 > i1 else left[i1 - 1] if i1 else None
        last = left[i2 - 1] if i2 else None
        there = right[j1] if j2 > j1 else right[j1 - 1] if j1 else None
        yield TextChange(
            removed=tuple(before[i1:i2]),
            text=text,
            gap=gap,
            next_gap=next_gap,
            before=tuple(before[max(0, i1 - CONTEXT) : i1]),
            after=tuple(before[i2 : i2 + CONTEXT]),
            old_lines=(old_line + _line_of(old, first), old_line + _line_of(old, last)),
            new_line=new_line + _line_of(new, there),
        )


def _line_of(text: str, word: "re.Match[str] | None") -> int:
    return text.count("\n", 0, word.start()) if word else 0
