"""Plans as files and as text: saved, held to, shown as differences, explained."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

import codex
from codex.forge.base import RepositoryHead
from codex.report import fleet as report
from codex.report.text import printable, printable_line
from codex.rollout.context import RepositoryResult, SyncContext
from codex.rollout.evaluate import evaluate
from codex.rollout.freshness import head_key
from codex.shell.atomic import write_file
from codex.sync.changeset import Action
from codex.sync.decision_table import Decision, Step
from codex.sync.observed import BranchTip, Target
from codex.sync.outcome import Outcome
from codex.sync.seal import sealed
from codex.workflow.build import FileDifference
from codex.workflow.build import unified_diff as unified
from skills_build.emit.json import dumps
from skills_build.errors import CodexError

SCHEMA: Final = "urn:codexc:schema:plan:1"
_SAVES: Final = "`codexc sync plan --out FILE` saves one"
_AGAIN: Final = "plan again, or say --replan"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRepository:
    """A repository of a plan: what it looked like, what was decided, and a digest of what would be written."""

    id: str
    """The repository in the catalog."""
    path: str
    """What its forge calls it."""
    head: str | None
    """What it looked like, as a digest; null where it could not be read."""
    row: int
    """The row of the decision table."""
    outcome: Outcome
    """What becomes of it."""
    reason: str
    """Why."""
    steps: tuple[Step, ...]
    """What is done on the forge, in this order."""
    digest: str | None
    """The digest of what would be written, where anything would."""
    title: str | None
    """The title of the request, where one would be written."""
    deletions: tuple[str, ...] = ()
    """The files that would be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """A plan as a file."""

    codex: str
    """The codex's namespace."""
    version: str
    """The release that it brings."""
    tree: str
    """The digest that the release's manifest gives for all its files."""
    as_of: str
    """The day for which it was made."""
    asked: str
    """The digest of all that decides how requests are made."""
    repositories: tuple[PlannedRepository, ...]
    """The repositories, each once."""


def save_plan(rows: Sequence[PlannedRepository], run: SyncContext, path: Path) -> None:
    """Save a plan of these rows."""
    source = run.source.codex
    saved = PlanFile(
        codex=source.config.namespace,
        version=source.version,
        tree=source.tree,
        as_of=run.day,
        asked=_asked(run),
        repositories=tuple(rows),
    )
    write_file(path, dumps({"$schema": SCHEMA, **msgspec.to_builtins(saved)}, depth=3))


def plan_row(item: RepositoryResult) -> PlannedRepository:
    """What a plan says of a repository."""
    return PlannedRepository(
        id=item.target.id,
        path=item.target.path,
        head=head_key(item.head, item.decision.outcome) if item.head else None,
        row=item.decision.row,
        outcome=item.decision.outcome,
        reason=item.decision.reason,
        steps=item.decision.steps,
        digest=item.proposal.digest if item.proposal else None,
        title=item.proposal.letter.title if item.proposal and item.decision.writes else None,
        deletions=item.deletions,
    )


def load_plan(path: Path, run: SyncContext, *, replan: bool = False) -> Mapping[str, PlannedRepository]:
    """The rows of a saved plan by repository.

    Raises `CodexError` where it is none, is of another codex, or, unless `replan`, was made for other requests.
    """
    saved = _read(path)
    source = run.source.codex
    if saved.tree != source.tree or saved.codex != source.config.namespace:
        ours = f"{source.config.namespace} {source.version}"
        theirs = f"{saved.codex} {saved.version}"
        other = f"of {theirs}, and this is {ours}" if theirs != ours else f"of another bundle of {ours}"
        raise CodexError(f"`{path}` is a plan {other}", hint="plan again, or name the bundle that it was made of")
    if saved.asked != _asked(run) and not replan:
        raise CodexError(f"codex.yaml or codexc has changed since `{path}` was saved", hint=_AGAIN)
    return {repository.id: repository for repository in saved.repositories}


def _read(path: Path) -> PlanFile:
    try:
        data = msgspec.json.decode(path.read_bytes())
        saved = msgspec.convert(data, PlanFile)
    except OSError as error:
        raise CodexError(f"the plan `{path}` cannot be read: {error.strerror}", hint=_SAVES) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CodexError(f"`{path}` is no plan: {error}", hint=_SAVES) from error
    twice = [name for name, count in Counter(repository.id for repository in saved.repositories).items() if count > 1]
    if data.get("$schema") != SCHEMA or twice:
        why = f"it has `{twice[0]}` twice" if twice else f"its `$schema` is not `{SCHEMA}`"
        raise CodexError(f"`{path}` is no plan: {why}", hint=_SAVES)
    return saved


