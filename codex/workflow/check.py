"""Checks a codex: all findings about its configuration, files and rules, as diagnostics."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codex.shell.atomic import write_file
from codex.shell.reading import read_file, read_text
from codex.shell.tree import UNNAMEABLE
from codex.workflow.codex_folder import CodexFolder, schema
from codex.workflow.parsing import ParsedCodex, Progress, parse_all
from skills_build.diagnostics import Diagnostic, Finding, Severity
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.lint import baseline as baselines
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.base import Context
from skills_build.lint.fix import apply_fixes
from skills_build.lint.run import check_codex
from skills_build.model.config import LintSettings
from skills_build.source.text import decoded

if TYPE_CHECKING:
    from skills_build.compile.coverage import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of a check. `stale` is the number of baseline entries that no diagnostic matches.

    `coverage` accounts for each word, in a check of a whole codex.
    """

    loaded: ParsedCodex
    diagnostics: tuple[Diagnostic, ...]
    stale: int = 0
    coverage: "Coverage | None" = None

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts for excerpts."""
        return self.loaded.place.sources


def check(
    place: CodexFolder,
    settings: LintSettings,
    *,
    progress: Progress = iter,
    with_linters: bool = False,
    only: Collection[str] = (),
) -> CheckResult:
    """Check all of a codex; `with_linters` also runs those that are installed on the examples of the rules.

    With `only`, findings in other files than these may be missing.
    """
    loaded = parse_all(place, progress=progress)
    context = Context(
        config=place.config, as_of=place.request.as_of, check_schema=schema("check"), only=frozenset(only)
    )
    findings = (*loaded.findings, *check_codex(loaded.codex, context))
    if with_linters:
        from codex.workflow.check_linters import linter_trials

        findings = (*findings, *linter_trials(loaded.codex, context.check_schema))
    return CheckResult(loaded=loaded, diagnostics=to_diagnostics(findings, settings, loaded.codex.standards))


def only_files(checked: CheckResult, paths: Sequence[str]) -> CheckResult:
    """The diagnostics of some files only."""
    kept = tuple(d for d in checked.diagnostics if d.finding.path in paths)
    return replace(checked, diagnostics=kept)


def without_baseline(checked: CheckResult, baseline: Path) -> CheckResult:
    """The diagnostics that are not in a baseline. Raises `CodexError` if the file is not a baseline."""
    try:
        text = read_text(baseline, errors="replace")
    except OSError as error:
        raise CodexError(f"`{baseline}` cannot be read: {error.strerror or error}") from error
    entries = baselines.load_baseline(text, path=str(baseline))
    new, stale = baselines.not_in_baseline(checked.diagnostics, entries, checked.sources, checked.sources.__contains__)
    return replace(checked, diagnostics=new, stale=stale)


def write_baseline(checked: CheckResult, path: Path) -> int:
    """Write all diagnostics to a baseline; returns their number."""
    write_file(path, baselines.dump_baseline(checked.diagnostics, checked.sources).encode())
    return len(checked.diagnostics)


def fixed_texts(checked: CheckResult, *, unsafe: bool = False) -> tuple[dict[str, str], int]:
    """The texts of files that fixes change, by path, and the number of fixes: safe ones, or `unsafe` ones too.

    A file that is neither UTF-8 nor UTF-16 is left alone, because it could not be written back unchanged.
    """
    by_path: dict[str, list[Diagnostic]] = {}
    for diagnostic in checked.diagnostics:
        if diagnostic.finding.fix:
            by_path.setdefault(diagnostic.finding.path, []).append(diagnostic)
    texts: dict[str, str] = {}
    total = 0
    for path, diagnostics in by_path.items():
        if UNNAMEABLE in path or (checked.loaded.place.root / path).is_symlink():
            continue
        try:
            old = decoded(read_file(checked.loaded.place.root / path))
        except UnicodeDecodeError:
            continue
        new, count = apply_fixes(old, diagnostics, unsafe=unsafe)
        if new != old or count:
            texts[path] = new
            total += count
    return texts, total


def write_fixes(root: Path, texts: Mapping[str, str]) -> None:
    """Write fixed files, each atomically."""
    for path, text in texts.items():
        write_file(root / path, text.encode(), root=root)


def fails(diagnostics: Sequence[Diagnostic], *, on: Severity) -> bool:
    """Whether diagnostics of severity `on` or higher make a run fail."""
    failing = {Severity.ERROR} if on is Severity.ERROR else {Severity.ERROR, Severity.WARNING}
    return any(d.severity in failing for d in diagnostics)


__all__ = [
    "CheckResult",
    "Finding",
    "check",
    "fails",
    "fixed_texts",
    "only_files",
    "without_baseline",
    "write_baseline",
    "write_fixes",
]
