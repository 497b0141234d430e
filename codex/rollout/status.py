"""The status of a fleet, from its journals and without a request to the forge."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from codex.report.fleet import StatusRow, WaiverRow
from codex.rollout.configuration import Fleet, load_fleet, select_by_glob, unmatched_only
from codex.shell.journal import JournalEntry, WaiverEntry, read_journal
from codex.sync.outcome import WAITING, Outcome
from codex.sync.repository import Repository
from codex.sync.settings import Waiver, WaiverState
from codex.sync.waves import Wave, wave_of
from codex.workflow.codex_folder import CodexFolder, SourceOptions, open_codex


def catalog_repositories(options: SourceOptions, only: Sequence[str]) -> tuple[CodexFolder, Fleet]:
    """The codex, and its fleet with the repositories that `only` selects. Raises `CodexError` if it selects none."""
    place = open_codex(options)
    fleet = load_fleet(place)
    unmatched_only(fleet.targets, only)
    return place, replace(fleet, targets=select_by_glob(fleet.targets, only))


def status_entries(journals: Iterable[Path], codex: str) -> Mapping[str, JournalEntry]:
    """Return the entries of a codex by repository, from the journal that was written last if several have it."""
    entries: dict[str, JournalEntry] = {}
    for path in sorted(journals, key=lambda journal: journal.stat().st_mtime):
        entries |= read_journal(path, codex)
    return entries


def status_rows(
    entries: Mapping[str, JournalEntry],
    targets: Sequence[Repository],
    *,
    day: str = "",
    waiver_days: int | None = None,
    waves: Sequence[Wave] = (),
) -> Iterator[StatusRow]:
    """Yield a row for each repository.

    `waiver_days` is the longest that a waiver may last; `day` decides about their states.
    """
    for target in targets:
        entry = entries.get(target.id)
        known = StatusRow(
            repository=target.path,
            owner=target.owner_name,
            url=(target.clone_url or "").removesuffix(".git"),
            wave=wave_of(target, waves) or "",
            orphan=target.orphan,
        )
        if entry is None:
            yield known
            continue
        yield replace(
            known,
            outcome=Outcome.OPEN if entry.outcome in WAITING else entry.outcome,
            version=entry.version,
            adopted=entry.adopted,
            request=entry.url,
            reason=entry.reason,
            since=entry.since,
            opened=entry.opened,
            waivers=tuple(_waiver(waiver, day, waiver_days) for waiver in entry.waivers),
            files=entry.files,
            file_count=entry.file_count,
        )


def _waiver(entry: WaiverEntry, day: str, most: int | None) -> WaiverRow:
    waiver = Waiver(
        rule=entry.rule, owner=entry.owner, expires=entry.expires, reason=entry.reason, granted=entry.granted or None
    )
    state = waiver.state(day or date.today().isoformat(), most) if entry.known else WaiverState.UNKNOWN_RULE
    return WaiverRow(
        rule=entry.rule,
        owner=entry.owner,
        expires=entry.expires,
        reason=entry.reason,
        granted=entry.granted,
        state=state,
    )
