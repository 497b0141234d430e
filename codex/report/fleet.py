"""What a sync did, repository by repository: for people, for machines, as Markdown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from codex.sync.outcome import Outcome
from codex.sync.table import Decision
from codex.sync.work import Action, Work


def row(path: str, decision: Decision, *, url: str, version: str, work: Work | None, known: bool) -> dict[str, object]:
    """One repository as JSON."""
    return {
        "repository": path,
        "outcome": decision.outcome,
        "row": decision.row,
        "reason": decision.reason,
        "request": url or None,
        "version": version or None,
        "steps": list(decision.steps),
        "files": [
            {"path": one.path, "action": one.action, "state": one.state, "why": one.why or None}
            for one in (work.changes if work else ())
            if one.action is not Action.NONE
        ],
        "from_journal": known,
    }


def line(path: str, decision: Decision, *, url: str, width: int) -> str:
    """One repository on a line."""
    where = f" {url}" if url and url not in decision.reason else ""
    return f"{decision.outcome:<16} {path:<{width}}  {decision.reason}{where}"


def summary(outcomes: Iterable[Outcome]) -> str:
    """How many repositories had which outcome."""
    counts = Counter(outcomes)
    told = ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Outcome if counts[outcome])
    total = sum(counts.values())
    return f"{total:,} repositor{'ies' if total != 1 else 'y'}: {told or 'nothing to look at'}"


def markdown(title: str, rows: Sequence[tuple[str, Decision, str]]) -> str:
    """A summary for a pipeline's page."""
    parts = [f"### {title}", "", summary(decision.outcome for _, decision, _ in rows) + ".", ""]
    shown = [one for one in rows if one[1].outcome not in (Outcome.IN_SYNC, Outcome.OPEN)]
    if shown:
        parts += ["| repository | outcome | reason |", "| --- | --- | --- |"]
        parts += [
            f"| {path} | {decision.outcome} | {(url and f'[{decision.reason}]({url})') or decision.reason} |"
            for path, decision, url in shown
        ]
    return "\n".join(parts) + "\n"


def versions(rows: Sequence[Mapping[str, str]]) -> str:
    """How many repositories have which version and outcome, and what is open."""
    counts = Counter((one["version"] or "none", one["outcome"]) for one in rows)
    lines = [f"{'version':<12} {'outcome':<16} {'repositories':>12}"]
    lines += [f"{version:<12} {outcome:<16} {count:>12,}" for (version, outcome), count in sorted(counts.items())]
    lines += [f"open: {one['repository']} {one['request']}" for one in rows if one["request"]]
    return "\n".join(lines) + "\n"
