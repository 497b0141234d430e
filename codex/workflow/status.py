"""What the journals of a fleet know of it, without asking anybody."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from codex.report.fleet import Row, WaiverRow
from codex.shell.journal import Known, read_journal
from codex.sync.fleet import Target
from codex.sync.outcome import WAITING, Outcome
from codex.workflow.fleet import fleet, unmatched_only
from codex.workflow.fleet import only as named
from codex.workflow.load import Place, Request, open_place


def catalogued(asked: Request, only: Sequence[str]) -> tuple[Place, tuple[Target, ...]]:
    """The codex and the repositories of its catalog. Raises `CodexError` where `only` selects none."""
    place = open_place(asked)
    targets = fleet(place).targets
    unmatched_only(targets, only)
    return place, named(targets, only)


def rows(journals: Iterable[Path], targets: Sequence[Target]) -> Iterator[Row]:
    """Yield what is known of each repository; where several journals know it, the one that was written last."""
    known: dict[str, Known] = {}
    for path in sorted(journals, key=lambda one: one.stat().st_mtime):
        known |= read_journal(path)
    for target in targets:
        found = known.get(target.id)
        if found is None:
            yield Row(repository=target.path, owner=target.owner or "")
            continue
        yield Row(
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
