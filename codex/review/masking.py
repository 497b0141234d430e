"""Removes credentials from lines that are sent to a model. A masked line cannot be quoted, so it gets no finding."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from codex.review.change import Change
from codex.review.packet import MAX_LINE
from skills_build.counts import counted
from skills_build.lint.rules.cx605_secret import secrets_in

MASK: Final = "[credential removed]"
_KEY_LINES: Final = 80
"""Maximum number of lines that are removed for one private key."""


class Masking:
    """The added lines of a change without credentials.

    Each file is masked as a whole: a question may show only a part of a private key, or the start of a long line.
    """

    def __init__(self, change: Change) -> None:
        self._added = {one.path: one.added for one in change.files}
        self._masked: dict[str, Mapping[int, str]] = {}
        self._removed: dict[str, int] = {}

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the files of a packet without credentials."""
        return [{**row, "added": [self._line(row["path"], number) for number, _ in row["added"]]} for row in rows]

    def notes(self) -> tuple[str, ...]:
        """Return a note for each file that was shown without its credentials."""
        return tuple(
            f"not shown to the model: {counted(count, 'credential')} in {path}" for path, count in self._removed.items()
        )

    def _line(self, path: str, number: int) -> list[Any]:
        if path not in self._masked:
            lines, removed = masked(self._added[path])
            self._masked[path] = dict(lines)
            if removed:
                self._removed[path] = removed
        return [number, self._masked[path][number][:MAX_LINE]]


def masked(added: Sequence[Sequence[Any]]) -> tuple[list[list[Any]], int]:
    """Return lines of a packet, `[number, text]`, without credentials, and how many were removed."""
    rows = [list(line) for line in added]
    texts = [str(text) for _, text in rows]
    count = 0
    for number, start, end, kind in reversed(list(secrets_in(texts))):
        count += 1
        line = texts[number]
        rows[number][1] = f"{str(rows[number][1])[:start]}{MASK}{str(rows[number][1])[end:]}"
        if kind == "a_private_key":
            rows[number][1] = f"{line[:start]}{MASK}"
            for below in range(number + 1, min(number + _KEY_LINES, len(rows))):
                over = "-----END" in texts[below]
                rows[below][1] = MASK
                if over:
                    break
    return rows, count
