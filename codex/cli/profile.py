"""`codexc profile`"""

import json
from pathlib import Path

import click

from codex.cli._options import print_json
from codex.cli.main import OK


@click.command("profile")
@click.argument("repository", type=click.Path(path_type=Path), default=Path(), metavar="[DIR|REPO]")
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help="Also show alternatives, and the commands of each package with their evidence.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(repository: Path, show_all: bool, format_: str) -> int:
    """Detect a repository's languages, technologies, commands, packages and boundaries, with evidence for each.

    DIR|REPO is a checkout, a bare Git repository or a plain directory. No code in it is run.
    """
    from codex.profile.as_json import profile_as_json
    from codex.report.profile import profile_as_text
    from codex.workflow.profile import profile_of

    repository_profile = profile_of(repository)
    if format_ == "json":
        print_json(json.dumps(profile_as_json(repository_profile), indent=2))
        return OK
    click.echo(profile_as_text(repository_profile, show_all=show_all), nl=False)
    return OK
