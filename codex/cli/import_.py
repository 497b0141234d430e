"""`codexc import`"""

import json
from pathlib import Path

import click

from codex.cli._options import codex_options, print_result, print_status
from codex.cli.main import OK
from codex.workflow.codex_folder import SourceOptions


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

    The result is a new codex in the directory OUT, with its codex.yaml and id lock.
    """
    from codex.workflow.codex_folder import open_codex
    from codex.workflow.importing import import_corpus, write_import

    result = import_corpus(open_codex(source))
    if not dry_run:
        write_import(result, out)
    if format_ == "json":
        ids = [{"id": now, "was": before or None} for now, before in result.ids]
        click.echo(json.dumps({"files": sorted(result.files), "ids": ids, "skipped": result.skipped}, indent=2))
        return OK
    if dry_run:
        print_result("\n".join(str(out / path) for path in sorted(result.files)))
    for path in result.skipped:
        print_status(f"skipped {path}: cannot be parsed", quiet=quiet)
    verb = "would import" if dry_run else "imported"
    print_status(f"{verb} {len(result.ids):,} rules from {result.standards:,} standards into {out}", quiet=quiet)
    print_status(f"next: set owners in {out / 'codex.yaml'}, then `codexc check --root {out}`", quiet=quiet or dry_run)
    return OK
