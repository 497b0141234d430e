"""What a sync did, repository by repository: for people, for machines, as Markdown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from codex.sync.changeset import Action, ChangeSet
from codex.sync.decision_table import Decision
from codex.sync.outcome import Outcome
from skills_build import inert


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """A rule that somebody waived, and its last day."""

    rule: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """What is known of one repository; without an outcome nobody has looked at it yet.

    `version` is that of what it should hold, `adopted` of what its default branch holds. `since` is when it was first
    seen in this state (RFC 3339), `opened` the day on which its request was opened.
    """

    repository: str
    owner: str = ""
    outcome: str = ""
    version: str = ""
    adopted: str = ""
    request: str = ""
    reason: str = ""
    since: str = ""
    opened: str = ""
    waivers: tuple[WaiverRow, ...] = ()


def result_as_json(
    path: str,
    decision: Decision,
    *,
    url: str,
    version: str,
    work: ChangeSet | None,
    known: bool,
    deletions: Sequence[str] = (),
) -> dict[str, object]:
    """One repository as JSON."""
    return {
        "repository": path,
        "outcome": decision.outcome,
        "row": decision.row,
        "reason": decision.reason,
        "request": url or None,
        "version": version or None,
        "steps": list(decision.steps),
        "deletions": list(deletions),
        "files": [
            {"path": one.path, "action": one.action, "state": one.state, "why": one.why or None}
            for one in (work.changes if work else ())
            if one.action is not Action.NONE
        ],
        "from_journal": known,
    }


def result_line(path: str, decision: Decision, *, url: str, width: int) -> str:
    """One repository on a line."""
    where = f" {url}" if url and url not in decision.reason else ""
    name, why = inert.terminal_line(path), inert.terminal_line(decision.reason + where)
    return f"{decision.outcome:<16} {name:<{width}}  {why}"


def deleted(paths: Sequence[str]) -> str:
    """What a commit would delete, by name, or as many as somebody reads; nothing without any."""
    if not paths:
        return ""
    named = ", ".join(paths[:_MOST_DELETED])
    more = f" and {len(paths) - _MOST_DELETED:,} more" if len(paths) > _MOST_DELETED else ""
    return f"deletes {count(len(paths))}: {named}{more}"


def count(files: int) -> str:
    """A number of files."""
    return f"{files:,} file{'s' if files != 1 else ''}"


_MOST_DELETED: Final = 20
"""Files that are named; `--format jsonl` lists all."""


def outcome_summary(outcomes: Iterable[Outcome]) -> str:
    """How many repositories had which outcome."""
    counts = Counter(outcomes)
    told = ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Outcome if counts[outcome])
    total = sum(counts.values())
    return f"{total:,} repositor{'ies' if total != 1 else 'y'}: {told or 'nothing to look at'}"


def results_markdown(title: str, rows: Sequence[tuple[str, Outcome, str, str]]) -> str:
    """A summary for a pipeline's page, of paths, outcomes, reasons and addresses."""
    parts = [f"### {inert.text(title)}", "", outcome_summary(outcome for _, outcome, _, _ in rows) + ".", ""]
    shown = [row for row in rows if row[1] not in (Outcome.IN_SYNC, Outcome.OPEN)]
    if shown:
        parts += ["| repository | outcome | reason |", "| --- | --- | --- |"]
        parts += [
            f"| {inert.cell(path)} | {outcome} | {inert.linked(inert.cell(reason), url)} |"
            for path, outcome, reason, url in shown
        ]
    return "\n".join(parts) + "\n"


def status_summary(rows: Sequence[StatusRow]) -> str:
    """How many repositories have which version and outcome, and what is open."""
    counts = Counter((row.version or "none", row.outcome or "unknown") for row in rows)
    lines = [f"{'version':<12} {'outcome':<16} {'repositories':>12}"]
    lines += [
        inert.terminal(f"{version:<12} {outcome:<16} {count:>12,}")
        for (version, outcome), count in sorted(counts.items())
    ]
    lines += [inert.terminal_line(f"open: {row.repository} {row.request}") for row in rows if row.request]
    lines += [
        inert.terminal_line(f"waiver: {row.repository} {waiver.rule} until {waiver.expires} ({waiver.owner})")
        for row in rows
        for waiver in row.waivers
    ]
    return "\n".join(lines) + "\n"


def status_markdown(rows: Sequence[StatusRow]) -> str:
    """The same as Markdown."""
    counts = Counter((row.version or "none", row.outcome or "unknown") for row in rows)
    lines = ["### Fleet", "", "| version | outcome | repositories |", "| --- | --- | ---: |"]
    lines += [
        f"| {inert.cell(version)} | {inert.cell(outcome)} | {count:,} |"
        for (version, outcome), count in sorted(counts.items())
    ]
    return "\n".join(lines) + "\n"


def status_row(one: StatusRow) -> dict[str, object]:
    """One repository as JSON."""
    return {**asdict(one), "outcome": one.outcome or "unknown"}
