"""Plans as files and as text: saved, held to, shown as differences, explained."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from codex.forge.port import Head
from codex.report.text import on_one_line, shown
from codex.shell.replace import write_file
from codex.sync.fleet import Target
from codex.sync.outcome import Outcome
from codex.sync.seal import sealed
from codex.sync.work import Action
from codex.workflow.build import Change
from codex.workflow.build import differences as unified
from codex.workflow.looking import plan_one
from codex.workflow.memory import head_key
from codex.workflow.run import Item, Run
from skills_build.emit.json_out import dumps
from skills_build.errors import CodexError

SCHEMA: Final = "urn:codexc:schema:plan:1"


def save(rows: Sequence[Mapping[str, object]], run: Run, path: Path) -> None:
    """Save a plan of these rows."""
    data = {
        "$schema": SCHEMA,
        "codex": run.source.codex.config.namespace,
        "version": run.source.codex.version,
        "tree": run.source.codex.tree,
        "as_of": run.day,
        "repositories": list(rows),
    }
    write_file(path, dumps(data, depth=3))


def row(item: Item) -> dict[str, object]:
    """A repository of a plan: what it looked like, what was decided, and a digest of what would be written."""
    return {
        "id": item.target.id,
        "path": item.target.path,
        "head": head_key(item.head, item.decision.outcome) if item.head else None,
        "row": item.decision.row,
        "outcome": item.decision.outcome,
        "reason": item.decision.reason,
        "steps": list(item.decision.steps),
        "digest": item.proposal.digest if item.proposal else None,
        "title": item.proposal.letter.title if item.proposal and item.decision.writes else None,
    }


def load(path: Path, run: Run) -> Mapping[str, Mapping[str, Any]]:
    """The rows of a saved plan by repository. Raises `CodexError` where it is none, or of another codex."""
    try:
        data = json.loads(path.read_bytes())
        rows = {one["id"]: one for one in data["repositories"]}
        of = (data["$schema"], data["tree"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise CodexError(f"`{path}` is no plan: {error}", hint="`codexc sync plan --out FILE` saves one") from error
    if of != (SCHEMA, run.source.codex.tree):
        raise CodexError(f"`{path}` is a plan of another release", hint="plan again")
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Holds decisions to the rows of a saved plan; without rows any decision is carried out."""

    rows: Mapping[str, Mapping[str, Any]] | None = None
    replan: bool = False
    """Whether a repository that has moved since may be decided anew."""

    def __call__(self, item: Item) -> Item:
        """A repository as the plan has it; one that has moved since is refused."""
        if self.rows is None or self.replan or not item.decision.writes or _same(item, self.rows[item.target.id]):
            return item
        reason = "it has moved since the plan: plan again, or say --replan"
        return replace(item, decision=replace(item.decision, outcome=Outcome.RACED, reason=reason, steps=()))

    def of(self, targets: Iterable[Target]) -> "Held":
        """The same for some repositories."""
        return self if self.rows is None else replace(self, rows={one.id: self.rows[one.id] for one in targets})


def _same(item: Item, planned: Mapping[str, Any]) -> bool:
    found = row(item)
    return all(found[key] == planned.get(key) for key in ("head", "row", "digest")) and list(
        map(str, item.decision.steps)
    ) == list(planned.get("steps", ()))


def differences(run: Run, item: Item) -> str:
    """What would be written in one repository, as a unified diff."""
    if item.proposal is None or not item.decision.writes or item.head is None or item.head.base is None:
        return ""
    writes = item.proposal.work.writes
    old = run.forge.read(item.target, item.head.base, [one.path for one in writes])
    changes = [
        Change(
            path=f"{item.target.path}/{one.path}",
            old=old.get(one.path),
            new=None if one.action is Action.DELETE else one.new,
        )
        for one in writes
    ]
    return unified(changes)


def explained(run: Run, target: Target) -> str:
    """All that is decided about one repository."""
    head = next(iter(run.forge.heads([target], run.policy.branch)))
    if not isinstance(head, Head):
        raise head[1]
    item = plan_one(run, head)
    reason = on_one_line(item.decision.reason)
    lines = [f"{target.path}: {item.decision.outcome} (row {item.decision.row}): {reason}"]
    lines.append(f"  default branch {head.target.default_branch} at {(head.base or 'nothing')[:12]}")
    if head.tip is not None:
        lines.append(
            f"  our branch at {head.tip.commit[:12]}, {'ours alone' if sealed(head.tip) else 'touched by others'}"
        )
    if head.request is not None:
        lines.append(f"  open request {head.request.url}: {head.request.title}")
    if head.past is not None:
        lines.append(f"  last request {head.past.url}, {'merged' if head.past.merged else 'closed'}")
    if item.proposal is not None:
        lines += [f"  {one.action:>6} {one.path}{f': {one.why}' if one.why else ''}" for one in _acted(item)]
        if item.decision.writes:
            body = item.proposal.letter.body.rstrip("\n").split("\n")
            lines += ["", f"  {item.proposal.letter.title}", "", *(f"  {line}".rstrip() for line in body)]
    return "".join(f"{shown(line)}\n" for text in lines for line in text.split("\n"))


def _acted(item: Item) -> Iterator[Any]:
    assert item.proposal is not None
    return (one for one in item.proposal.work.changes if one.action is not Action.NONE)
