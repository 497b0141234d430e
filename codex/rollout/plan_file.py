"""Saved plans: writes and reads them, and refuses decisions that differ from one."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

import codex
from codex.rollout.context import RepositoryResult, SyncContext
from codex.rollout.freshness import head_key
from codex.shell.atomic import write_file
from codex.shell.reading import read_file
from codex.sync.decision_table import Decision, Step
from codex.sync.outcome import Outcome
from codex.sync.repository import Repository
from skills_build.emit.json import dumps
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

SCHEMA: Final = "urn:codexc:schema:plan:1"
_MAX_BYTES: Final = 512 * 1024 * 1024
_SAVE_HINT: Final = "save a plan with `codexc sync plan --out FILE`"
_PLAN_AGAIN: Final = "save a new plan, or use --replan"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRepository:
    """A repository of a plan: its state, the decision, and a digest of what would be written."""

    id: str
    """The id of the repository in the catalog."""
    path: str
    """The path of the repository on its forge."""
    head: str | None
    """A digest of the repository's state; null if it could not be read."""
    row: int
    """The row of the decision table."""
    outcome: Outcome
    """The outcome."""
    reason: str
    """The reason for the outcome."""
    steps: tuple[Step, ...]
    """The steps on the forge, in order."""
    digest: str | None
    """The digest of what would be written; null if nothing would be written."""
    title: str | None
    """The title of the merge request; null if none would be written."""
    deletions: tuple[str, ...] = ()
    """The files that would be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """A plan as a file."""

    codex: str
    """The codex's namespace."""
    version: str
    """The version of the release that the plan installs."""
    tree: str
    """The digest of all files of the release, from its manifest."""
    as_of: str
    """The day that the plan was made for."""
    asked: str
    """The digest of the settings that determine how merge requests are made."""
    repositories: tuple[PlannedRepository, ...]
    """The repositories; each is listed once."""


def save_plan(rows: Sequence[PlannedRepository], context: SyncContext, path: Path) -> None:
    """Save a plan with these rows."""
    source = context.source.codex
    plan = PlanFile(
        codex=source.config.namespace,
        version=source.version,
        tree=source.tree,
        as_of=context.day,
        asked=_options_digest(context),
        repositories=tuple(rows),
    )
    write_file(path, dumps({"$schema": SCHEMA, **msgspec.to_builtins(plan)}, depth=3))


def plan_row(result: RepositoryResult) -> PlannedRepository:
    """The row of a plan for a result."""
    return PlannedRepository(
        id=result.target.id,
        path=result.target.path,
        head=head_key(result.head, result.decision.outcome) if result.head else None,
        row=result.decision.row,
        outcome=result.decision.outcome,
        reason=result.decision.reason,
        steps=result.decision.steps,
        digest=result.proposal.digest if result.proposal else None,
        title=result.proposal.request_text.title if result.proposal and result.decision.writes else None,
        deletions=result.deletions,
    )


def load_plan(path: Path, context: SyncContext, *, replan: bool = False) -> Mapping[str, PlannedRepository]:
    """Load the rows of a saved plan by repository id.

    Raises `CodexError` if the file is not a plan, is of another bundle, or, unless `replan`, was made with other
    settings.
    """
    plan = _read(path)
    source = context.source.codex
    if plan.tree != source.tree or plan.codex != source.config.namespace:
        ours = f"{source.config.namespace} {source.version}"
        theirs = f"{plan.codex} {plan.version}"
        purpose = f"{theirs}, not for {ours}" if theirs != ours else f"a different bundle of {ours}"
        raise CodexError(
            f"`{path}` is a plan for {purpose}", hint="save a new plan, or pass the bundle that the plan was made for"
        )
    if plan.asked != _options_digest(context) and not replan:
        raise CodexError(f"codex.yaml or codexc has changed since `{path}` was saved", hint=_PLAN_AGAIN)
    return {repository.id: repository for repository in plan.repositories}


def _read(path: Path) -> PlanFile:
    """Read a saved plan. Raises `CodexError` if it is not one, or lists a repository twice."""
    try:
        data = msgspec.json.decode(read_file(path, max_bytes=_MAX_BYTES))
        plan = msgspec.convert(data, PlanFile)
    except OSError as error:
        raise CodexError(f"the plan `{path}` cannot be read: {error.strerror}", hint=_SAVE_HINT) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CodexError(f"`{path}` is not a plan: {error}", hint=_SAVE_HINT) from error
    repeated = [name for name, count in Counter(repository.id for repository in plan.repositories).items() if count > 1]
    if data.get("$schema") != SCHEMA or repeated:
        reason = f"the file lists `{repeated[0]}` twice" if repeated else f"`$schema` is not `{SCHEMA}`"
        raise CodexError(f"`{path}` is not a plan: {reason}", hint=_SAVE_HINT)
    return plan


def _options_digest(context: SyncContext) -> str:
    """A digest of the settings that determine how merge requests are made, except the codex and the repository."""
    parts = (codex.__version__, repr(context.policy), repr(context.targets))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGuard:
    """Refuses decisions that differ from the rows of a saved plan; without rows, it allows all."""

    rows: Mapping[str, PlannedRepository] | None = None
    replan: bool = False
    """Whether a repository that has changed since the plan may be evaluated again."""

    def __call__(self, result: RepositoryResult) -> RepositoryResult:
        """The result if it is as planned; otherwise the result with its decision refused."""
        if self.rows is None or self.replan or not result.decision.writes:
            return result
        row, planned = plan_row(result), self.rows[result.target.id]
        if _guarded(row) == _guarded(planned):
            return result
        reason = (
            "the repository has changed since the plan was saved"
            if row.head != planned.head
            else "the decision differs from the plan"
        )
        refused = replace(result.decision, outcome=Outcome.RACED, reason=f"{reason}: {_PLAN_AGAIN}", steps=())
        return replace(result, decision=refused)

    def restricted_to(self, targets: Iterable[Repository]) -> "PlanGuard":
        """The same guard with the rows of these repositories only."""
        if self.rows is None:
            return self
        return replace(self, rows={target.id: self.rows[target.id] for target in targets})

    def missing_targets(self, catalog: Iterable[Repository]) -> tuple[Repository, ...]:
        """The repositories that the plan would write and that are no longer in the catalog."""
        catalog_ids = {target.id for target in catalog}
        planned = [row for row in (self.rows or {}).values() if row.steps]
        return tuple(Repository(id=row.id, path=row.path) for row in planned if row.id not in catalog_ids)


def missing_result(target: Repository) -> RepositoryResult:
    """The result of a planned repository that is no longer in the catalog."""
    reason = "the repository is no longer in the catalog: save a new plan"
    return RepositoryResult(target=target, decision=Decision(row=0, outcome=Outcome.RACED, reason=reason))


def _guarded(row: PlannedRepository) -> tuple[object, ...]:
    """The fields that must be as planned; the reason may differ, and the path of a renamed repository."""
    return row.head, row.row, row.outcome, row.steps, row.digest, row.title
