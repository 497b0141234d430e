"""Finds changed lines that only have another layout: they moved, or are indented, aligned or wrapped differently.

Spaces, line breaks, commas, semicolons and the kind of quotes are layout; all else counts.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

_TOKEN: Final = re.compile(r"\w+|[^\w\s,;]")
_QUOTES: Final = {"'": '"', "`": '"'}
MAX_TEXT: Final = 50_000
"""The characters of a file's changed lines that are compared in all layouts; in more, only spaces are layout."""
MAX_CALL: Final = 500
"""The characters of a call that is searched as one line, at most."""


def same_text(old: Sequence[str], new: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """Return for each removed and each added line whether the other side has its text in any layout."""
    is_large = sum(map(len, (*old, *new))) > MAX_TEXT
    before, after = ([" ".join(line.split()) if is_large else _key(line) for line in side] for side in (old, new))
    gone, come = list(_paired(before, after)), list(_paired(after, before))
    if not old or not new or is_large:
        return gone, come
    gone = list(_wrapped(before, gone, _text(after), frozenset(after)))
    kept = [line if is_same else "\n" for line, is_same in zip(before, gone, strict=True)]
    return gone, list(_wrapped(after, come, _text(kept), frozenset(before)))


def joined_calls(rows: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield each call that is wrapped over several of these lines as one line, with the number of its first one."""
    start, parts, open_ = 0, list[str](), 0
    last = size = 0
    for number, text in rows:
        if parts and number and number != last + 1:
            parts, open_, size = [], 0, 0
        last = number
        if not text.strip():
            continue
        start = start if parts else number
        open_ += text.count("(") - text.count(")")
        parts.append(text.strip() if parts else text.rstrip())
        size += len(parts[-1])
        if open_ > 0 and size <= MAX_CALL:
            continue
        if open_ <= 0 and len(parts) > 1:
            yield start, "".join(f"{part} " if part.endswith(",") else part for part in parts)
        parts, open_, size = [], 0, 0


def _key(line: str) -> str:
    """Return a line as it is compared, with one space between tokens."""
    return " ".join(_QUOTES.get(token, token) for token in _TOKEN.findall(line))


def _paired(lines: Sequence[str], others: Sequence[str]) -> Iterator[bool]:
    """Yield whether each line is also on the other side, each of which counts once."""
    left = Counter(others)
    for line in lines:
        yield not line or left[line] > 0
        left[line] -= 1


def _wrapped(lines: Sequence[str], same: Sequence[bool], text: str, whole: frozenset[str]) -> Iterator[bool]:
    """Yield whether each line is the same, or part of the text of the other side and none of its whole lines."""
    for line, is_same in zip(lines, same, strict=True):
        yield is_same or (line not in whole and f" {line} " in text)


def _text(lines: Sequence[str]) -> str:
    return f" {' '.join(lines)} "
