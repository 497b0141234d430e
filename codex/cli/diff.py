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
def command(source: SourceOptions, quiet: bool, against: str | None, format_: str) -> int:
    """Show what changed in the standards, rule by rule, and which version the changes require.

    Compares the current standards with a Git ref (compiled for the same day), a directory of standards, the output of
    `codexc build`, or a released bundle or its URL. Exits with code 1 if a rule was deleted or an id was reused.
    """
    comparison = run_comparison(source, against, quiet=quiet)
    show_comparison(comparison, format_)
    return FOUND if comparison.diff.errors else OK
