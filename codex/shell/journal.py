"""The journal: the state of each repository at the last sync. It is only a cache (`codex.shell.record_file`)."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Final

import msgspec

from codex.shell.record_file import RecordFile, of_codex, read_records
from codex.sync.outcome import Outcome
from skills_build.model.release import Version


class WaiverEntry(msgspec.Struct, frozen=True, array_like=True):
    """A waiver in the settings of a repository; `known` says whether the codex has its rule.

    Earlier versions recorded neither the reason nor `known`.
    """

    rule: str
    owner: str
    expires: str
    reason: str = ""
    granted: str = ""
    known: bool = True


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one repository: `head` identifies its commits and merge requests, `inputs` the configuration.

    `tree` is the digest of the codex it was compared with, `wanted` the digest of its desired content, and `brief` the
    inputs of that, as JSON: enough to determine whether another release changes the repository. `blobs` are the ids of
    the files that were read from the commit `base`.

    `version` is the version that it should have, `adopted` the one on its default branch. `until` is the last day on
    which the entry is valid (`YYYY-MM-DD`), or empty. `since` is when the repository was first seen in this state with
    this version (RFC 3339), `opened` the day on which its merge request was opened. `files` are the first of the
    `file_count` files that the release changes there.
    """

    id: str
    head: str
    inputs: str
    outcome: Outcome
    codex: str = ""
    tree: str = ""
    wanted: str = ""
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
    waivers: tuple[WaiverEntry, ...] = ()
    files: tuple[str, ...] = ()
    file_count: int = 0


def read_journal(path: Path, codex: str = "") -> dict[str, JournalEntry]:
    """Return the entries of a codex in a journal by repository, without locking it; empty if there is no such file."""
    return read_records(path, of_codex(_decoded, codex))


def _decoded(line: bytes) -> JournalEntry:
    """Decode an entry, and its times and its version, which others rely on. Raises `ValueError` or `CodexError`."""
    entry = _DECODER.decode(line)
    for day in (entry.until, entry.opened, *(day for one in entry.waivers for day in (one.expires, one.granted))):
        if day:
            date.fromisoformat(day)
    if entry.since and datetime.fromisoformat(entry.since).tzinfo is None:
        raise ValueError(f"`{entry.since}` has no time zone")
    for version in (entry.version, entry.adopted):
        if version:
            Version.parse(version)
    return entry


_DECODER: Final = msgspec.json.Decoder(JournalEntry)


class Journal(RecordFile[JournalEntry]):
    """The journal of one fleet, locked for one run. Without a path, it is kept in memory and starts with `known`.

    Entries of runs of another codex than `codex`, if it is given, are ignored.
    """

    def __init__(self, path: Path | None, codex: str = "", *, known: Iterable[JournalEntry] = ()) -> None:
        super().__init__(path, of_codex(_decoded, codex), known=known)
