"""Options and output shared by `codexc install` and `codexc uninstall`."""

import json
from collections import Counter
from pathlib import Path

import click

from codex.cli._options import print_status, put
from codex.cli.main import FOUND, OK
from codex.sync.changeset import Action
from codex.workflow.install import Installation

INTO = click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="The repository. [default: the one that contains the current directory]",
)
FORCE = click.option("--force", is_flag=True, help="Also overwrite files that were edited or added by hand.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Write nothing; list what would be written.")
FORMAT = click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)


def show_installation(made: Installation, *, dry: bool, diff: bool, as_json: bool, quiet: bool) -> int:
    """Print the changes and return the exit code: 1 if a file cannot be written."""
    if as_json:
        click.echo(json.dumps(_facts(made, dry=dry), indent=2))
    elif diff:
        put(_differences(made), nl=False)
    elif dry:
        for write in made.work.writes:
            put(f"{write.action:>6} {write.path}")
    for file_change in made.work.kept:
        mark = "cannot be written" if file_change in made.work.conflicts else "kept"
        print_status(f"{mark}: {file_change.path}: {file_change.why}")
    for note in made.work.notes:
        print_status(f"note: {note}")
    print_status(made.said or _sentence(made, dry=dry), quiet=quiet or as_json)
    return FOUND if made.work.conflicts else OK


def _sentence(made: Installation, *, dry: bool) -> str:
    counts = Counter(write.action for write in made.work.writes)
    words = {Action.ADD: "added", Action.UPDATE: "updated", Action.DELETE: "deleted"}
    done = ", ".join(f"{counts[action]:,} {word}" for action, word in words.items() if counts[action])
    what = f"{made.codex} {made.version}"
    chosen = f": {made.rules:,} rules in {made.skills} skills" if made.skills else ""
    if not done:
        return f"{what} is already installed{chosen}"
    return f"{what}{chosen}; files: {done}{' (dry run: nothing written)' if dry else ''}"


def _facts(made: Installation, *, dry: bool) -> dict[str, object]:
    return {
        "status": "dry-run" if dry else "done",
        "codex": made.codex,
        "version": made.version,
        "said": made.said or None,
        "changes": [
            {"path": change.path, "state": change.state, "action": change.action, "why": change.why or None}
            for change in made.work.changes
        ],
        "notes": list(made.work.notes),
    }


def _differences(made: Installation) -> str:
    from codex.workflow.build import FileDifference, unified_diff

    return unified_diff(
        [FileDifference(path=write.path, old=made.before.get(write.path), new=write.new) for write in made.work.writes]
    )
