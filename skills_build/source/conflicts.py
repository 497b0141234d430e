"""Finds the marks of a merge conflict that was committed: both sides would ship, with the marks between them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Finding, Span
from skills_build.source.preprocess import fenced_lines

_MARK: Final = re.compile(r"(?:<{7}|>{7})(?: .*)?|<{7}|>{7}")
_BASE: Final = re.compile(r"\|{7} [^|\n]*[^|\s][^|\n]*")
"""The mark above the version that both sides started from."""
_MIDDLE: Final = "======="
"""The mark between the sides. Below a line of text, it is the underline of a heading."""
_SHOWN_IN: Final = frozenset(
    {"", "diff", "patch", "text", "txt", "console", "sh", "shell", "bash", "git", "markdown", "md"}
)
"""Languages of code blocks that may show what a conflict looks like."""


def conflict_findings(lines: Sequence[str], *, path: str) -> tuple[Finding, ...]:
    """Return one finding for each conflict, from its first mark to its last."""
    marks = conflict_marks(lines)
    inner = [number for number, line in enumerate(lines) if _is_inner(number, line, lines)]
    if not marks and not inner:
        return ()
    shown = _shown_lines(lines)
    pairs = list(_pairs([number for number in marks if not shown[number]], lines))
    left = (number for number in inner if not shown[number] and not any(a <= number <= b for a, b in pairs))
    places = sorted([*pairs, *((number, number) for number in left)])
    return tuple(_finding(first, last, lines, path) for first, last in places)


def conflict_marks(lines: Sequence[str]) -> list[int]:
    """Return the indexes of all lines with a mark, also of those in code blocks that show a conflict."""
    starts = ("<<<<<<<", ">>>>>>>")
    return [number for number, line in enumerate(lines) if line.startswith(starts) and _MARK.fullmatch(line)]


def _is_inner(number: int, line: str, lines: Sequence[str]) -> bool:
    """Return whether a line is a mark that has the sides of a conflict around it, such as `=======`."""
    above = lines[number - 1].strip() if number else ""
    if line.startswith("|||||||"):
        return not above.startswith("|") and _BASE.fullmatch(line) is not None
    return line == _MIDDLE and (not above or above.startswith("#"))


def _pairs(marks: Sequence[int], lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each conflict; a mark that is left alone is a conflict by itself."""
    start = None
    for number in marks:
        if lines[number].startswith("<"):
            if start is not None:
                yield start, start
            start = number
        else:
            yield number if start is None else start, number
            start = None
    if start is not None:
        yield start, start


def _shown_lines(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether it is in a code block that may show a conflict."""
    result: list[bool] = []
    before, shows = False, False
    for line, code in zip(lines, fenced_lines(lines), strict=True):
        if code and not before:
            shows = line.strip(" \t`~>").split(" ")[0].lower() in _SHOWN_IN
        before = code
        result.append(code and shows)
    return result


def _finding(first: int, last: int, lines: Sequence[str], path: str) -> Finding:
    several = first != last
    return Finding(
        code="CX044",
        message="merge conflict: both sides are in the file" if several else "merge conflict marker in the text",
        path=path,
        span=Span(first + 1, 1, last + 1, len(lines[last]) + 1),
        help="keep one side and remove the markers" if several else "remove it",
    )
