"""`codexc new`"""

from pathlib import Path

import click

from codex.cli.main import OK
from codex.cli.options import codex_options, put, say
from codex.workflow.load import Request
from skills_build.errors import CodexError


@click.command("new")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--id", "id_", help="The standard's id. [made from the file's name]")
@click.option("--title", help="The standard's title. [made from the file's name]")
@click.option("--next-id", metavar="STANDARD", help="Print the next free rule id of a standard, write nothing.")
@codex_options
def command(
    file: Path | None,
    id_: str | None,
    title: str | None,
    next_id: str | None,
    asked: Request,
    quiet: bool,
) -> int:
    """Start a new standard in FILE from a template, or tell the next free rule id with --next-id."""
    from codex.workflow.load import open_place
    from codex.workflow.scaffold import new_standard, next_rule_id, suggested_id, write_all

    place = open_place(asked)
    if next_id:
        put(next_rule_id(place, next_id))
        return OK
    if file is None:
        raise CodexError("no file is named", hint="`codexc new standards/DOMAIN/NAME.md`, or `--next-id STANDARD`")
    chosen = id_ or suggested_id(file)
    named = title or file.stem.replace("-", " ").replace("_", " ").capitalize()
    text = new_standard(file, place, id_=chosen, title=named, today=asked.as_of)
    write_all({file: text})
    put(str(file))
    say(f"next: write its rules, then `codexc check {file}`", quiet=quiet)
    return OK
