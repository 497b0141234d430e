"""Options and output shared by `codexc diff` and `codexc breaking`."""

import json

import click

from codex.cli._options import color, print_json, print_result, print_status, progress
from codex.cli._trust import allowed_signers
from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.compare import Comparison
from skills_build.counts import counted

AGAINST = click.option(
    "--against", metavar="REF|DIR|BUNDLE|URL", help="The version to compare with. [default: the last release]"
)
FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="Output format.",
)


def run_comparison(source: SourceOptions, against: str | None, *, quiet: bool) -> Comparison:
    """Compare the current standards with an earlier version."""
    from codex.workflow.compare import compare, earlier_edition

    folder, on_progress = open_codex(source), progress(quiet=quiet)
    comparison = compare(
        folder,
        earlier_edition(folder, against, progress=on_progress, allowed_signers=allowed_signers()),
        progress=on_progress,
    )
    errors = sum(diagnostic.severity == "error" for diagnostic in comparison.built.diagnostics)
    if errors:
        print_status(
            f"the standards have {counted(errors, 'error')}: run `codexc check` to list the errors",
            quiet=quiet,
        )
    if comparison.earlier.snapshot is None:
        print_status(f"there is no codex in {comparison.earlier.name} to compare with", quiet=quiet)
    return comparison


def show_comparison(comparison: Comparison, format_: str) -> None:
    """Print a comparison to standard output."""
    from codex.report import changes

    name = comparison.earlier.name
    if format_ == "json":
        print_json(json.dumps(changes.as_json(comparison.diff, against=name), indent=2))
    elif format_ == "markdown":
        print_result(changes.as_markdown(comparison.diff, against=name), nl=False)
    else:
        click.echo(changes.as_text(comparison.diff, against=name, color=color()), nl=False, color=color())
