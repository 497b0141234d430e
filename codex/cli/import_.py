"""`codexc import`"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._options import codex_options, color, print_json, print_result, print_status
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions
from skills_build.counts import counted

if TYPE_CHECKING:
    from codex.workflow.import_result import Checked, Outdated
    from codex.workflow.importing import ImportResult


@click.command("import")
@codex_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Directory of the new codex.")
@click.option("--dry-run", is_flag=True, help="Write nothing; list the files that would be written.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    source: SourceOptions,
    quiet: bool,
    out: Path,
    dry_run: bool,
    format_: str,
) -> int:
    """Convert standards from another dialect to the codexc format, and assign ids. The wording is kept.

    The result is a new codex in the directory OUT, with its codex.yaml and id lock. It is checked and built; if there
    are errors, they are printed and the exit code is 1. Run the command again when the original has changed:
    rules keep their ids.
    """
    from codex.workflow.codex_folder import open_codex
    from codex.workflow.import_result import checked_import, outdated, write_import
    from codex.workflow.importing import import_corpus

    imported = import_corpus(open_codex(source), out)
    if imported.unread:
        _print_unread(imported)
        return FOUND
    checked = checked_import(imported, out, as_of=source.as_of)
    old = outdated(checked.result, out) if dry_run else write_import(checked.result, out)
    code = FOUND if checked.errors or checked.result.skipped else OK
    if format_ == "json":
        print_json(json.dumps(_facts(checked), indent=2))
        return code
    if dry_run:
        print_result("\n".join(str(out / path) for path in sorted(checked.result.files)))
    _print_changes(checked, quiet=quiet)
    _print_outdated(old, dry_run=dry_run, quiet=quiet)
    _print_errors(checked)
    result = checked.result
    verb = "would import" if dry_run else "imported"
    rules, standards = counted(len(result.ids), "rule"), counted(len(result.texts), "standard")
    print_status(f"{verb} {rules} from {standards} into {out}", quiet=quiet)
    if code:
        print_status("the import has errors: fix them in the original, or in the new codex", quiet=quiet)
    print_status(f"next: set owners in {out / 'codex.yaml'}, then `codexc check --root {out}`", quiet=quiet or dry_run)
    return code


def _facts(checked: "Checked") -> dict[str, object]:
    result = checked.result
    return {
        "files": sorted(result.files),
        "ids": [{"id": now, "was": before or None} for now, before in result.ids],
        "skipped": result.skipped,
        "withdrawn": [entry.id for entry in result.withdrawn],
        "unlinked": [{"path": path, "line": line, "target": target} for path, line, target in checked.unlinked],
        "errors": [
            {"code": e.code, "path": e.finding.path, "line": e.finding.span.line, "message": e.finding.message}
            for e in checked.errors
        ],
    }


def _print_outdated(old: "Outdated", *, dry_run: bool, quiet: bool) -> None:
    for path in old.deleted:
        verb = "would be deleted" if dry_run else "deleted"
        print_status(f"{path}: {verb}, because it no longer exists in the original", quiet=quiet)
    for path in old.left:
        print_status(f"{path}: no longer in the original; delete it if it is not needed", quiet=quiet)


def _print_changes(checked: "Checked", *, quiet: bool) -> None:
    """Print the differences from the original, one per line."""
    result = checked.result
    for path, line, target in checked.unlinked:
        why = "is broken" if "://" in target else "has no target in the new codex"
        print_status(f"{path}:{line}: the link to `{target}` {why}, and is now plain text", quiet=quiet)
    for path in checked.allowed:
        print_status(
            f"{path}: contains text that looks like a rule; added a comment that suppresses the finding", quiet=quiet
        )
    for entry in result.withdrawn:
        print_status(f"{entry.file}: `{entry.id}` is no longer in the original and is withdrawn", quiet=quiet)
    for path in result.skipped:
        print_status(f"skipped {path}: cannot be parsed", quiet=quiet)


def _print_unread(imported: "ImportResult") -> None:
    """Report that a dialect finds nothing to import."""
    from codex.report import text
    from skills_build.lint.apply_settings import to_diagnostics
    from skills_build.model.config import LintSettings

    diagnostics = to_diagnostics(imported.unread, LintSettings())
    click.echo(text.render(diagnostics, {}, color=color()), nl=False, color=color())


def _print_errors(checked: "Checked") -> None:
    from codex.report import text

    if checked.errors:
        click.echo(text.render(checked.errors, checked.sources, color=color()), nl=False, color=color())