def _asked(run: SyncContext) -> str:
    """A digest of what decides how requests are made, apart from the codex and the repository."""
    parts = (codex.__version__, repr(run.policy), repr(run.targets))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGuard:
    """Holds decisions to the rows of a saved plan; without rows any decision is carried out."""

    rows: Mapping[str, PlannedRepository] | None = None
    replan: bool = False
    """Whether a repository that has moved since may be decided anew."""

    def __call__(self, item: RepositoryResult) -> RepositoryResult:
        """A repository as the plan has it; one that has moved since is refused."""
        if self.rows is None or self.replan or not item.decision.writes:
            return item
        found, planned = plan_row(item), self.rows[item.target.id]
        if _held(found) == _held(planned):
            return item
        why = "it has moved since the plan" if found.head != planned.head else "the plan says otherwise of it"
        refused = replace(item.decision, outcome=Outcome.RACED, reason=f"{why}: {_AGAIN}", steps=())
        return replace(item, decision=refused)

    def of(self, targets: Iterable[Target]) -> "PlanGuard":
        """The same for some repositories."""
        return (
            self if self.rows is None else replace(self, rows={target.id: self.rows[target.id] for target in targets})
        )

    def gone(self, catalog: Iterable[Target]) -> tuple[Target, ...]:
        """The repositories that would have been written, and that the catalog does not name any more."""
        known = {target.id for target in catalog}
        rows = self.rows or {}
        return tuple(Target(id=row.id, path=row.path) for row in rows.values() if row.steps and row.id not in known)


def missing_result(target: Target) -> RepositoryResult:
    """What becomes of a planned repository that the catalog does not name any more."""
    reason = "the catalog does not name it any more: plan again"
    return RepositoryResult(target=target, decision=Decision(row=0, outcome=Outcome.RACED, reason=reason))


def _held(one: PlannedRepository) -> tuple[object, ...]:
    """What has to be as it was planned; words may differ, and so may the path of a repository that was renamed."""
    return one.head, one.row, one.outcome, one.steps, one.digest, one.title


def plan_diff(run: SyncContext, item: RepositoryResult) -> str:
    """What would be written in one repository, as a unified diff."""
    if item.proposal is None or not item.decision.writes or item.head is None or item.head.base is None:
        return ""
    writes = item.proposal.work.writes
    old = run.read(item.target, item.head.base, [write.path for write in writes])
    changes = [
        FileDifference(
            path=f"{item.target.path}/{write.path}",
            old=old.get(write.path),
            new=None if write.action is Action.DELETE else write.new,
        )
        for write in writes
    ]
    return unified(changes)


def explanation(run: SyncContext, target: Target) -> str:
    """All that is decided about one repository."""
    head = next(iter(run.forge.heads([target], run.policy.branch)))
    if not isinstance(head, RepositoryHead):
        raise head[1]
    item = evaluate(run, head)
    reason = printable_line(item.decision.reason)
    lines = [f"{target.path}: {item.decision.outcome} (row {item.decision.row}): {reason}"]
    lines.append(f"  default branch {head.target.default_branch} at {(head.base or 'nothing')[:12]}")
    if head.tip is not None:
        lines.append(f"  our branch at {head.tip.commit[:12]}, {_grade(item, head.tip)}")
    if head.request is not None:
        lines.append(f"  open request {head.request.url}: {head.request.title}")
    if head.past is not None:
        lines.append(f"  last request {head.past.url}, {'merged' if head.past.merged else 'closed'}")
    if item.deletions:
        lines.append(f"  deletes {report.count(len(item.deletions))}, which the request names")
    if item.proposal is not None:
        lines += [f"  {one.action:>6} {one.path}{f': {one.why}' if one.why else ''}" for one in _acted(item)]
        if item.decision.writes:
            body = item.proposal.letter.body.rstrip("\n").split("\n")
            lines += ["", f"  {item.proposal.letter.title}", "", *(f"  {line}".rstrip() for line in body)]
    return "".join(f"{printable(line)}\n" for text in lines for line in text.split("\n"))


def _grade(item: RepositoryResult, tip: BranchTip) -> str:
    if not sealed(tip):
        return "touched by others"
    if item.proposal is not None and item.proposal.exact:
        return "exactly what codexc would write"
    return "untouched, but not what codexc would write now"


def _acted(item: RepositoryResult) -> Iterator[Any]:
    assert item.proposal is not None
    return (change for change in item.proposal.work.changes if change.action is not Action.NONE)
