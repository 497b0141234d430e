"""`codexc build`"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from codex.cli._options import codex_options, color, comma_separated, print_json, print_result, print_status, progress
from codex.cli.main import FOUND, OK
from codex.workflow.build import BuildResult, FileDifference
from codex.workflow.codex_folder import CodexFolder, SourceOptions, default_out, open_codex
from skills_build.counts import counted
from skills_build.errors import CodexError
from skills_build.frozen import dataclass


@click.command("build")
@codex_options
@click.option("--out", type=click.Path(path_type=Path), help="Output directory. [default: dist next to the standards]")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="CLIENT[,CLIENT]",
    callback=comma_separated,
    help="Build for these client families only. Repeatable.",
)
@click.option(
    "--check",
    "check_",
    is_flag=True,
    help="Write nothing; print a diff and exit with code 1 if the output is out of date.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; list the files that would change.")
@click.option(
    "--resolve",
    is_flag=True,
    help="Resolve merge conflicts in the id lock and the output: merge both sides of the lock, and rebuild.",
)
@click.option("--watch", is_flag=True, help="Rebuild whenever a file changes.")
@click.option("--force", is_flag=True, help="Replace the directory even if it contains files not written by codexc.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    source: SourceOptions,
    quiet: bool,
    out: Path | None,
    targets: tuple[str, ...],
    check_: bool,
    dry_run: bool,
    resolve: bool,
    watch: bool,
    force: bool,
    format_: str,
) -> int:
    """Build skills and AGENTS.md fragments from the standards.

    On error, the output is left unchanged. The directory is replaced atomically; if it contains files not written by
    codexc, it is left unchanged (exit code 2).
    """
    _validate_targets(targets)
    run = _Run(
        source=source,
        out=out,
        targets=targets,
        force=force,
        quiet=quiet,
        as_json=format_ == "json",
    )
    if resolve:
        return run.resolve()
    if watch:
        return run.watch()
    if check_:
        return run.check()
    return run.dry() if dry_run else run.write()


def _validate_targets(targets: tuple[str, ...]) -> None:
    if not targets:
        return
    from skills_build.emit.registry import BY_NAME

    for target in targets:
        if target not in BY_NAME:
            raise CodexError(f"unknown target `{target}`", hint=f"use one of: {', '.join(BY_NAME)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One invocation of the command."""

    source: SourceOptions
    out: Path | None
    targets: tuple[str, ...]
    force: bool
    quiet: bool
    as_json: bool

    def write(self) -> int:
        """Build and write, unless the output is up to date."""
        from codex.workflow import build_stamp

        codex_folder, out = self._open()
        stamp = build_stamp.current_stamp(codex_folder, out, self.targets)
        if stamp is not None:
            facts: dict[str, object] = {"out": str(out), "files": stamp.files, "warnings": stamp.warnings}
            line = f"{out} is up to date ({counted(stamp.files, 'file')})"
            self._report({"status": "up-to-date", **facts}, (line,))
            return OK
        return self._build(codex_folder, out)

    def _build(self, codex_folder: CodexFolder, out: Path) -> int:
        from codex.workflow import build as workflow
        from codex.workflow import build_stamp

        built = self._compile(codex_folder, out)
        if not built.artifacts:
            return self._failed(built)
        self._show_output_diagnostics(built)
        with _with_force_in_hint():
            changed = workflow.write_build(built)
        reopened = open_codex(self.source) if changed else codex_folder
        build_stamp.record_stamp(reopened, built)
        facts = {"status": "built", **self._facts(built), "also": [str(path) for path in changed]}
        self._report(facts, tuple(self._lines(built)))
        return OK

    def dry(self) -> int:
        """List the files that a build would change."""
        from codex.workflow.build import drift, refuse_foreign_output

        codex_folder, out = self._open()
        built = self._compile(codex_folder, out)
        if not built.artifacts:
            return self._failed(built)
        with _with_force_in_hint():
            refuse_foreign_output(built)
        changes = drift(built)
        rows = [{"path": c.path, "change": _change_kind(c.old, c.new), "bytes": len(c.new or b"")} for c in changes]
        if self.as_json:
            print_json(json.dumps({"status": "dry-run", **self._facts(built), "changes": rows}, indent=2))
        else:
            for row in rows:
                print_result(f"{row['change']:>7} {row['path']} ({row['bytes']:,} bytes)")
            print_status(f"{counted(len(rows), 'file')} would change in {out}", quiet=self.quiet)
        return OK

    def check(self) -> int:
        """Compare the output on disk with a build for the same day."""
        from codex.workflow.build import drift, unified_diff
        from codex.workflow.merged_lists import merged_lists

        codex_folder, out = self._open()
        built = self._compile(codex_folder, out)
        if not built.artifacts:
            return self._failed(built)
        changes = drift(built)
        if changes and not self.source.dated:
            changes = self._on_its_day(codex_folder, built, changes)
        merged = merged_lists(built.plan, out) if changes and built.plan else ()
        if merged and self._is_current(replace(codex_folder, config=replace(codex_folder.config, whole=merged)), out):
            changes = ()
            names = ", ".join(sorted({name.partition(":")[0] for name in merged}))
            print_status(
                f"a Git merge left entries in these lists that the next build removes: {names}", quiet=self.quiet
            )
        if self.as_json:
            rows = [{"path": c.path, "change": _change_kind(c.old, c.new)} for c in changes]
            print_json(json.dumps({"status": "drift" if rows else "clean", "changes": rows}, indent=2))
        else:
            print_result(unified_diff(changes), nl=False)
        if changes:
            print_status(
                f"{out} is out of date ({counted(len(changes), 'file')}): run `codexc build` to update it",
                quiet=self.quiet,
            )
            return FOUND
        print_status(f"{out} is up to date", quiet=self.quiet or self.as_json)
        return OK

    def _on_its_day(
        self, codex_folder: CodexFolder, built: BuildResult, changes: tuple[FileDifference, ...]
    ) -> tuple[FileDifference, ...]:
        """Return the differences from a build as of the day on which the output was built."""
        from codex.workflow.build import drift
        from codex.workflow.recorded_day import recorded_day

        assert built.codex is not None
        out, today = built.options.out, codex_folder.request.as_of
        day = recorded_day(built.codex, out, today)
        if day == today:
            return changes
        again = self._compile(replace(codex_folder, request=replace(codex_folder.request, as_of=day)), out)
        return drift(again) if again.artifacts else changes

    def _is_current(self, codex_folder: CodexFolder, out: Path) -> bool:
        """Return whether the output directory is up to date with this codex."""
        from codex.workflow.build import drift

        again = self._compile(codex_folder, out)
        return bool(again.artifacts) and not drift(again)

    def watch(self) -> int:
        """Build, then rebuild whenever a file changes, until interrupted."""
        from codex.cli._watch import watch

        return watch(self.source, lambda: self._build(*self._open()), quiet=self.quiet)

    def resolve(self) -> int:
        """Merge both sides of the lock if it has conflict markers, and replace the output with a new build."""
        from codex.workflow.settle import holds_only_files_of_git, settle_lock

        united = settle_lock(self.source)
        codex_folder, out = self._open()
        run = replace(self, force=self.force or holds_only_files_of_git(out))
        code = run._build(codex_folder, out)
        if code == OK:
            lock = f"merged both sides of {codex_folder.lock_path.name}; " if united else ""
            print_status(f"{lock}next: `git add` the written files, and commit the merge", quiet=self.quiet)
        return code

    def _open(self) -> tuple[CodexFolder, Path]:
        codex_folder = open_codex(self.source)
        return codex_folder, self.out or default_out(codex_folder.root)

    def _compile(self, codex_folder: CodexFolder, out: Path) -> BuildResult:
        from codex.workflow import build as workflow

        options = workflow.BuildOptions(out=out, targets=self.targets, force=self.force)
        return workflow.build(codex_folder, codex_folder.config.lint, options, progress=progress(quiet=self.quiet))

    def _show_output_diagnostics(self, built: BuildResult) -> None:
        """Print the diagnostics for the generated files, which `check` does not read."""
        from codex.cli._report import as_text

        shown = [d for d in built.output_diagnostics if d.severity != "info"]
        if shown and not self.as_json and not self.quiet:
            click.echo(as_text(shown, built.sources, root=built.place.root, color=color()), nl=False, color=color())

    def _failed(self, built: BuildResult) -> int:
        """Print the errors that stopped the build."""
        from codex.cli._report import as_text

        if not self.as_json:
            click.echo(as_text(built.stopped, built.sources, root=built.place.root, color=color()), nl=False)
        if self.as_json:
            rows = [{"code": d.code, "message": d.finding.message, "path": d.finding.path} for d in built.stopped]
            print_json(json.dumps({"status": "failed", "diagnostics": rows}, indent=2))
        print_status(f"build failed; {built.options.out} was not changed", quiet=self.quiet)
        return FOUND

    def _facts(self, built: BuildResult) -> dict[str, object]:
        """Return the totals of a build, as reported in JSON."""
        skills = built.plan.skills if built.plan else ()
        return {
            "out": str(built.options.out),
            "files": len(built.artifacts),
            "skills": len(skills),
            "rules": sum(len(skill.rules) for skill in skills),
            "fragments": len(built.plan.fragments) if built.plan else 0,
            "errors": sum(d.severity == "error" for d in built.diagnostics),
            "warnings": sum(d.severity == "warning" for d in built.diagnostics),
        }

    def _report(self, facts: dict[str, object], lines: Sequence[str]) -> None:
        if self.as_json:
            print_json(json.dumps(facts, indent=2))
        else:
            for line in lines:
                print_status(line, quiet=self.quiet)

    def _lines(self, built: BuildResult) -> Iterator[str]:
        """Yield what was built, and where to see the findings."""
        skills = built.plan.skills if built.plan else ()
        fragments = counted(len(built.plan.fragments) if built.plan else 0, "fragment")
        rules, files = counted(sum(len(skill.rules) for skill in skills), "rule"), counted(len(built.artifacts), "file")
        yield f"built {counted(len(skills), 'skill')} and {fragments} from {rules} ({files}) in {built.options.out}"
        severities = Counter(str(one.severity) for one in built.diagnostics)
        if severities["error"] or severities["warning"]:
            errors, warnings = counted(severities["error"], "error"), counted(severities["warning"], "warning")
            yield f"{errors}, {warnings}; run `codexc check` to see the findings in the standards"


@contextmanager
def _with_force_in_hint() -> Iterator[None]:
    """Add possible solutions to the error about files that codexc did not write."""
    from codex.shell.foreign_files import ForeignFilesError

    try:
        yield
    except ForeignFilesError as error:
        hint = "move the files elsewhere, choose another directory with `--out`, or pass `--force` to delete them"
        raise CodexError(error.message, hint=hint) from error


def _change_kind(old: bytes | None, new: bytes | None) -> str:
    return "add" if old is None else "remove" if new is None else "change"
