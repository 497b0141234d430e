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
def command(asked: SourceOptions, quiet: bool, against: str | None, format_: str) -> int:
    """List what needs a major version; exit code 1 if anything does. For the CI of merge requests.

    Takes what `codexc diff` takes: `codexc breaking --against origin/main`.
    """
    found = run_comparison(asked, against, quiet=quiet)
    breaking = found.diff.breaking
    if not breaking and format_ == "text":
        print_status(f"nothing breaks against {found.earlier.name}", quiet=quiet)
        return OK
    show_comparison(replace(found, diff=replace(found.diff, changes=breaking)), format_)
    return FOUND if breaking else OK
