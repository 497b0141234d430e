"""The baseline of an audit: violations that were there before. Against a base it may only shrink."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from codex.audit.model import Audit, AuditedRule, State
from codex.report.audit import diagnostics_of
from codex.shell.atomic import write_file
from codex.shell.reading import read_text, real_path, within
from codex.shell.repository import GitRepository
from codex.shell.revisions import commit_of_base
from codex.workflow.audit import AuditRun
from skills_build.counts import counted
from skills_build.diagnostics import Diagnostic
from skills_build.errors import CodexError
from skills_build.lint import baseline as baselines
from skills_build.lint.baseline import Entries


def record_baseline(run: AuditRun, path: Path) -> int:
    """Write all violations to a baseline; returns their number."""
    found = _violations(run.audit)
    write_file(path, baselines.dump_baseline(found, _sources(run, found)).encode())
    return len(found)


def _violations(audit: Audit) -> tuple[Diagnostic, ...]:
    """Return the violations: a rule whose linter failed is not one that a baseline may hide."""
    return tuple(diagnostics_of(replace(audit, rules=tuple(r for r in audit.rules if r.state == State.VIOLATED))))


def _sources(run: AuditRun, found: Iterable[Diagnostic]) -> Mapping[str, str]:
    """Return the texts of the files with violations, by which an entry is found again when its line moves."""
    texts = {path: run.read(path) for path in {diagnostic.finding.path for diagnostic in found}}
    return {path: text for path, text in texts.items() if isinstance(text, str)}


def apply_baseline(run: AuditRun, path: Path, root: Path, base: str | None) -> tuple[AuditRun, tuple[str, ...]]:
    """Leave out the violations in a baseline, and return notes on it.

    Raises `CodexError` if it has entries that it does not have at the commit `base`.
    """
    try:
        text = read_text(path, errors="replace")
    except OSError as error:
        raise CodexError(f"`{path}` cannot be read: {error.strerror or error}") from error
    entries = baselines.load_baseline(text, path=str(path))
    if base is not None:
        _must_not_grow(entries, _at_base(path, root, base), run, base)
    found = _violations(run.audit)
    new, stale = baselines.not_in_baseline(found, entries, _sources(run, found), run.is_file)
    left = _places(new)
    rules = tuple(_without(rule, left.get(rule.id, frozenset())) for rule in run.audit.rules)
    return replace(run, audit=replace(run.audit, rules=rules)), tuple(_notes(len(found) - len(new), stale))


def _notes(hidden: int, stale: int) -> Iterator[str]:
    if hidden:
        yield f"{counted(hidden, 'violation is', 'violations are')} in the baseline"
    if stale:
        entries = counted(stale, "violation in the baseline is", "violations in the baseline are")
        yield f"{entries} fixed: run the command with `--write-baseline` to update the baseline"


def _places(found: tuple[Diagnostic, ...]) -> dict[str, frozenset[tuple[str, int, int]]]:
    by_rule: dict[str, set[tuple[str, int, int]]] = {}
    for diagnostic in found:
        finding = diagnostic.finding
        by_rule.setdefault(finding.code, set()).add((finding.path, finding.span.line, finding.span.column))
    return {rule: frozenset(places) for rule, places in by_rule.items()}


def _without(rule: AuditedRule, left: frozenset[tuple[str, int, int]]) -> AuditedRule:
    """Return a rule with only the evidence that is not in the baseline; if none is left, its state is partial."""
    if rule.state != State.VIOLATED:
        return rule
    kept = tuple(e for e in rule.evidence if (e.path or ".", max(e.line, 1), max(e.column, 1)) in left)
    if kept:
        return replace(rule, evidence=kept)
    return replace(rule, evidence=(), state=State.PARTIAL, why="all violations of this rule are in the baseline")


def _at_base(path: Path, root: Path, base: str) -> Entries | None:
    """Return the entries of the baseline at a commit; None if it does not exist there."""
    repository = GitRepository.around(root)
    if repository is None:
        raise CodexError(f"`{root}` is not in a Git repository, so `{base}` does not exist", hint="leave out `--base`")
    name = within(path, repository.root)
    if name is None:
        raise CodexError(f"`{path}` is not in the repository `{repository.root}`", hint="leave out `--base`")
    if real_path(path) != real_path(repository.root) / name:
        raise CodexError(
            f"`{path}` is a symbolic link, or is in a linked directory", hint="commit the baseline as a regular file"
        )
    before = repository.read(commit_of_base(root, base), name)
    return baselines.load_baseline(before.decode("utf-8", "replace"), path=f"{path} at {base}") if before else None


def _must_not_grow(entries: Entries, before: Entries | None, run: AuditRun, base: str) -> None:
    more = baselines.grown(entries, before, run.is_file) if before is not None else None
    if more:
        path, rule, _ = min(more)
        count = counted(sum(more.values()), "violation")
        message = f"the baseline has grown by {count} since {base}, including {rule} in `{path}`"
        raise CodexError(message, hint="fix the violation, or add a waiver with an owner and an end date")


def audit_fails(audit: Audit, *, on: str) -> bool:
    """Return whether an audit makes a run fail: `error` for blocking rules and errors, `warning` for all."""
    failing = [rule for rule in audit.rules if rule.fails]
    if on == "never":
        return False
    return any(on == "warning" or rule.blocking or rule.state == State.ERROR for rule in failing)
