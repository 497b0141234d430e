"""The ledger of usage: one JSON line for each question that was sent or answered from an earlier run.

Lines are only ever appended. A line that is damaged is counted, and does not hide the others.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from codex.shell.atomic import append_to
from codex.shell.reading import read_file
from skills_build.emit.json import encoded
from skills_build.errors import CodexError

MAX_LEDGER: Final = 256 * 1024 * 1024
"""Maximum size of a ledger, in bytes."""
_MODE: Final = 0o600


class UsageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `cost` is in millionths of `currency`, None if the model has no price.

    `outcome` is `answered`, `refused` (the response was not an answer), `failed` (the request failed) or `cached`.
    """

    at: str
    run: str
    task: str
    model: str
    outcome: str
    team: str = ""
    source: str = ""
    codex: str = ""
    rules: tuple[str, ...] = ()
    status: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    cost: int | None = None
    currency: str = "USD"


class Ledger:
    """A ledger to which rows are added; without a path, nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._started = False

    def require_writable(self) -> None:
        """Raise `CodexError` if no row can be added, before anything is spent."""
        if self._path is not None and not self._started:
            with _errors(self._path), append_to(self._path, mode=_MODE):
                pass

    def add(self, row: UsageRow) -> None:
        """Append a row, as one write, and flush it to disk. Raises `CodexError` if that fails."""
        if self._path is None:
            return
        with _errors(self._path), append_to(self._path, mode=_MODE) as file:
            start = b"" if self._started or _ends_a_line(self._path) else b"\n"
            file.write(start + encoded(row) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._started = True


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "pass another file with `--ledger`"
        raise CodexError(f"the ledger `{path}` cannot be written: {error.strerror}", hint=hint) from error


def _ends_a_line(path: Path) -> bool:
    """Return whether a file ends with a line break; the last line of an interrupted run does not."""
    data = read_file(path, max_bytes=MAX_LEDGER)
    return not data or data.endswith(b"\n")


def read_ledger(path: Path) -> tuple[tuple[UsageRow, ...], tuple[int, ...]]:
    """Return the rows of a ledger, and the numbers of damaged lines. Raises `CodexError` if it cannot be read."""
    try:
        data = read_file(path, max_bytes=MAX_LEDGER)
    except OSError as error:
        hint = "commands with `--gateway` record usage in a ledger: pass the file that was given to `--ledger`"
        raise CodexError(f"the ledger `{path}` cannot be read: {error.strerror or error}", hint=hint) from error
    decoder = msgspec.json.Decoder(UsageRow)
    rows, damaged = [], []
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            if line.strip():
                rows.append(decoder.decode(line))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            damaged.append(number)
    return tuple(rows), tuple(damaged)
