"""`codexc fmt`"""

import click

from codex.cli.main import FOUND, OK
from codex.cli.options import codex_options, put, say
from codex.workflow.load import Request


@click.command("fmt")
@codex_options
@click.option("--check", "check_", is_flag=True, help="Write nothing; show what would change, exit 1 if anything.")
def command(
    asked: Request,
    quiet: bool,
    check_: bool,
) -> int:
    """Save standards the way all are saved: UTF-8 without byte-order mark, LF, no blanks at line ends.

    Words stay as they are, and so does everything inside code. The lock of ids is written anew as well.
    """
    from codex.workflow import fmt as work
    from codex.workflow.build import Change, differences
    from codex.workflow.load import open_place

    place = open_place(asked)
    changed = work.formatted(place)
    if check_:
        changes = [Change(path=p, old=place.tree.files.get(p), new=t) for p, t in changed.items()]
        put(differences(changes), nl=False)
        say(f"{len(changed):,} files would change", quiet=quiet)
        return FOUND if changed else OK
    work.write(place, changed)
    say(f"changed {len(changed):,} of {len(place.tree.files):,} files", quiet=quiet)
    return OK
