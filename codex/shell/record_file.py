"""An append-only file with one record per repository, which is only a cache: a journal.

One JSON line per record and change; the last line with an id is valid. Incomplete lines of an interrupted run are
ignored, and so are lines that this version of codexc does not understand; without the file, everything is re-read.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Generic, Protocol, TypeVar

import msgspec

from codex.shell.atomic import append_to, write_file
from codex.shell.reading import not_regular, read_file
from skills_build.emit.json import encoded
from skills_build.errors import CodexError

_COMPACT: Final = 4
_MAX_BYTES: Final = 512 * 1024 * 1024
"""Bytes of a journal. One of a hundred thousand repositories is smaller, even before it is compacted."""


class Record(Protocol):
    """A record with an id."""

    @property
    def id(self) -> str:
        """What the record is about."""

    @property
    def codex(self) -> str:
        """The namespace of the codex whose run wrote it; empty in files of earlier versions."""


RecordT = TypeVar("RecordT", bound=Record)


def read_records(path: Path, decode: Callable[[bytes], RecordT]) -> dict[str, RecordT]:
    """Return the records of a file by id, without locking it; empty if the file does not exist."""
    return _parsed(read_file(path, max_bytes=_MAX_BYTES) if path.is_file() else b"", decode)[0]


def of_codex(decode: Callable[[bytes], RecordT], codex: str) -> Callable[[bytes], RecordT]:
    """Return a function that decodes a line as `decode` does, and raises `ValueError` for one of another codex.

    Two fleets may share a file. Their repositories and days have the same ids, but not the same rules.
    """

    def decoded(line: bytes) -> RecordT:
        record = decode(line)
        if record.codex not in ("", codex):
            raise ValueError(f"a record of {record.codex}")
        return record

    return decoded if codex else decode


def _parsed(data: bytes, decode: Callable[[bytes], RecordT]) -> tuple[dict[str, RecordT], int]:
    """Return the records by id, and the number of lines."""
    records: dict[str, RecordT] = {}
    lines = data.split(b"\n")
    for line in lines:
        try:
            record = decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError, CodexError):
            continue
        records[record.id] = record
    return records, len(lines)


class RecordFile(Generic[RecordT]):
    """A journal, locked for one run. Without a path, it is kept in memory and starts with `known`.

    `decode` returns the record of a line. It raises `MsgspecError`, `ValueError`, `RecursionError` or `CodexError`
    for one to ignore.
    """

    def __init__(self, path: Path | None, decode: Callable[[bytes], RecordT], *, known: Iterable[RecordT] = ()) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, RecordT] = {record.id: record for record in known}
        self._file: BinaryIO | None = None
        if path is None:
            return
        with _journal_errors(path):
            if path.is_fifo():
                raise not_regular(path)
            self._file = append_to(path)
            data = read_file(path, max_bytes=_MAX_BYTES) if path.is_file() else b""
            self._known, lines = _parsed(data, decode)
            self._guard(path)
            if lines > _COMPACT * max(len(self._known), 100):
                self._rewrite(path)
            elif data and not data.endswith(b"\n"):
                self._file.write(b"\n")

    def _guard(self, path: Path) -> None:
        """Lock the journal. Raises `CodexError` if another run has the lock."""
        try:
            import fcntl
        except ImportError:
            return
        assert self._file is not None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise CodexError(
                f"another sync is running (`{path}`)",
                hint="wait for the other sync to finish, or pass a different --journal",
            ) from error

    def _rewrite(self, path: Path) -> None:
        assert self._file is not None
        write_file(path, b"".join(encoded(record) + b"\n" for record in self._known.values()))
        self._file.close()
        self._file = append_to(path)
        self._guard(path)

    @property
    def entries(self) -> Mapping[str, RecordT]:
        """Return the records by id."""
        return self._known

    def get(self, identity: str) -> RecordT | None:
        """Return the record with an id, None if there is none."""
        return self._known.get(identity)

    def put(self, *records: RecordT) -> None:
        """Add records, and flush them to disk."""
        with self._lock:
            changed = [record for record in records if self._known.get(record.id) != record]
            self._known |= {record.id: record for record in changed}
            if changed and self._path is not None and self._file is not None:
                with _journal_errors(self._path):
                    self._file.write(b"".join(encoded(record) + b"\n" for record in changed))
                    self._file.flush()
                    os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file and release the lock."""
        if self._path is not None and self._file is not None:
            file, self._file = self._file, None
            with _journal_errors(self._path):
                file.close()


@contextmanager
def _journal_errors(path: Path) -> Iterator[None]:
    """Convert an `OSError` to a `CodexError` with the path and a hint."""
    try:
        yield
    except OSError as error:
        hint = "no data is lost: fix the problem and run the command again, or pass a different --journal"
        raise CodexError(f"the journal `{path}` cannot be written: {error.strerror or error}", hint=hint) from error
