"""Summarises the audits of all repositories: scorecards, health of rules and owners, campaigns. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from typing import Final

from codex.audit.fleet_model import (
    Campaign,
    Coverage,
    FleetAudit,
    FleetWaiver,
    LevelCount,
    OpenCount,
    OwnerHealth,
    Progress,
    ReviewCounts,
    RuleHealth,
    RulePlace,
    Scorecard,
)
from codex.audit.model import State
from codex.audit.record import AuditRecord, DayRecord
from codex.sync.repository import Repository
from skills_build.counts import counted
from skills_build.frozen import dataclass
from skills_build.globs import matches_repository
from skills_build.model.fleet import AuditSettings, CampaignSettings, LevelSettings
from skills_build.model.rules_file import InstalledRule, InstalledStandard, RulesFile

DEFAULT_LEVELS: Final = (
    LevelSettings(name="gold", compliant=95, assessed=25, blocking=0),
    LevelSettings(name="silver", compliant=85, assessed=10, blocking=0),
    LevelSettings(name="bronze", compliant=70, assessed=1),
)
"""The levels of a codex that defines none."""
ASSESSED: Final = (State.COMPLIANT, State.PARTIAL, State.VIOLATED)
_SHOWN: Final = (State.VIOLATED, State.ERROR, State.PARTIAL, State.WAIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRepository:
    """A repository with its audit, or why it has none."""

    target: Repository
    record: AuditRecord | None
    failure: str = ""
    queued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetInputs:
    """The input of a report about a fleet. `rules` contains every rule, including those of older versions in use."""

    version: str
    codexc: str
    day: str
    settings: AuditSettings
    rules: RulesFile
    history: Sequence[DayRecord] = ()
    """The violations on earlier days, and today."""
    blocking: frozenset[str] = frozenset()
    """The rules that block."""
    with_results: bool = False
    """Whether results of linters were read."""
    reviews: Mapping[str, ReviewCounts] = field(default_factory=dict)
    """Answers about each rule in saved reviews."""
    notes: tuple[str, ...] = ()
    """What could not be read."""
    asked: int | None = None
    """The requests that reading the forge settings took; None if they were not read."""


def fleet_audit(audited: Sequence[AuditedRepository], inputs: FleetInputs) -> FleetAudit:
    """Summarise the audits of a fleet."""
    cards = tuple(_scorecard(one, inputs) for one in audited)
    health = _health(audited, inputs)
    return FleetAudit(
        codex=inputs.rules.codex,
        title=inputs.rules.title,
        version=inputs.version,
        codexc=inputs.codexc,
        as_of=inputs.day,
        repositories=cards,
        levels=_levels(cards, _levels_of(inputs.settings)),
        rules=health,
        owners=tuple(_owners(health)),
        waivers=_waivers(audited, inputs.day),
        campaigns=tuple(_campaign(one, audited, inputs) for one in inputs.settings.campaigns),
        notes=tuple(_notes(audited, inputs)),
    )


def day_record(audited: Sequence[AuditedRepository], day: str, before: DayRecord | None) -> DayRecord:
    """Return the violations of a fleet on a day; those that are waived are open too.

    Repositories that could not be read have those of the day `before`: a burn-down must not fall because of an error.
    """
    violated: dict[str, list[str]] = {}
    unread = {one.target.path for one in audited if one.record is None}
    for rule_id, paths in before.violated.items() if before else ():
        violated[rule_id] = [path for path in paths if path in unread]
    for one in audited:
        for rule in one.record.rules if one.record else ():
            if _is_open(rule.state, rule.places):
                violated.setdefault(rule.id, []).append(one.target.path)
    return DayRecord(id=day, violated={rule: tuple(sorted(paths)) for rule, paths in sorted(violated.items()) if paths})


def _is_open(state: State, places: int) -> bool:
    return state is State.VIOLATED or (state is State.WAIVED and places > 0)


def share(part: int, whole: int) -> float:
    """Return a share in percent with one decimal; 0 if there is nothing."""
    return round(100 * part / whole, 1) if whole else 0.0


def _levels_of(settings: AuditSettings) -> Sequence[LevelSettings]:
    return DEFAULT_LEVELS if settings.levels is None else settings.levels


def _scorecard(one: AuditedRepository, inputs: FleetInputs) -> Scorecard:
    record, target = one.record, one.target
    if record is None or record.skipped:
        coverage = Coverage.SKIPPED if record else Coverage.QUEUED if one.queued else Coverage.FAILED
        reason = record.skipped if record else one.failure
        return Scorecard(
            repository=target.path,
            owner=target.owner_name,
            coverage=coverage,
            reason=reason,
            share_compliant=None,
            states={},
            not_assessed={},
        )
    counts = Counter(rule.state for rule in record.rules)
    compliant, violated, waived = (counts[state] for state in (State.COMPLIANT, State.VIOLATED, State.WAIVED))
    assessed, decided = sum(counts[state] for state in ASSESSED), compliant + violated + waived
    applies = len(record.rules) - counts[State.NOT_APPLICABLE]
    card = Scorecard(
        repository=target.path,
        owner=target.owner_name,
        coverage=Coverage.AUDITED,
        commit=record.commit,
        version=record.version,
        applies=applies,
        assessed=assessed,
        compliant=compliant,
        partial=counts[State.PARTIAL],
        violated=violated,
        waived=waived,
        blocking=sum(rule.state is State.VIOLATED and rule.id in inputs.blocking for rule in record.rules),
        share_compliant=share(compliant, decided) if decided else None,
        share_assessed=share(assessed, applies),
        states={rule.id: rule.state.value for rule in record.rules},
        findings=tuple(
            RulePlace(rule=rule.id, state=rule.state.value, why=rule.why, places=rule.places, first=rule.first)
            for rule in record.rules
            if rule.state in _SHOWN
        ),
        not_assessed=_not_assessed(record),
        notes=record.notes,
    )
    return _with_level(card, _levels_of(inputs.settings))


def _not_assessed(record: AuditRecord) -> dict[str, tuple[str, ...]]:
    reasons: dict[str, list[str]] = {}
    for rule in record.rules:
        if rule.state is State.NOT_ASSESSED:
            reasons.setdefault(rule.why, []).append(rule.id)
    return {why: tuple(rules) for why, rules in sorted(reasons.items())}


def _with_level(card: Scorecard, levels: Sequence[LevelSettings]) -> Scorecard:
    return replace(card, level=next((level.name for level in levels if _reaches(card, level)), ""))


def _reaches(card: Scorecard, level: LevelSettings) -> bool:
    enough = (card.share_compliant or 0) >= level.compliant and card.share_assessed >= level.assessed
    return enough and (level.blocking is None or card.blocking <= level.blocking)


def _levels(cards: Sequence[Scorecard], levels: Sequence[LevelSettings]) -> tuple[LevelCount, ...]:
    audited = [card for card in cards if card.coverage == Coverage.AUDITED]
    counts = Counter(card.level for card in audited)
    names = dict.fromkeys((*(level.name for level in levels), ""))
    return tuple(
        LevelCount(name=name, repositories=counts[name], share=share(counts[name], len(audited))) for name in names
    )


def _health(audited: Sequence[AuditedRepository], inputs: FleetInputs) -> tuple[RuleHealth, ...]:
    states: defaultdict[str, Counter[State]] = defaultdict(Counter)
    places: Counter[str] = Counter()
    merged: Counter[str] = Counter()
    contested: Counter[str] = Counter()
    for one in audited:
        record = one.record
        if record is None:
            continue
        merged.update(record.merged)
        expired = {waiver.rule for waiver in record.waivers if not waiver.holds(inputs.day)}
        for rule in record.rules:
            states[rule.id][rule.state] += 1
            if rule.state is State.VIOLATED:
                places[rule.id] += rule.places
                contested[rule.id] += rule.id in expired
    return tuple(
        replace(
            _rule_health(rule, standard, states[rule.id], (places[rule.id], merged[rule.id], contested[rule.id])),
            reviews=inputs.reviews.get(rule.id),
        )
        for standard in inputs.rules.standards
        for rule in standard.rules
        if rule.id in states
    )


def _rule_health(
    rule: InstalledRule, standard: InstalledStandard, states: Counter[State], counts: tuple[int, int, int]
) -> RuleHealth:
    places, merged, contested = counts
    assessed = sum(states[state] for state in ASSESSED)
    return RuleHealth(
        rule=rule.id,
        text=rule.text,
        level=rule.level,
        status=rule.status,
        blocking=rule.blocking,
        owner=standard.owner or "",
        source=standard.source,
        applies=states.total() - states[State.NOT_APPLICABLE],
        assessed=assessed,
        compliant=states[State.COMPLIANT],
        partial=states[State.PARTIAL],
        violated=states[State.VIOLATED],
        places=places,
        merged=merged,
        waived=states[State.WAIVED],
        contested=contested,
        not_assessed=states[State.NOT_ASSESSED],
        not_applicable=states[State.NOT_APPLICABLE],
        error=states[State.ERROR],
        never_fires=bool(assessed) and not states[State.VIOLATED] and not states[State.WAIVED],
    )


def _owners(health: Sequence[RuleHealth]) -> Iterator[OwnerHealth]:
    for owner in sorted({rule.owner for rule in health}):
        rules = [rule for rule in health if rule.owner == owner]
        yield OwnerHealth(
            owner=owner,
            rules=len(rules),
            assessed=sum(rule.assessed > 0 for rule in rules),
            violated=sum(rule.violated > 0 for rule in rules),
            violations=sum(rule.violated for rule in rules),
            waived=sum(rule.waived for rule in rules),
            never_fires=sum(rule.never_fires for rule in rules),
        )


def _waivers(audited: Sequence[AuditedRepository], day: str) -> tuple[FleetWaiver, ...]:
    found = (
        FleetWaiver(
            repository=one.target.path,
            rule=waiver.rule,
            reason=waiver.reason,
            owner=waiver.owner,
            expires=waiver.expires,
            in_force=waiver.holds(day),
            problem=waiver.problem,
        )
        for one in audited
        for waiver in (one.record.waivers if one.record else ())
    )
    return tuple(sorted(found, key=lambda one: (one.expires, one.repository, one.rule)))


def _campaign(settings: CampaignSettings, audited: Sequence[AuditedRepository], inputs: FleetInputs) -> Campaign:
    members = [one for one in audited if takes_part(settings, one.target.path)]
    rules = set(settings.rules)
    rows = [rule for one in members if one.record for rule in one.record.rules if rule.id in rules]
    still_open = sum(_is_open(rule.state, rule.places) for rule in rows)
    closed = sum(rule.state is State.COMPLIANT for rule in rows)
    burn_down = tuple(_burn_down(settings, inputs.history))
    return Campaign(
        name=settings.name,
        rules=settings.rules,
        until=settings.until,
        progress=_progress(still_open, burn_down, inputs.day, settings.until)
        if still_open or closed
        else Progress.UNKNOWN,
        open=still_open,
        closed=closed,
        unknown=sum(rule.state in (State.NOT_ASSESSED, State.ERROR, State.PARTIAL) for rule in rows),
        burn_down=burn_down,
    )


def takes_part(campaign: CampaignSettings, path: str) -> bool:
    """Return whether a repository takes part in a campaign."""
    return not campaign.names or matches_repository(path, campaign.names)


def _burn_down(settings: CampaignSettings, history: Sequence[DayRecord]) -> Iterator[OpenCount]:
    for record in sorted(history, key=lambda record: record.id):
        paths = (path for rule in settings.rules for path in record.violated.get(rule, ()))
        yield OpenCount(day=record.id, open=sum(takes_part(settings, path) for path in paths))


def _progress(still_open: int, burn_down: Sequence[OpenCount], day: str, until: str) -> Progress:
    if not still_open:
        return Progress.DONE
    if day > until:
        return Progress.LATE
    if not burn_down or burn_down[0].day >= day:
        return Progress.ON_TRACK
    first, last, today = (date.fromisoformat(one) for one in (burn_down[0].day, until, day))
    due = burn_down[0].open * (last - today).days / max((last - first).days, 1)
    return Progress.ON_TRACK if still_open <= due else Progress.BEHIND


def _notes(audited: Sequence[AuditedRepository], inputs: FleetInputs) -> Iterator[str]:
    """Yield the limitations of the whole audit."""
    yield from inputs.notes
    settings = [rule.id for rule in inputs.rules.rules if _needs_settings(rule)]
    count = sum(one.record is not None and not one.record.skipped for one in audited)
    if inputs.asked is not None:
        yield (
            f"reading the forge settings for {counted(len(settings), 'rule')} took {counted(inputs.asked, 'request')}"
        )
    elif settings:
        yield (
            f"the forge settings for {counted(len(settings), 'rule')} were not read ({', '.join(settings)}): "
            f"to read them, pass `--forge-settings` (at least {count:,} requests)"
        )
    linters = sorted(
        {str(row["linter"]) for rule in inputs.rules.rules for row in rule.checks or () if "linter" in row}
    )
    if linters and not inputs.with_results:
        yield (
            f"rules checked by linters are not assessed: save the results of {', '.join(linters)} as "
            "`DIR/REPOSITORY/TOOL.json` and pass `--results DIR`"
        )
    known = {rule.id for rule in inputs.rules.rules}
    for campaign in inputs.settings.campaigns:
        for rule_id in campaign.rules:
            if rule_id not in known:
                yield f"the campaign `{campaign.name}` contains `{rule_id}`, which is not in this codex"
        if not any(takes_part(campaign, one.target.path) for one in audited):
            yield f"the campaign `{campaign.name}` does not apply to any repository"


def _needs_settings(rule: InstalledRule) -> bool:
    return any("forge" in row for row in rule.checks or ())
