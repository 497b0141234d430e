"""The status of a fleet by its journals, without a request to the forge."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from codex.report.fleet import StatusRow, WaiverRow
from codex.rollout.configuration import load_fleet, select_by_glob, unmatched_only
from codex.shell.journal import JournalEntry, read_journal
from codex.sync.outcome import WAITING, Outcome
from codex.sync.repository import Repository
from codex.workflow.codex_folder import CodexFolder, SourceOptions, open_codex


def catalog_repositories(options: SourceOptions, only: Sequence[str]) -> tuple[CodexFolder, tuple[Repository, ...]]:
    """The codex and the repositories of its catalog that `only` selects. Raises `CodexError` if it selects none."""
    place = open_codex(options)
    targets = load_fleet(place).targets
    unmatched_only(targets, only)
    return place, select_by_glob(targets, only)


def status_rows(journals: Iterable[Path], targets: Sequence[Repository]) -> Iterator[StatusRow]:
    """Yield a row for each repository, from the journal that was written last if several have it."""
    entries: dict[str, JournalEntry] = {}
    for path in sorted(journals, key=lambda journal: journal.stat().st_mtime):
        entries |= read_journal(path)
    for target in targets:
        entry = entries.get(target.id)
        if entry is None:
            yield StatusRow(repository=target.path, owner=target.owner_name)
            continue
        yield StatusRow(
            repository=target.path,
            owner=target.owner_name,
            outcome=Outcome.OPEN if entry.outcome in WAITING else entry.outcome,
            version=entry.version,
            adopted=entry.adopted,
            request=entry.url,
            reason=entry.reason,
            since=entry.since,
            opened=entry.opened,
            waivers=tuple(WaiverRow(rule=rule, owner=owner, expires=day) for rule, owner, day in entry.waivers),
        )
