"""`codexc preview`"""

import json
from dataclasses import asdict

import click

from codex.cli import _completion
from codex.cli._options import codex_options, print_json, print_result, print_status
from codex.cli.main import OK
from codex.workflow.codex_folder import SourceOptions


@click.command("preview")
@click.option(
    "--profile",
    "words",
    required=True,
    metavar="NAME|WORDS",
    shell_complete=_completion.profiles,
    help="Languages and technologies, such as python,docker, or the name of a profile in codex.yaml.",
)
@codex_options
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    words: str,
    source: SourceOptions,
    quiet: bool,
    format_: str,
) -> int:
    """Show what an agent sees in a repository with a given profile: the AGENTS.md block and the skill catalogue."""
    from codex.workflow.codex_folder import open_codex
    from codex.workflow.preview import preview

    result = preview(open_codex(source), words)
    for note in result.notes:
        print_status(f"note: {note}", quiet=quiet)
    if format_ == "json":
        print_json(json.dumps(asdict(result), indent=2))
        return OK
    for folder, text in sorted(result.fragments.items()):
        print_result(f"==> {folder + '/' if folder else ''}AGENTS.md <==\n\n{text}")
    click.echo("==> skill catalogue <==\n")
    for name, description in result.skills:
        print_result(f"- {name}: {description}")
    return OK
