"""`codexc diff`"""

import click

from codex.cli._diff import AGAINST, FORMAT, run_comparison, show_comparison
from codex.cli._options import codex_options
from codex.cli._trust import ALLOWED_SIGNERS
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions


@click.command("diff")
@codex_options
@AGAINST
@ALLOWED_SIGNERS
@FORMAT
def command(asked: SourceOptions, quiet: bool, against: str | None, format_: str) -> int:
    """Say what changed in the standards, rule by rule, and what the next version has to be.

    Compares the standards as they are with those of a git ref (compiled for the same day), a folder of standards, a
    folder that `codexc build` wrote, a released bundle or its address. Exit code 1: a rule vanished or an id came back.
    """
    found = run_comparison(asked, against, quiet=quiet)
    show_comparison(found, format_)
    return FOUND if found.diff.errors else OK
