"""Removes credentials from lines that are sent to a model. A masked line cannot be quoted, so it gets no finding."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from skills_build.counts import counted
from skills_build.lint.rules.cx605_secret import secrets_in

MASK: Final = "[credential removed]"
_KEY_LINES: Final = 80
"""Maximum number of lines that are removed for one private key."""


def masked_files(rows: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the files of a packet without credentials, and a note for each file that had some."""
    files, notes = [], []
    for row in rows:
        lines, removed = masked(row["added"])
        files.append({**row, "added": lines})
        if removed:
            notes.append(f"not shown to the model: {counted(removed, 'credential')} in {row['path']}")
    return files, notes


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
