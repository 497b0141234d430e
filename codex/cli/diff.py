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
    """Show what changed in the standards, rule by rule, and the version it requires.

    Compares the current standards with a git ref (compiled for the same day), a directory of standards, the output of
    `codexc build`, or a released bundle or its URL. Exits with code 1 if a rule was deleted or an id was reused.
    """
    found = run_comparison(asked, against, quiet=quiet)
    show_comparison(found, format_)
    return FOUND if found.diff.errors else OK
