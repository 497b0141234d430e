"""`codexc comment`"""

from pathlib import Path
from typing import Final

import click

from codex.cli._options import print_status
from codex.cli.main import OK

_MOST: Final = 60_000
"""Maximum number of characters in a comment; GitHub allows 65,536."""


@click.command("comment")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--on", "address", required=True, metavar="URL", help="URL of the merge request.")
@click.option("--token-env", metavar="NAME", help="Environment variable that contains the token.")
@click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
def command(file: Path, address: str, token_env: str | None, quiet: bool) -> int:
    """Write FILE as a comment on a merge request. An earlier comment by this command is replaced.

    For pipelines: `codexc diff --format markdown > review.md`, then `codexc comment review.md --on URL`.
    """
    from codex.shell.reading import read_file
    from codex.workflow.own_repository import request_at
    from skills_build.inert import redacted

    repository, request = request_at(address, token=token_env)
    text = _fitting(read_file(file).decode("utf-8", "replace"))
    repository.forge.comment(repository.target, request, text)
    print_status(f"commented on {redacted(address)}", quiet=quiet)
    return OK


def _fitting(text: str) -> str:
    """Return the lines that fit into a comment, with a note if lines are left out."""
    if len(text) <= _MOST:
        return text
    return (
        text[:_MOST].rpartition("\n")[0]
        + "\n\nThe rest does not fit into a comment; the full text is in the job log.\n"
    )
