"""`codexc new`"""

import sys
from pathlib import Path
from shlex import quote

import click

from codex.cli import _completion
from codex.cli._options import codex_options, print_result, print_status
from codex.cli.main import OK
from codex.workflow.codex_folder import CodexFolder, SourceOptions
from skills_build.errors import CodexError


@click.command("new")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--id", "id_", help="Id of the standard. [default: derived from the file name]")
@click.option("--title", help="Title of the standard. [default: derived from the file name]")
@click.option(
    "--domain",
    shell_complete=_completion.domains,
    help="Domain of the standard. [default: the domain with the folder's name, else the only domain, else a prompt]",
)
@click.option(
    "--next-id",
    metavar="STANDARD",
    shell_complete=_completion.standards,
    help="Write nothing; print the next free rule id of this standard.",
)
@codex_options
def command(
    file: Path | None,
    id_: str | None,
    title: str | None,
    domain: str | None,
    next_id: str | None,
    source: SourceOptions,
    quiet: bool,
) -> int:
    """Create a standard in FILE from a template, or print the next free rule id with --next-id."""
    from codex.workflow.codex_folder import open_codex
    from codex.workflow.scaffold import (
        StandardOptions,
        new_standard,
        next_rule_id,
        standard_path,
        suggested_id,
        write_all,
    )

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
    options = StandardOptions(
        id=standard_id,
        title=standard_title,
        domain=domain or _domain(file, codex_folder),
        today=source.as_of,
    )
    text = new_standard(file, codex_folder, options)
    write_all({codex_folder.root / standard_path(file, codex_folder): text}, root=codex_folder.root)
    print_result(str(file))
    print_status(f"next: write the rules, then `codexc check {quote(str(file))}`", quiet=quiet)
    return OK


def _domain(file: Path, codex_folder: CodexFolder) -> str:
    """Return the domain with the same name as the file's folder; otherwise prompt for it on a terminal."""
    from codex.workflow.scaffold import domain_of

    if domain := domain_of(file, codex_folder):
        return domain
    names = list(codex_folder.config.domains)
    if sys.stdin.isatty() and sys.stderr.isatty():
        answer: str = click.prompt("domain", type=click.Choice(names), err=True)
        return answer
    raise CodexError(
        f"the domain of `{file}` is not specified", hint=f"pass `--domain` with one of: {', '.join(names)}"
    )
