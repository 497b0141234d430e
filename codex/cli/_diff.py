"""Options and output shared by `codexc diff` and `codexc breaking`."""

import json

import click

from codex.cli._options import color, print_status, progress, put
from codex.cli._trust import allowed_signers
from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.compare import Comparison

AGAINST = click.option(
    "--against", metavar="REF|DIR|BUNDLE|URL", help="The version to compare with. [default: the last release]"
)
FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)


def run_comparison(asked: SourceOptions, against: str | None, *, quiet: bool) -> Comparison:
    """Compare the current standards with an earlier version."""
    from codex.workflow.compare import compare, earlier_edition

    place, watched = open_codex(asked), progress(quiet=quiet)
    found = compare(
        place, earlier_edition(place, against, progress=watched, allowed_signers=allowed_signers()), progress=watched
    )
    errors = sum(diagnostic.severity == "error" for diagnostic in found.built.diagnostics)
    if errors:
        print_status(
            f"the standards have {errors:,} error{'s' if errors != 1 else ''}: run `codexc check` to see them",
            quiet=quiet,
        )
    if found.earlier.snapshot is None:
        print_status(f"no codex in {found.earlier.name}: nothing to compare with", quiet=quiet)
    return found


def show_comparison(found: Comparison, format_: str) -> None:
    """Print a comparison to standard output."""
    from codex.report import changes

    name = found.earlier.name
    if format_ == "json":
        click.echo(json.dumps(changes.as_json(found.diff, against=name), indent=2))
    elif format_ == "markdown":
        put(changes.as_markdown(found.diff, against=name), nl=False)
    else:
        click.echo(changes.as_text(found.diff, against=name, color=color()), nl=False, color=color())
