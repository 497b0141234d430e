"""`codexc fmt`"""

import click

from codex.cli._options import codex_options, print_status, put
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions


@click.command("fmt")
@codex_options
@click.option(
    "--check",
    "check_",
    is_flag=True,
    help="Write nothing; print a diff and exit with code 1 if a file is not formatted.",
)
def command(
    asked: SourceOptions,
    quiet: bool,
    check_: bool,
) -> int:
    """Format standards consistently: UTF-8 without byte order mark, LF line endings, no trailing whitespace.

    Wording and code are never changed. The id lock is also rewritten.
    """
    from codex.workflow import fmt as work
    from codex.workflow.build import FileDifference, unified_diff
    from codex.workflow.codex_folder import open_codex

    place = open_codex(asked)
    changed = work.formatted(place)
    if check_:
        changes = [FileDifference(path=p, old=place.tree.files.get(p), new=t) for p, t in changed.items()]
        put(unified_diff(changes), nl=False)
        print_status(f"{len(changed):,} files would change", quiet=quiet)
        return FOUND if changed else OK
    work.write_formatted(place, changed)
    print_status(f"changed {len(changed):,} of {len(place.tree.files):,} files", quiet=quiet)
    return OK
