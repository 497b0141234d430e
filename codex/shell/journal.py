"""What the last sync knew of each repository: an append-only file, a cache and never the truth.

One JSON line a repository and change; the last line of a repository counts. A line that an interrupted run left half is
ignored; without the file everything is looked at again.
"""

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from skills_build.errors import CodexError

_COMPACT: Final = 4


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was true of one repository: `head` names its tips and requests, `inputs` what was asked for it.

    `tree` is the digest of the codex it was compared with, `wanted` that of what it should hold by it, and `brief` what
    this followed from, as JSON: enough to tell whether another release wants anything else. `blobs` are the ids of the
    files that were read of the commit `base`.
    `until` is the last day for which that is known (`YYYY-MM-DD`), or empty. `since` is when the repository was first
    seen in this state of this version (RFC 3339), `opened` the day on which its request was opened. Each of `waivers`
    is a rule, who answers for it, and its last day.
    """

    id: str
    head: str
    inputs: str
    outcome: str
    tree: str = ""
    wanted: str = ""
    brief: str = ""
    base: str = ""
    blobs: tuple[str, ...] = ()
    reason: str = ""
    url: str = ""
    version: str = ""
    until: str = ""
    since: str = ""
    opened: str = ""
    waivers: tuple[tuple[str, str, str], ...] = ()


def read_journal(path: Path) -> dict[str, Known]:
    """What a journal knows, by repository, whoever is writing it; a file that is not there knows nothing."""
    return _parsed(path.read_bytes() if path.is_file() else b"")[0]


def _parsed(data: bytes) -> tuple[dict[str, Known], int]:
    """What is known, and how many lines there are."""
    decoder = msgspec.json.Decoder(Known)
    known: dict[str, Known] = {}
    lines = data.split(b"\n")
    for line in lines:
        try:
            one = decoder.decode(line)
        except (msgspec.MsgspecError, ValueError):
            continue
        known[one.id] = one
    return known, len(lines)


class Journal:
    """The journal of one fleet, locked for one run; without a path it knows what it is told, and keeps nothing."""

    def __init__(self, path: Path | None, *, known: Iterable[Known] = ()) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {one.id: one for one in known}
        self._file = None
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known, lines = _parsed(path.read_bytes() if path.is_file() else b"")
        self._file = path.open("ab")
        self._guard(path)
        if lines > _COMPACT * max(len(self._known), 100):
            self._rewrite(path)

    def _guard(self, path: Path) -> None:
        """Keep other runs of the same fleet away."""
        try:
            import fcntl
        except ImportError:
            return
        assert self._file is not None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise CodexError(
                f"another sync is running (`{path}`)", hint="wait for it, or name another --journal"
            ) from error

    def _rewrite(self, path: Path) -> None:
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in self._known.values()))
        assert self._file is not None
        with new.open("ab") as file:
            os.fsync(file.fileno())
        self._file.close()
        new.replace(path)
        self._file = path.open("ab")
        self._guard(path)

    @property
    def known(self) -> Mapping[str, Known]:
        """What is known, by repository."""
        return self._known

    def get(self, identity: str) -> Known | None:
        """What is known of a repository."""
        return self._known.get(identity)

    def put(self, *several: Known) -> None:
        """Remember repositories; on disk before this returns."""
        with self._lock:
            news = [one for one in several if self._known.get(one.id) != one]
            self._known |= {one.id: one for one in news}
            if news and self._file is not None:
                self._file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in news))
                self._file.flush()
                os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let other runs in."""
        if self._file is not None:
            self._file.close()
            self._file = None
