"""The journal: the state of each repository at the last sync, in an append-only file that is only a cache.

One JSON line per repository and change; the last line of a repository is valid. Incomplete lines of an interrupted run
are ignored, and so are lines that this version of codexc does not understand; without the file, everything is re-read.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from codex.shell.atomic import append_to, write_file
from codex.shell.reading import read_file
from codex.sync.outcome import Outcome
from skills_build.errors import CodexError
from skills_build.model.release import Version

_COMPACT: Final = 4


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one repository: `head` identifies its commits and merge requests, `inputs` the configuration.

    `tree` is the digest of the codex it was compared with, `wanted` the digest of its desired content, and `brief` the
    inputs of that, as JSON: enough to determine whether another release changes the repository. `exact` is the commit
    on the codexc branch that was written by codexc or found to be exact. `blobs` are the ids of the files that were
    read from the commit `base`.

    `version` is the version that it should have, `adopted` the one on its default branch. `until` is the last day on
    which the entry is valid (`YYYY-MM-DD`), or empty. `since` is when the repository was first seen in this state with
    this version (RFC 3339), `opened` the day on which its merge request was opened. Each waiver is a rule, its owner,
    and its last day.
    """

    id: str
    head: str
    inputs: str
    outcome: Outcome
    tree: str = ""
    wanted: str = ""
    exact: str = ""
    brief: str = ""
    base: str = ""
    blobs: tuple[str, ...] = ()
    reason: str = ""
    url: str = ""
    version: str = ""
    adopted: str = ""
    until: str = ""
    since: str = ""
    opened: str = ""
    waivers: tuple[tuple[str, str, str], ...] = ()


def read_journal(path: Path) -> dict[str, JournalEntry]:
    """Return the entries of a journal by repository, without locking it; empty if the file does not exist."""
    return _parsed(read_file(path) if path.is_file() else b"")[0]


def _parsed(data: bytes) -> tuple[dict[str, JournalEntry], int]:
    """Return the entries by repository, and the number of lines."""
    decoder = msgspec.json.Decoder(JournalEntry)
    entries: dict[str, JournalEntry] = {}
    lines = data.split(b"\n")
    for line in lines:
        try:
            entry = decoder.decode(line)
            _check(entry)
        except (msgspec.MsgspecError, ValueError, CodexError):
            continue
        entries[entry.id] = entry
    return entries, len(lines)


def _check(entry: JournalEntry) -> None:
    """Read its times and its version, which others rely on. Raises `ValueError` or `CodexError`."""
    for day in (entry.until, entry.opened, *(last for _, _, last in entry.waivers)):
        if day:
            date.fromisoformat(day)
    if entry.since and datetime.fromisoformat(entry.since).tzinfo is None:
        raise ValueError(f"`{entry.since}` has no time zone")
    for version in (entry.version, entry.adopted):
        if version:
            Version.parse(version)


class Journal:
    """The journal of one fleet, locked for one run. Without a path, it is kept in memory and starts with `known`."""

    def __init__(self, path: Path | None, *, known: Iterable[JournalEntry] = ()) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, JournalEntry] = {journal_entry.id: journal_entry for journal_entry in known}
        self._file: BinaryIO | None = None
        if path is None:
            return
        with _journal_errors(path):
            self._file = append_to(path)
            data = read_file(path) if path.is_file() else b""
            self._known, lines = _parsed(data)
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
                f"another sync is running (`{path}`)", hint="wait for it to finish, or pass another --journal"
            ) from error

    def _rewrite(self, path: Path) -> None:
        assert self._file is not None
        write_file(path, b"".join(msgspec.json.encode(entry) + b"\n" for entry in self._known.values()))
        self._file.close()
        self._file = append_to(path)
        self._guard(path)

    @property
    def entries(self) -> Mapping[str, JournalEntry]:
        """Return the entries by repository."""
        return self._known

    def get(self, identity: str) -> JournalEntry | None:
        """Return the entry of a repository, None if there is none."""
        return self._known.get(identity)

    def put(self, *entries: JournalEntry) -> None:
        """Add entries, and flush them to disk."""
        with self._lock:
            changed = [entry for entry in entries if self._known.get(entry.id) != entry]
            self._known |= {entry.id: entry for entry in changed}
            if changed and self._path is not None and self._file is not None:
                with _journal_errors(self._path):
                    self._file.write(b"".join(msgspec.json.encode(entry) + b"\n" for entry in changed))
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
        hint = "nothing is lost: fix the problem and run it again, or pass another --journal"
        raise CodexError(f"the journal `{path}` cannot be written: {error.strerror or error}", hint=hint) from error
