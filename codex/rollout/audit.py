"""Audits the fleet: the rules of the codex in every repository, reading only what changed since the last audit."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from codex import __version__
from codex.audit.applied_rule import AppliedRule, applied_rules
from codex.audit.audit import Locator, audited_rules, notes_on_results
from codex.audit.inputs import Inputs
from codex.audit.record import AuditRecord, WaiverRecord, merged_violations, rule_record
from codex.forge.base import HeadOrError, RepositoryHead
from codex.forge.repository_settings import RepositorySettings
from codex.http.errors import is_host_fault
from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths
from codex.rollout.batch import over_heads
from codex.rollout.context import SyncContext
from codex.shell.cache import key
from codex.shell.isolation import isolated
from codex.shell.listing import ListedRepository
from codex.shell.record_file import RecordFile
from codex.sync.facts import applied_profile
from codex.sync.inputs import rule_inputs
from codex.sync.lock import LOCK, Lock, load_lock
from codex.sync.repository import Repository
from codex.sync.settings import SETTINGS, Settings, waivers_until
from codex.sync.settings_notes import waiver_problem
from codex.workflow.audit import MAX_FILE, RepositoryFiles, own_paths, read_result_file, result_bytes
from codex.workflow.codex_folder import schema
from codex.workflow.rules_source import selected_rules, settings_from
from skills_build.checks.base import Subject
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import Profile
from skills_build.model.paths import path_fault
from skills_build.release.loaded_bundle import LoadedBundle

_KEPT_AT_ONCE: Final = 50
"""Number of audits that are written to the journal together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """The audit of one repository, or why there is none. `queued`: it was not read, because the run had stopped."""

    target: Repository
    record: AuditRecord | None = None
    failure: str = ""
    from_journal: bool = False
    queued: bool = False
    host_failed: bool = False
    asked: int = 0
    """The requests that its settings on the forge cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFolder:
    """Results of linters that pipelines saved: `FOLDER/REPOSITORY/TOOL.json`, or `.sarif`; None is no folder."""

    folder: Path | None = None

    def arguments(self, target: Repository) -> tuple[str, ...]:
        """Return the results of a repository as `TOOL:FILE`, in order."""
        if self.folder is None or path_fault(target.path):
            return ()
        found = sorted(path for path in (self.folder / target.path).glob("*") if path.suffix in _RESULTS)
        return tuple(f"{path.name.partition('.')[0]}:{path}" for path in found)

    def digest(self, target: Repository) -> str:
        """Return a digest of the results of a repository. Raises `CodexError` if one cannot be read."""
        files = [argument.partition(":")[2] for argument in self.arguments(target)]
        return key(*(part for file in files for part in (Path(file).name, result_bytes(file)))) if files else ""


_RESULTS: Final = (".json", ".sarif", ".txt")


NO_RESULTS: Final = ResultsFolder()


class RuleSelector:
    """Selects the rules of repositories; those with the same profile and waivers share them. Safe in threads."""

    def __init__(self, day: str) -> None:
        self._day = day
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[AppliedRule, ...]] = {}

    def rules(self, codex: LoadedBundle, profile: Profile, settings: Settings) -> tuple[AppliedRule, ...]:
        """Return the rules of a codex that apply."""
        decisive = Settings(profile=settings.profile, exact=settings.exact, waivers=settings.waivers)
        inputs = rule_inputs(codex, profile, decisive)
        name = codex.version.encode() + msgspec.json.encode(inputs)
        with self._lock:
            if name not in self._known:
                found = selected_rules(codex, inputs.profile, decisive, self._day)
                self._known[name] = tuple(applied_rules(found.standards))
            return self._known[name]


def audit_all(
    context: SyncContext,
    targets: Sequence[Repository],
    journal: RecordFile[AuditRecord],
    *,
    results: ResultsFolder = NO_RESULTS,
    forge_settings: bool = False,
    workers: int,
    stopped: Callable[[], str | None],
) -> Iterator[AuditResult]:
    """Audit repositories, up to `workers` at a time; yields a result for each, in order. Writes to no forge.

    `forge_settings`: read the settings of each repository on its forge too, by a few requests in every run.
    A repository that fails does not stop the others. Once `stopped` returns a reason, the rest is not read.
    """
    waiting: list[AuditRecord] = []
    run = _Run(context=context, selector=RuleSelector(context.day), results=results, forge_settings=forge_settings)
    work = partial(_result, run, journal)
    try:
        for result in over_heads(context, targets, work, workers=workers, stopped=stopped, queued=_queued):
            if result.record is not None and not result.from_journal:
                waiting.append(result.record)
            if len(waiting) >= _KEPT_AT_ONCE:
                journal.put(*waiting)
                waiting.clear()
            yield result
    finally:
        journal.put(*waiting)


def _queued(target: Repository, reason: str) -> AuditResult:
    return AuditResult(target=target, failure=reason, queued=True)


def _result(run: "_Run", journal: RecordFile[AuditRecord], head: HeadOrError) -> AuditResult:
    """Return the stored record if its key is the same and no waiver in it has expired, otherwise a new one."""
    if not isinstance(head, RepositoryHead):
        return _failed(head[0], head[1])
    target, before = head.target, journal.get(head.target.id)
    settings = isolated(target.path, lambda: _settings_of(run, head))
    if isinstance(settings, CodexError):
        return _failed(target, settings)
    name = isolated(target.path, lambda: _key(run, head, settings))
    if isinstance(name, CodexError):
        return _failed(target, name)
    if before is not None and before.key == name and (not before.until or run.context.day <= before.until):
        return AuditResult(target=target, record=before, from_journal=True, asked=settings.requests if settings else 0)
    empty = AuditRecord(id=target.id, key=name, commit=head.base or "", codex=run.context.policy.source)
    record = isolated(target.path, lambda: _audited(run, head, empty, before, settings))
    if not isinstance(record, AuditRecord):
        return _failed(target, record)
    return AuditResult(target=target, record=record, asked=settings.requests if settings else 0)


def _settings_of(run: "_Run", head: RepositoryHead) -> RepositorySettings | None:
    """Read the settings of a repository on its forge, if requested and if the repository is audited."""
    wanted = run.forge_settings and head.base is not None and not head.target.archived
    return run.context.forge.repository_settings(head.target) if wanted else None


def _failed(target: Repository, error: CodexError) -> AuditResult:
    return AuditResult(target=target, failure=error.summary, host_failed=is_host_fault(error))


def _key(run: "_Run", head: RepositoryHead, settings: RepositorySettings | None) -> str:
    """Return a digest of all that an audit depends on: commit, codex, version of codexc, results and settings."""
    told = (msgspec.json.encode(settings.values, order="sorted"),) if settings else ()
    tree, archived = run.context.source.codex.tree, str(head.target.archived)
    return key(head.base or "", tree, __version__, archived, run.results.digest(head.target), *told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What all audits of a run share."""

    context: SyncContext
    selector: RuleSelector
    results: ResultsFolder
    forge_settings: bool = False


