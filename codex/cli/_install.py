"""Options and output shared by `codexc install` and `codexc uninstall`."""

import json
from collections import Counter
from pathlib import Path

import click

from codex.cli._options import print_json, print_result, print_status
from codex.cli.main import FOUND, OK
from codex.sync.changeset import Action
from codex.workflow.install import Installation
from skills_build.counts import counted

INTO = click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="The repository. [default: the repository that contains the current directory]",
)
FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)


def show_installation(installation: Installation, *, dry: bool, diff: bool, as_json: bool, quiet: bool) -> int:
    """Print the changes and return the exit code: 1 if a file cannot be written."""
    if as_json:
        print_json(json.dumps(_facts(installation, dry=dry), indent=2))
    elif diff:
        print_result(_differences(installation), nl=False)
    elif dry:
        for write in installation.changes.writes:
            print_result(f"{write.action:>6} {write.path}")
    for file_change in installation.changes.kept:
        mark = "cannot be written" if file_change in installation.changes.conflicts else "kept"
        print_status(f"{mark}: {file_change.path}: {file_change.why}")
    for note in installation.changes.notes:
        print_status(f"note: {note}")
    print_status(installation.reason or _sentence(installation, dry=dry), quiet=quiet or as_json)
    return FOUND if installation.changes.conflicts else OK


def _sentence(installation: Installation, *, dry: bool) -> str:
    counts = Counter(write.action for write in installation.changes.writes)
    verbs = {Action.ADD: "added", Action.UPDATE: "updated", Action.DELETE: "deleted"}
    done = ", ".join(f"{counts[action]:,} {word}" for action, word in verbs.items() if counts[action])
    name = f"{installation.codex} {installation.version}"
    skills = f" in {counted(installation.skills, 'skill')}" if installation.skills else ""
    selection = f": {counted(installation.rules, 'rule')}{skills}" if installation.rules else ""
    if not done:
        return f"{name} is already installed{selection}"
    return f"{name}{selection}; files: {done}{' (dry run: nothing written)' if dry else ''}"


def _facts(installation: Installation, *, dry: bool) -> dict[str, object]:
    return {
        "status": "dry-run" if dry else "done",
        "codex": installation.codex,
        "version": installation.version,
        "said": installation.reason or None,
        "changes": [
            {"path": change.path, "state": change.state, "action": change.action, "why": change.why or None}
            for change in installation.changes.changes
        ],
        "notes": list(installation.changes.notes),
    }


def _differences(installation: Installation) -> str:
    from codex.workflow.build import FileDifference, unified_diff

    return unified_diff(
        [
            FileDifference(path=write.path, old=installation.before.get(write.path), new=write.new)
            for write in installation.changes.writes
        ]
    )
