"""`codexc breaking`"""

from dataclasses import replace

import click

from codex.cli._diff import AGAINST, FORMAT, run_comparison, show_comparison
from codex.cli._options import codex_options, print_status
from codex.cli._trust import ALLOWED_SIGNERS
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions


@click.command("breaking")
@codex_options
@AGAINST
@ALLOWED_SIGNERS
@FORMAT
def command(source: SourceOptions, quiet: bool, against: str | None, format_: str) -> int:
    """List breaking changes, for CI on merge requests: `codexc breaking --against origin/main`.

    Takes the same options as `codexc diff`. Exits with code 1 if a change requires a major version.
    """
    comparison = run_comparison(source, against, quiet=quiet)
    breaking = comparison.diff.breaking
    if not breaking and format_ == "text":
        print_status(f"no breaking changes since {comparison.earlier.name}", quiet=quiet)
        return OK
    show_comparison(replace(comparison, diff=replace(comparison.diff, changes=breaking)), format_)
    return FOUND if breaking else OK
