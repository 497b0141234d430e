"""The audit of a fleet as text, JSON, CSV and an HTML page."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from codex.audit.fleet_model import SCHEMA, Campaign, Coverage, FleetAudit, RuleHealth, RulePlace, Scorecard
from codex.audit.model import State
from codex.report.as_json import document_as_json
from codex.report.text import printable
from skills_build import inert
from skills_build.counts import counted

_SHOWN: Final = 20
_REASONS: Final = 5
_COLUMNS: Final = (
    *("repository", "owner", "commit", "version", "rule", "requirement level", "blocking", "rule owner"),
    *("state", "places", "first place", "why"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""


def fleet_text(audit: FleetAudit) -> str:
    """Return what needs attention, then the totals."""
    lines = [
        *_not_audited(audit),
        *_errors(audit),
        *_rules(audit),
        *_scorecards(audit),
        *_waivers(audit),
        *(
            f"not assessed {counted(count, 'time')}: {inert.line(why, most=0)}"
            for why, count in reasons(audit)[:_REASONS]
        ),
        *(campaign_line(one) for one in audit.campaigns),
        *(f"note: {note}" for note in audit.notes),
        f"{fleet_summary(audit)}",
    ]
    return "".join(f"{printable(line)}\n" for line in lines)


def _not_audited(audit: FleetAudit) -> Iterator[str]:
    for card in audit.repositories:
        if card.coverage != Coverage.AUDITED:
            yield f"{card.coverage}: {card.repository}: {inert.line(card.reason, most=0)}"


def errors(audit: FleetAudit) -> list[tuple[str, RulePlace]]:
    """Return the rules that could not be assessed because of an error, each with its repository."""
    cards = audit.repositories
    return [(card.repository, one) for card in cards for one in card.findings if one.state == State.ERROR]


def _errors(audit: FleetAudit) -> Iterator[str]:
    found = errors(audit)
    for repository, one in found[:_SHOWN]:
        yield f"error: {repository}: {one.rule}: {inert.line(one.why, most=0)}"
    yield from _more(len(found), "rules could not be assessed because of an error")


def _rules(audit: FleetAudit) -> Iterator[str]:
    worst = sorted((rule for rule in audit.rules if rule.violated), key=lambda rule: (-rule.violated, rule.rule))
    for rule in worst[:_SHOWN]:
        force = " (blocking)" if rule.blocking else ""
        text = inert.line(rule.text, most=0)
        yield f"{rule.rule} is violated in {rule.violated:,} of {rule.applies:,}: {text}{force}"
    yield from _more(len(worst), "rules are violated")
    answered = sorted((rule for rule in audit.rules if rule.reviews), key=lambda rule: (-sum(answers(rule)), rule.rule))
    for rule in answered[:_SHOWN]:
        declined, overridden = answers(rule)
        yield f"{rule.rule} in reviews: {declined:,} declined (`won't fix`), {overridden:,} overridden (`break glass`)"
    yield from _more(len(answered), "rules were declined or overridden in reviews")


def answers(rule: RuleHealth) -> tuple[int, int]:
    """Return how often people answered `won't fix` and `break glass` about a rule."""
    return (rule.reviews.declined, rule.reviews.overridden) if rule.reviews else (0, 0)


def _scorecards(audit: FleetAudit) -> Iterator[str]:
    cards = [card for card in audit.repositories if card.coverage == Coverage.AUDITED]
    worst = sorted(cards, key=lambda card: (compliance(card), card.repository))
    for card in worst[:_SHOWN]:
        share = "nothing decided" if card.share_compliant is None else f"{card.share_compliant:g} % compliant"
        blocking = f", {counted(card.blocking, 'blocking violation')}" if card.blocking else ""
        yield (
            f"{card.repository}: {card.level or 'no level'}, {share}, "
            f"{card.share_assessed:g} % assessed ({card.assessed:,} of {card.applies:,} rules){blocking}"
        )
    yield from _more(len(worst), "repositories were audited")


def reasons(audit: FleetAudit) -> list[tuple[str, int]]:
    """Return why rules were not assessed, and in how many cases; the most frequent reason first."""
    counts: Counter[str] = Counter()
    for card in audit.repositories:
        counts.update({why: len(rules) for why, rules in card.not_assessed.items()})
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))


def compliance(card: Scorecard) -> float:
    """Return the share of compliant rules, to sort by; repositories in which nothing was decided are last."""
    return 101.0 if card.share_compliant is None else card.share_compliant


def _waivers(audit: FleetAudit) -> Iterator[str]:
    for waiver in audit.waivers[:_SHOWN]:
        what = f"{waiver.rule} until {waiver.expires}" if waiver.in_force else waiver.problem
        reason = inert.line(waiver.reason, most=0)
        yield f"waiver: {waiver.repository}: {what} ({waiver.owner}): {reason}"
    yield from _more(len(audit.waivers), "waivers")


def _more(count: int, what: str) -> Iterator[str]:
    if count > _SHOWN:
        yield f"... {count:,} {what} in total; to list all, use `--format json` or `--format csv`"


def campaign_line(campaign: Campaign) -> str:
    """Return how a campaign is doing, in one line."""
    counts = f"{campaign.open:,} open, {campaign.closed:,} closed, {campaign.unknown:,} not assessed"
    first = f", {campaign.burn_down[0].open:,} on {campaign.burn_down[0].day}" if campaign.burn_down else ""
    return f"campaign {campaign.name} until {campaign.until}: {campaign.progress}; {counts}{first}"


def fleet_summary(audit: FleetAudit) -> str:
    """Return the totals in one sentence."""
    coverage = ", ".join(f"{audit.count(one):,} {one}" for one in Coverage if audit.count(one))
    total = len(audit.repositories)
    levels = ", ".join(f"{level.repositories:,} {level.name or 'without a level'}" for level in audit.levels)
    cards = [card for card in audit.repositories if card.coverage == Coverage.AUDITED]
    return (
        f"{counted(total, 'repository', 'repositories')}: {coverage or 'none'}; {levels}; "
        f"{_overall(cards)} of {audit.title} {audit.version}"
    )


def _overall(cards: Sequence[Scorecard]) -> str:
    """Return the share compliant next to the share assessed, over all rules of all repositories."""
    compliant = sum(card.compliant for card in cards)
    decided = compliant + sum(card.violated + card.waived for card in cards)
    assessed, applies = sum(card.assessed for card in cards), sum(card.applies for card in cards)
    of_decided = 100 * compliant / decided if decided else 0.0
    of_all = 100 * assessed / applies if applies else 0.0
    return f"{of_decided:.1f} % compliant, {of_all:.1f} % assessed"


def fleet_json(audit: FleetAudit) -> str:
    """Return the audit as its schema describes (`codexc schema fleet-audit`)."""
    return document_as_json(SCHEMA, audit)


def fleet_csv(audit: FleetAudit) -> str:
    """Return the matrix: a row for each rule in each audited repository. No cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    rules = {rule.rule: rule for rule in audit.rules}
    for card in audit.repositories:
        found = {one.rule: one for one in card.findings}
        why = {rule: reason for reason, ids in card.not_assessed.items() for rule in ids}
        for rule_id, state in card.states.items():
            rule, finding = rules.get(rule_id), found.get(rule_id)
            meta = (rule.level, "yes" if rule.blocking else "no", rule.owner) if rule else ("", "", "")
            where = (
                (finding.places, finding.first[0] if finding.first else "", finding.why)
                if finding
                else (0, "", why.get(rule_id, ""))
            )
            row = (card.repository, card.owner, card.commit, card.version, rule_id, *meta, state, *where)
            writer.writerow(tuple(_csv_cell(value) for value in row))
    return out.getvalue()


def _csv_cell(value: object) -> str:
    text = inert.line(str(value), most=0)
    return f"'{text}" if text.startswith(_FORMULA) else text


FORMATS: Final[Mapping[str, Callable[[FleetAudit], str]]] = {
    "text": fleet_text,
    "json": fleet_json,
    "csv": fleet_csv,
}
