"""What the last sync knew of each repository: an append-only file, a cache and never the truth.

One JSON line a repository and change; the last line of a repository counts. A line that an interrupted run left half is
ignored, and so is one that this version of codexc does not understand; without the file everything is looked at again.
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
from codex.sync.outcome import Outcome
from skills_build.errors import CodexError
from skills_build.model.release import Version

_COMPACT: Final = 4


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What was true of one repository: `head` names its tips and requests, `inputs` what was asked for it.

    `tree` is the digest of the codex it was compared with, `wanted` that of what it should hold by it, and `brief` what
    this followed from, as JSON: enough to tell whether another release wants anything else. `exact` is the commit on
    our branch that was found to be exactly what was wanted, or was written. `blobs` are the ids of the
    files that were read of the commit `base`.

    `version` is that of what it should hold, `adopted` of what its default branch holds. `until` is the last day for
    which all this is known (`YYYY-MM-DD`), or empty. `since` is when the repository was first seen in this state of
    this version (RFC 3339), `opened` the day on which its request was opened. Each of `waivers` is a rule, who answers
    for it, and its last day.
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
    """What a journal knows, by repository, whoever is writing it; a file that is not there knows nothing."""
    return _parsed(path.read_bytes() if path.is_file() else b"")[0]


def _parsed(data: bytes) -> tuple[dict[str, JournalEntry], int]:
    """What is known, and how many lines there are."""
    decoder = msgspec.json.Decoder(JournalEntry)
    known: dict[str, JournalEntry] = {}
    lines = data.split(b"\n")
    for line in lines:
        try:
            one = decoder.decode(line)
            _check(one)
        except (msgspec.MsgspecError, ValueError, CodexError):
            continue
        known[one.id] = one
    return known, len(lines)


def _check(one: JournalEntry) -> None:
    """Read its times and its version, which others rely on. Raises `ValueError` or `CodexError`."""
    for day in (one.until, one.opened, *(last for _, _, last in one.waivers)):
        if day:
            date.fromisoformat(day)
    if one.since and datetime.fromisoformat(one.since).tzinfo is None:
        raise ValueError(f"`{one.since}` is of no time zone")
    for version in (one.version, one.adopted):
        if version:
            Version.parse(version)


class Journal:
    """The journal of one fleet, locked for one run; without a path it knows what it is told, and keeps nothing."""

    def __init__(self, path: Path | None, *, known: Iterable[JournalEntry] = ()) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, JournalEntry] = {journal_entry.id: journal_entry for journal_entry in known}
        self._file: BinaryIO | None = None
        if path is None:
            return
        with _written(path):
            self._file = append_to(path)
            data = path.read_bytes() if path.is_file() else b""
            self._known, lines = _parsed(data)
            self._guard(path)
            if lines > _COMPACT * max(len(self._known), 100):
                self._rewrite(path)
            elif data and not data.endswith(b"\n"):
                self._file.write(b"\n")

    def _guard(self, path: Path) -> None:
        """Keep other runs of the same fleet away."""
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
                f"another sync is running (`{path}`)", hint="wait for it, or name another --journal"
            ) from error

    def _rewrite(self, path: Path) -> None:
        assert self._file is not None
        write_file(path, b"".join(msgspec.json.encode(one) + b"\n" for one in self._known.values()))
        self._file.close()
        self._file = append_to(path)
        self._guard(path)

    @property
    def known(self) -> Mapping[str, JournalEntry]:
        """What is known, by repository."""
        return self._known

    def get(self, identity: str) -> JournalEntry | None:
        """What is known of a repository."""
        return self._known.get(identity)

    def put(self, *several: JournalEntry) -> None:
        """Remember repositories; on disk before this returns."""
        with self._lock:
            news = [one for one in several if self._known.get(one.id) != one]
            self._known |= {one.id: one for one in news}
            if news and self._path is not None and self._file is not None:
                with _written(self._path):
                    self._file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in news))
                    self._file.flush()
                    os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let other runs in."""
        if self._path is not None and self._file is not None:
            file, self._file = self._file, None
            with _written(self._path):
                file.close()


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Say of which file a fault of the disk is, and what can be done."""
    try:
        yield
    except OSError as error:
        hint = "nothing is lost: run it again once that is mended, or name another --journal"
        raise CodexError(f"the journal `{path}` cannot be written: {error.strerror or error}", hint=hint) from error
