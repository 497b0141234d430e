"""`codexc check`"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli import _completion
from codex.cli._options import codex_options, color, comma_separated, print_result, print_status, progress, write_report
from codex.cli.main import FOUND, OK
from codex.report.registry import FORMATS, FROM_REPOSITORY, renderer
from codex.report.relocate import relocated
from codex.shell.reading import real_path
from codex.workflow.codex_folder import CodexFolder, SourceOptions, find_codex_root, open_codex
from codex.workflow.report_paths import from_repository, from_working_directory, named_file
from skills_build.counts import counted
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from codex.workflow.check import CheckResult
    from skills_build.model.config import LintSettings


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@codex_options
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report to this file.")
@click.option(
    "--select",
    multiple=True,
    metavar="LINT[,LINT]",
    callback=comma_separated,
    shell_complete=_completion.lints,
    help="Run only these lints, by code, code prefix or name. Repeatable.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="LINT[,LINT]",
    callback=comma_separated,
    shell_complete=_completion.lints,
    help="Skip these lints. Repeatable.",
)
@click.option("--fix", is_flag=True, help="Apply safe fixes, which never change the meaning.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="With --fix or --diff: also apply fixes that may change the meaning."
)
@click.option("--dry-run", is_flag=True, help="With --fix: write nothing; print a diff.")
@click.option("--diff", is_flag=True, help="Write nothing; print the fixes as a diff. The same as --fix --dry-run.")
@click.option(
    "--baseline", type=click.Path(path_type=Path, exists=True), help="Hide the findings recorded in this baseline."
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path),
    help="Record all current findings in this file and exit with code 0.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="The lowest severity that makes the command exit with code 1.",
)
@click.option("--with-linters", is_flag=True, help="Also test linter checks with the installed linters.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option("--stdin-filename", metavar="PATH", help="With `-`: the path of the file read from standard input.")
def command(
    files: tuple[Path, ...],
    source: SourceOptions,
    quiet: bool,
    format_: str,
    output: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    unsafe_fixes: bool,
    dry_run: bool,
    diff: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    fail_on: str,
    with_linters: bool,
    watch: bool,
    stdin_filename: str | None,
) -> int:
    """Check the standards for errors and questionable wording.

    The output is compiled in memory, so `check` also finds errors that would stop a build, and text that would be
    missing from the output.
    With FILES, only findings in the text of these files are reported; `-` reads standard input (with --stdin-filename).
    The whole codex is read in any case, so conflicts between standards are still found.
    """
    from codex.workflow import check as workflow
    from skills_build.diagnostics import Severity
    from skills_build.lint.apply_settings import overridden

    fix, dry_run = fix or diff, dry_run or diff
    if source.root is None and files:
        source = replace(source, root=_root_of(files, stdin_filename))
    if watch:
        return _watched(source, files, quiet=quiet)
    codex_folder = open_codex(source)
    codex_folder, selected = _selected(codex_folder, files, stdin_filename)
    settings = overridden(codex_folder.config.lint, select=select, ignore=ignore)
    if fix and any(str(file) == "-" for file in files):
        raise CodexError("`--fix` cannot write to standard input", hint="pass the file itself instead of `-`")
    only_text = bool(selected) or (fix and not write_baseline)  # no fix comes from the output
    checked = _checked(
        codex_folder, settings, selected, baseline, only_text=only_text, quiet=quiet, with_linters=with_linters
    )
    if write_baseline:
        count = workflow.write_baseline(checked, write_baseline)
        print_status(f"recorded {counted(count, 'finding')} in {write_baseline}", quiet=quiet)
        return OK
    if fix:
        texts, count = workflow.fixed_texts(checked, unsafe=unsafe_fixes)
        if dry_run:
            _show_fixes(codex_folder, texts)
            return OK
        workflow.write_fixes(codex_folder.root, texts)
        print_status(
            f"fixed {counted(count, 'finding')} in {counted(len(texts), 'file')}",
            quiet=quiet,
        )
        reopened = open_codex(codex_folder.request)
        checked = _checked(reopened, settings, selected, baseline, only_text=bool(selected), quiet=quiet)
    _print(checked, format_, output, files=len(selected) or checked.loaded.read, quiet=quiet)
    if selected:
        print_status("only the text was checked: `codexc check` without files also checks the output", quiet=quiet)
    return FOUND if workflow.fails(checked.diagnostics, on=Severity(fail_on)) else OK


def _watched(source: SourceOptions, files: tuple[Path, ...], *, quiet: bool) -> int:
    """Run the same command again after each change."""
    from codex.cli._watch import watch

    if any(str(file) == "-" for file in files):
        raise CodexError("`--watch` cannot watch standard input", hint="pass the file itself instead of `-`")
    context = click.get_current_context()
    again = {**context.params, "watch": False}
    return watch(source, lambda: int(context.invoke(command, **again)), quiet=quiet)


def _checked(
    codex_folder: CodexFolder,
    settings: "LintSettings",
    selected: tuple[str, ...],
    baseline: Path | None,
    *,
    only_text: bool,
    quiet: bool,
    with_linters: bool = False,
) -> "CheckResult":
    """Return the findings in the selected files that are not in the baseline; with `only_text`, compile no output."""
    from codex.workflow import check as workflow

    only = () if baseline else selected  # an entry of a baseline counts as stale without its finding
    checked = workflow.check(
        codex_folder, settings, progress=progress(quiet=quiet), with_linters=with_linters, only=only
    )
    if not only_text:
        from codex.workflow.compile import check_whole

        checked = check_whole(checked, settings)
    checked = workflow.without_baseline(checked, baseline) if baseline else checked
    return workflow.only_files(checked, selected) if selected else checked


def _root_of(files: tuple[Path, ...], stdin_filename: str | None) -> Path | None:
    """Return the root of the codex that the first file belongs to."""
    first = Path(stdin_filename) if str(files[0]) == "-" and stdin_filename else files[0]
    if str(first) == "-":
        return None
    first = named_file(first, Path.cwd())
    return find_codex_root(real_path(first) if first.is_dir() else real_path(first).parent)


def _selected(
    codex_folder: CodexFolder, files: tuple[Path, ...], stdin_filename: str | None
) -> tuple[CodexFolder, tuple[str, ...]]:
    """Return the paths of FILES in the codex; standard input replaces the text of its file."""
    paths: list[str] = []
    for file in files:
        named = Path(stdin_filename or "stdin.md") if str(file) == "-" else named_file(file, codex_folder.root)
        path = _inside(codex_folder.root, named)
        if str(file) == "-":
            tree = replace(codex_folder.tree, files={**codex_folder.tree.files, path: sys.stdin.buffer.read()})
            codex_folder = replace(codex_folder, tree=tree)
        elif not named.exists():
            raise CodexError(f"`{file}` does not exist")
        elif named.is_dir():
            prefix = "" if path == "." else f"{path}/"
            paths.extend(p for p in codex_folder.tree.files if p.startswith(prefix))
            continue
        paths.append(path)
    return codex_folder, tuple(paths)


def _inside(root: Path, file: Path) -> str:
    try:
        return real_path(file).relative_to(real_path(root)).as_posix()
    except ValueError as error:
        raise CodexError(
            f"`{file}` is not in the codex `{root}`", hint="use `--root` to pass the codex that contains the file"
        ) from error


def _print(checked: "CheckResult", format_: str, output: Path | None, *, files: int, quiet: bool) -> None:
    root = checked.loaded.place.root
    if format_ == "text":
        from codex.cli._report import as_text
        from codex.report.text import findings_summary

        painted = color() and output is None
        report = as_text(checked.diagnostics, checked.sources, root=root, color=painted)
        report += "" if quiet else findings_summary(checked.diagnostics, files=files, color=painted)
    elif format_ in FROM_REPOSITORY:
        report = renderer(format_)(*relocated(checked.diagnostics, checked.sources, from_repository(root)))
    elif format_ == "json":
        from codex.report import as_json
        from codex.workflow.coverage import read_facts

        report = as_json.render(checked.diagnostics, checked.sources, read=read_facts(checked))
    else:
        report = renderer(format_)(checked.diagnostics, checked.sources)
    write_report(report, output, format_=None if format_ == "text" else format_)
    if checked.stale:
        entries = counted(checked.stale, "finding in the baseline is", "findings in the baseline are")
        print_status(f"{entries} fixed: run the command with `--write-baseline` to update the baseline", quiet=quiet)


def _show_fixes(codex_folder: CodexFolder, texts: dict[str, str]) -> None:
    from codex.workflow.build import FileDifference, unified_diff

    shown, old = from_working_directory(codex_folder.root), codex_folder.tree.files
    changes = [FileDifference(path=shown(p), old=old[p], new=t.encode()) for p, t in sorted(texts.items())]
    print_result(unified_diff(changes), nl=False)
