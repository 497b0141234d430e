"""`codexc new`"""

from pathlib import Path

import click

from codex.cli._options import codex_options, print_result, print_status
from codex.cli.main import OK
from codex.workflow.codex_folder import SourceOptions
from skills_build.errors import CodexError


@click.command("new")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--id", "id_", help="Id of the standard. [default: derived from the file name]")
@click.option("--title", help="Title of the standard. [default: derived from the file name]")
@click.option("--next-id", metavar="STANDARD", help="Write nothing; print the next free rule id of this standard.")
@codex_options
def command(
    file: Path | None,
    id_: str | None,
    title: str | None,
    next_id: str | None,
    source: SourceOptions,
    quiet: bool,
) -> int:
    """Create a standard in FILE from a template, or print the next free rule id with --next-id."""
    from codex.workflow.codex_folder import open_codex
    from codex.workflow.scaffold import new_standard, next_rule_id, suggested_id, write_all

    codex_folder = open_codex(source)
    if next_id:
        print_result(next_rule_id(codex_folder, next_id))
        return OK
    if file is None:
        raise CodexError(
            "no file given", hint="run `codexc new standards/DOMAIN/NAME.md`, or pass `--next-id STANDARD`"
        )
    standard_id = id_ or suggested_id(file)
    standard_title = title or file.stem.replace("-", " ").replace("_", " ").capitalize()
    text = new_standard(file, codex_folder, id_=standard_id, title=standard_title, today=source.as_of)
    write_all({file: text})
    print_result(str(file))
    print_status(f"next: write its rules, then `codexc check {file}`", quiet=quiet)
    return OK
