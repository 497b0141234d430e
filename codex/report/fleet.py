"""The results of a sync by repository: as text, as JSON, as Markdown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from codex.sync.changeset import Action, ChangeSet
from codex.sync.decision_table import Decision
from codex.sync.outcome import Outcome
from skills_build import inert
from skills_build.counts import counted
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """A waived rule, the owner of the waiver, its last day, its reason, and the day on which it was granted.

    `state` is `in force`, `expired`, `unknown rule`, or `too long`, which counts as expired.
    """

    rule: str
    owner: str
    expires: str
    reason: str = ""
    granted: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """The status of one repository; without an outcome it has not been evaluated yet.

    `version` is the version it should have, `adopted` the one on its default branch. `since` is when it was first seen
    in this state (RFC 3339), `opened` the day on which its merge request was opened. `url` is its address, `wave` the
    first wave that reaches it, `files` the first of the `file_count` files that change, `diff` the page with its diff,
    relative to the page of the fleet.
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
    url: str = ""
    wave: str = ""
    orphan: bool = False
    files: tuple[str, ...] = ()
    file_count: int = 0
    diff: str = ""


def result_as_json(
    path: str,
    decision: Decision,
    *,
    url: str,
    version: str,
    changes: ChangeSet | None,
    from_journal: bool,
    deletions: Sequence[str] = (),
    fork: str = "",
) -> dict[str, object]:
    """Return the result of one repository as JSON data."""
    return {
        "repository": path,
        "outcome": decision.outcome,
        "row": decision.row,
        "reason": decision.reason,
        "request": url or None,
        "fork": fork or None,
        "version": version or None,
        "steps": list(decision.steps),
        "deletions": list(deletions),
        "files": [
            {"path": change.path, "action": change.action, "state": change.state, "why": change.why or None}
            for change in (changes.changes if changes else ())
            if change.action is not Action.NONE
        ],
        "from_journal": from_journal,
    }


def result_line(path: str, decision: Decision, *, url: str, width: int) -> str:
    """Return the result of one repository as a line, with its path padded to `width` characters."""
    link = f" {url}" if url and url not in decision.reason else ""
    name, details = inert.terminal_line(path), inert.terminal_line(decision.reason + link)
    return f"{decision.outcome:<16} {name:<{width}}  {details}"


def deleted(paths: Sequence[str]) -> str:
    """Return a list of the files that a commit deletes, shortened if it is long; empty if there are none."""
    if not paths:
        return ""
    names = ", ".join(paths[:_MAX_DELETED])
    more = f" and {len(paths) - _MAX_DELETED:,} more" if len(paths) > _MAX_DELETED else ""
    return f"deletes {count(len(paths))}: {names}{more}"


def count(files: int) -> str:
    """Return a number of files in words, such as `2 files`."""
    return counted(files, "file")


_MAX_DELETED: Final = 20
"""Number of files that are listed; `--format jsonl` lists all."""


def outcome_summary(outcomes: Iterable[Outcome]) -> str:
    """Return the number of repositories by outcome."""
    counts = Counter(outcomes)
    text = ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Outcome if counts[outcome])
    total = sum(counts.values())
    return f"{counted(total, 'repository', 'repositories')}: {text or 'nothing to do'}"


def results_markdown(title: str, rows: Sequence[tuple[str, Outcome, str, str]]) -> str:
    """Return a summary for the page of a CI job. `rows` are path, outcome, reason and URL."""
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
    """Return the number of repositories by versions and outcome, the open merge requests and the waivers."""
    lines = [f"{'installed':<12} {'wanted':<12} {'outcome':<16} {'repositories':>12}"]
    lines += [
        inert.terminal(f"{installed:<12} {wanted:<12} {outcome:<16} {count:>12,}")
        for (installed, wanted, outcome), count in _counted(rows)
    ]
    lines += [inert.terminal_line(f"open: {row.repository} {row.request}") for row in rows if row.request]
    lines += [
        inert.terminal_line(f"waiver: {row.repository} {waiver.rule} until {waiver.expires} ({waiver.owner})")
        for row in rows
        for waiver in row.waivers
    ]
    return "\n".join(lines) + "\n"


def status_markdown(rows: Sequence[StatusRow]) -> str:
    """Return the number of repositories by versions and outcome, as Markdown."""
    lines = ["### Fleet", "", "| installed | wanted | outcome | repositories |", "| --- | --- | --- | ---: |"]
    lines += [f"| {' | '.join(map(inert.cell, names))} | {count:,} |" for names, count in _counted(rows)]
    return "\n".join(lines) + "\n"


def _counted(rows: Iterable[StatusRow]) -> Sequence[tuple[tuple[str, str, str], int]]:
    """The number of repositories by the version on the default branch, the version that is wanted, and the outcome."""
    counts = Counter((row.adopted or "none", row.version or "-", row.outcome or "unknown") for row in rows)
    return sorted(counts.items())


def status_row(row: StatusRow) -> dict[str, object]:
    """Return the status of one repository as JSON data."""
    return {**asdict(row), "outcome": row.outcome or "unknown"}
