"""Makes the report about a fleet from the audits of its repositories, with the days before."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from codex import __version__
from codex.audit.fleet import AuditedRepository, FleetInputs, day_record, fleet_audit
from codex.audit.fleet_model import FleetAudit
from codex.audit.record import AuditRecord, DayRecord
from codex.rollout.audit import AuditResult
from codex.rollout.context import SyncContext
from codex.rollout.saved_reviews import NO_REVIEWS, CountedReviews
from codex.shell.record_file import RecordFile, of_codex
from skills_build.model.fleet import AuditSettings
from skills_build.model.rules_file import RulesFile
from skills_build.release.rules_file import installed_standards

JOURNAL: Final = "audit.jsonl"
DAYS: Final = "audit-days.jsonl"


def audit_journal(path: Path | None, codex: str = "") -> RecordFile[AuditRecord]:
    """Open the journal of audits; those of another codex are ignored."""
    return RecordFile(path, of_codex(msgspec.json.Decoder(AuditRecord).decode, codex))


def day_journal(path: Path | None, codex: str = "") -> RecordFile[DayRecord]:
    """Open the journal of days; those of another codex are ignored."""
    return RecordFile(path, of_codex(msgspec.json.Decoder(DayRecord).decode, codex))


def fleet_report(
    results: Sequence[AuditResult],
    context: SyncContext,
    settings: AuditSettings,
    days: RecordFile[DayRecord],
    *,
    whole: bool,
    with_results: bool = False,
    reviews: CountedReviews = NO_REVIEWS,
    with_settings: bool = False,
) -> FleetAudit:
    """Summarise the results of a run. If it was of the whole fleet, its violations are recorded for campaigns."""
    audited = [
        AuditedRepository(target=one.target, record=one.record, failure=one.failure, queued=one.queued)
        for one in results
    ]
    earlier = {day: record for day, record in sorted(days.entries.items()) if day < context.day}
    today = day_record(audited, context.day, next(reversed(earlier.values()), None))
    if whole:
        days.put(msgspec.structs.replace(today, codex=context.policy.source))
    rules = _all_rules(context, (one.record.version for one in results if one.record))
    inputs = FleetInputs(
        version=context.source.codex.version,
        codexc=__version__,
        day=context.day,
        settings=settings,
        rules=rules,
        history=(*earlier.values(), today),
        blocking=frozenset(rule.id for rule in rules.rules if rule.blocking),
        with_results=with_results,
        reviews=reviews.rules,
        notes=reviews.notes,
        asked=sum(one.asked for one in results) if with_settings else None,
    )
    return fleet_audit(audited, inputs)


def _all_rules(context: SyncContext, versions: Iterable[str]) -> RulesFile:
    """Return the rules of the codex, and those that only repositories pinned to other versions still have."""
    codex = context.source.codex
    standards = [*installed_standards(codex)]
    known = {rule.id for standard in standards for rule in standard.rules}
    for version in sorted({*versions} - {codex.version, ""}):
        older = context.source.releases(version)
        for standard in installed_standards(older) if older else ():
            rules = tuple(rule for rule in standard.rules if rule.id not in known)
            known |= {rule.id for rule in rules}
            standards += [replace(standard, rules=rules)] if rules else []
    return RulesFile(codex=codex.config.namespace, title=codex.config.title, standards=tuple(standards))
