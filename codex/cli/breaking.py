"""`codexc breaking`"""

from dataclasses import replace

import click

from codex.cli.comparing import AGAINST, FORMAT, compared, show
from codex.cli.main import FOUND, OK
from codex.cli.options import codex_options, say
from codex.cli.trusting import ALLOWED_SIGNERS
from codex.workflow.load import Request


@click.command("breaking")
@codex_options
@AGAINST
@ALLOWED_SIGNERS
@FORMAT
def command(asked: Request, quiet: bool, against: str | None, format_: str) -> int:
    """List what needs a major version; exit code 1 if anything does. For the CI of merge requests.

    Takes what `codexc diff` takes: `codexc breaking --against origin/main`.
    """
    found = compared(asked, against, quiet=quiet)
    breaking = found.diff.breaking
    if not breaking and format_ == "text":
        say(f"nothing breaks against {found.earlier.name}", quiet=quiet)
        return OK
    show(replace(found, diff=replace(found.diff, changes=breaking)), format_)
    return FOUND if breaking else OK
