"""`codexc diff`"""

import click

from codex.cli.comparing import AGAINST, FORMAT, compared, show
from codex.cli.main import FOUND, OK
from codex.cli.options import codex_options
from codex.cli.trusting import ALLOWED_SIGNERS
from codex.workflow.load import Request


@click.command("diff")
@codex_options
@AGAINST
@ALLOWED_SIGNERS
@FORMAT
def command(asked: Request, quiet: bool, against: str | None, format_: str) -> int:
    """Say what changed in the standards, rule by rule, and what the next version has to be.

    Compares the standards as they are with those of a git ref (compiled for the same day), a folder of standards, a
    folder that `codexc build` wrote, a released bundle or its address. Exit code 1: a rule vanished or an id came back.
    """
    found = compared(asked, against, quiet=quiet)
    show(found, format_)
    return FOUND if found.diff.errors else OK
