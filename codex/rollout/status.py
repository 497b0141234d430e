"""What the journals of a fleet know of it, without asking anybody."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from codex.report.fleet import StatusRow, WaiverRow
from codex.rollout.configuration import load_fleet, unmatched_only
from codex.rollout.configuration import select_by_glob as named
from codex.shell.journal import JournalEntry, read_journal
from codex.sync.observed import Target
from codex.sync.outcome import WAITING, Outcome
from codex.workflow.codex_folder import CodexFolder, SourceOptions, open_codex


def catalog_repositories(asked: SourceOptions, only: Sequence[str]) -> tuple[CodexFolder, tuple[Target, ...]]:
    """The codex and the repositories of its catalog. Raises `CodexError` where `only` selects none."""
    place = open_codex(asked)
    targets = load_fleet(place).targets
    unmatched_only(targets, only)
    return place, named(targets, only)


def status_rows(journals: Iterable[Path], targets: Sequence[Target]) -> Iterator[StatusRow]:
    """Yield what is known of each repository; where several journals know it, the one that was written last."""
    known: dict[str, JournalEntry] = {}
    for path in sorted(journals, key=lambda journal: journal.stat().st_mtime):
        known |= read_journal(path)
    for target in targets:
        found = known.get(target.id)
        if found is None:
            yield StatusRow(repository=target.path, owner=target.owner or "")
            continue
        yield StatusRow(
            repository=target.path,
            owner=target.owner or "",
            outcome=Outcome.OPEN if found.outcome in WAITING else found.outcome,
            version=found.version,
            adopted=found.adopted,
            request=found.url,
            reason=found.reason,
            since=found.since,
            opened=found.opened,
            waivers=tuple(WaiverRow(rule=rule, owner=owner, expires=day) for rule, owner, day in found.waivers),
        )