def _audited(
    run: _Run,
    head: RepositoryHead,
    empty: AuditRecord,
    before: AuditRecord | None,
    told: RepositorySettings | None,
) -> AuditRecord:
    """Audit one repository at the head of its default branch. Raises `CodexError` if it cannot be read."""
    context = run.context
    if head.target.archived or head.base is None:
        why = "archived" if head.target.archived else "the repository is empty, or has no default branch"
        return msgspec.structs.replace(empty, skipped=why)
    repository = context.forge.fetch(head.target, head.base, most=MAX_FILE)
    settings, lock = _own_files(repository)
    if settings.opt_out is not None:
        return msgspec.structs.replace(empty, skipped=f"opted out: {settings.opt_out.reason}")
    codex = context.source_for(settings)
    if codex is None:
        raise CodexError(f"pinned to {settings.pin}, but its bundle was not found")
    rules = run.selector.rules(codex, _profile(repository, settings, lock), settings)
    files = RepositoryFiles(repository, lock)
    locator = Locator(files.paths, "")
    results = tuple(read_result_file(argument) for argument in run.results.arguments(head.target))
    inputs = Inputs(
        subject=Subject(
            paths=files.paths,
            read=files.read,
            settings=told.nested() if told else None,
            settings_read=frozenset(told.values) if told else None,
        ),
        results=results,
        located=locator.located,
        day=context.day,
        commit=head.base,
    )
    rows = tuple(rule_record(rule) for rule in audited_rules(rules, inputs))
    return msgspec.structs.replace(
        empty,
        version=codex.version,
        until=waivers_until(settings, context.day, codex.config.waivers.max_days),
        rules=rows,
        waivers=_waivers(settings, rules, context.day, codex.config.waivers.max_days),
        merged=merged_violations(before, codex.version, rows),
        notes=(*files.notes, *notes_on_results(results, rules, locator.unknown)),
    )


def _own_files(repository: ListedRepository) -> tuple[Settings, Lock | None]:
    """Return the settings and the lock of a repository. Raises `CodexError` if one is damaged, or no regular file."""
    for path in (SETTINGS, LOCK):
        if path in repository.listing and not repository.listing[path].regular:
            raise CodexError(f"`{path}` is not a regular file", hint="commit the file itself, or remove it")
    present = [path for path in (SETTINGS, LOCK) if path in repository.listing]
    data = repository.read(present)
    for path in present:
        if path not in data:
            raise CodexError(f"`{path}` cannot be read, or is larger than {MAX_FILE:,} bytes", hint="make it smaller")
    lock = load_lock(data[LOCK], schema=schema("lock")) if LOCK in data else None
    return settings_from(data.get), lock


def _profile(repository: ListedRepository, settings: Settings, lock: Lock | None) -> Profile:
    """Return the profile by which rules are selected; files installed by codexc are not used as evidence."""
    own = own_paths(lock)
    listing = {path: entry for path, entry in repository.listing.items() if path not in own}
    return applied_profile(build_profile(listing, repository.read(evidence_paths(listing))), settings)


def _waivers(settings: Settings, rules: Sequence[AppliedRule], day: str, most: int | None) -> tuple[WaiverRecord, ...]:
    ids = {applied.rule.id for applied in rules}
    return tuple(
        WaiverRecord(
            rule=waiver.rule,
            reason=waiver.reason,
            owner=waiver.owner,
            expires=waiver.expires,
            problem=waiver_problem(waiver, ids, day, most),
        )
        for waiver in settings.waivers
    )
