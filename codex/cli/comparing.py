"""What `diff` and `breaking` share."""

import json

import click

from codex.cli.options import color, progress, put, say
from codex.cli.trusting import allowed_signers
from codex.workflow.compare import Compared
from codex.workflow.load import Request, open_place

AGAINST = click.option(
    "--against", metavar="REF|DIR|BUNDLE|URL", help="The edition to compare with. [the last release]"
)
FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)


def compared(asked: Request, against: str | None, *, quiet: bool) -> Compared:
    """Compare the standards as they are with an earlier edition."""
    from codex.workflow.compare import compare, earlier

    place, watched = open_place(asked), progress(quiet=quiet)
    found = compare(
        place, earlier(place, against, progress=watched, allowed_signers=allowed_signers()), progress=watched
    )
    errors = sum(one.severity == "error" for one in found.built.diagnostics)
    if errors:
        say(f"the standards have {errors:,} errors: `codexc check` shows them", quiet=quiet)
    if found.earlier.snapshot is None:
        say(f"{found.earlier.name} holds no codex yet: there is nothing to compare with", quiet=quiet)
    return found


def show(found: Compared, format_: str) -> None:
    """Print what was found on standard output."""
    from codex.report import changes

    name = found.earlier.name
    if format_ == "json":
        click.echo(json.dumps(changes.as_json(found.diff, against=name), indent=2))
    elif format_ == "markdown":
        put(changes.as_markdown(found.diff, against=name), nl=False)
    else:
        click.echo(changes.as_text(found.diff, against=name, color=color()), nl=False, color=color())
