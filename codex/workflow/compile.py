"""Compiles a checked codex in memory: plan, files, findings of the output lints, and the coverage of words.

`build` writes the result, `check` only reports it, so that it also finds errors that would stop a build.
"""

from dataclasses import replace

from codex.resources import templates
from codex.workflow.check import CheckResult
from codex.workflow.codex_folder import CONFIG, limits
from skills_build.compile.coverage import NO_OUTPUT, Coverage, coverage
from skills_build.compile.plan import make_plan
from skills_build.diagnostics import Diagnostic, Severity
from skills_build.emit.emit import emit, emit_pages
from skills_build.emit.registry import with_needed
from skills_build.frozen import dataclass
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.base import Context, Stage
from skills_build.lint.run import check_output
from skills_build.lint.source_places import SourcePlaces
from skills_build.model.bundle import Artifact, Output, Plan
from skills_build.model.codex import Codex
from skills_build.model.config import Config, LintSettings
from skills_build.model.release import UNRELEASED, Released, ReleaseEntry
from skills_build.source.resolve import disambiguated


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The purpose of a build: client families, and the release that versions continue from, or that it is itself."""

    targets: tuple[str, ...] = ()
    released: Released | None = None
    entry: ReleaseEntry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCodex:
    """The output of a codex in memory, with the diagnostics of it at their places in the source."""

    codex: Codex
    config: Config
    plan: Plan
    coverage: Coverage
    files: tuple[Artifact, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def compiled(checked: CheckResult, settings: LintSettings, stamp: Stamp) -> CompiledCodex:
    """Compile a codex that has been checked, and run the lints of its output."""
    made = _planned(checked, stamp)
    place = checked.loaded.place
    released = stamp.released or place.released
    version = stamp.entry.version if stamp.entry else released.after() if released else UNRELEASED
    files = emit(
        made.plan,
        made.codex,
        made.config,
        as_of=place.request.as_of,
        version=version,
        templates=templates(),
        released=released,
        entry=stamp.entry,
    )
    return _linted(checked, settings, replace(made, files=files))


def check_whole(checked: CheckResult, settings: LintSettings) -> CheckResult:
    """Add to a check of a whole codex what its output shows, without writing it."""
    made = _planned(checked, Stamp())
    as_of = checked.loaded.place.request.as_of
    pages = emit_pages(made.plan, made.codex, made.config, as_of=as_of, version=UNRELEASED, templates=templates())
    made = _linted(checked, settings, replace(made, files=pages))
    ordered = sorted((*checked.diagnostics, *made.diagnostics), key=lambda d: (d.finding.path, d.finding.span))
    return replace(checked, diagnostics=tuple(ordered), coverage=made.coverage)


def _planned(checked: CheckResult, stamp: Stamp) -> CompiledCodex:
    place, codex = checked.loaded.place, disambiguated(checked.loaded.codex)
    config = replace(place.config, targets=stamp.targets or with_needed(place.config.targets))
    plan = make_plan(codex, config, as_of=place.request.as_of, limits=limits())
    words = coverage(codex, plan.pages, place.request.as_of)
    return CompiledCodex(codex=codex, config=config, plan=plan, coverage=words)


def _linted(checked: CheckResult, settings: LintSettings, made: CompiledCodex) -> CompiledCodex:
    """Add the findings of the output, at their places in the source."""
    place, plan = checked.loaded.place, made.plan
    output = Output(
        skills=plan.skills,
        fragments=plan.fragments,
        people=plan.people.rules,
        artifacts=made.files,
        limits=plan.limits,
        files={file.path: file.data for file in made.files},
    )
    context = Context(config=made.config, as_of=place.request.as_of, limits=plan.limits)
    every = (one for diagnostic in checked.diagnostics for one in (diagnostic, *diagnostic.consequences))
    wrong = {one.finding.path for one in every if one.severity is Severity.ERROR}
    lost = (f for f in made.coverage.findings if f.code != NO_OUTPUT or f.path not in wrong)
    found = (*plan.findings, *check_output(output, context), *lost)
    if found:
        places = SourcePlaces(output, frozenset(place.tree.names), place.sources.get(CONFIG, ""))
        found = tuple(places.of(finding) for finding in found)
    diagnostics = to_diagnostics(found, settings, made.codex.standards, ran=(Stage.OUTPUT,))
    return replace(made, diagnostics=diagnostics)
