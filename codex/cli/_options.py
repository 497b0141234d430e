"""Options shared by several commands, and terminal output such as colours, progress and status lines."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from skills_build.errors import CodexError
from skills_build.inert import commandless_page, json_text, redacted, terminal

Command = TypeVar("Command", bound=Callable[..., Any])

_JSON: Final = frozenset({"json", "jsonl", "sarif", "gitlab"})
"""Report formats that produce JSON."""
_TEXTS: Final = frozenset({"text", "markdown", "csv"})
"""Report formats that produce plain text."""
LONG_WORK: Final = 40
"""Minimum number of files for which a progress bar is shown."""

BUNDLES = click.option(
    "--bundles", type=click.Path(path_type=Path), help="Directory that contains the bundles. [default: build/bundles]"
)
SIGN = click.option(
    "--sign",
    "key",
    type=click.Path(path_type=Path),
    help="Sign with this SSH key. A public key selects the matching private key in ssh-agent.",
)
KEYLESS = click.option(
    "--keyless", is_flag=True, help="Sign with the identity of this CI job (requires the `sigstore` extra)."
)


def codex_options(command: Command) -> Command:
    """Add `--quiet` and the source options: `--root`, `--dialect`, `--lock`, `--as-of` and `--no-cache`.

    The command receives the source options as one argument, `source`.
    """

    @wraps(command)
    def with_source(
        *arguments: Any,
        root: Path | None,
        dialects: tuple[str, ...],
        lock: Path | None,
        as_of: str | None,
        no_cache: bool,
        **rest: Any,
    ) -> Any:
        from codex.workflow.codex_folder import SourceOptions

        source = SourceOptions(
            root=root,
            dialects=dialects,
            lock=lock,
            cache=not no_cache,
            as_of=day(as_of),
            dated=as_of is not None,
        )
        return command(*arguments, source=source, **rest)

    wrapped = with_source
    for option in reversed(_SHARED):
        wrapped = option(wrapped)
    return cast("Command", wrapped)


_SHARED: Final = (
    click.option(
        "--root",
        type=click.Path(path_type=Path),
        help="Directory of the standards. [default: the codex in this or a parent directory]",
    ),
    click.option(
        "--dialect",
        "dialects",
        multiple=True,
        metavar="NAME|FILE",
        help="Dialect of the standards: a built-in dialect or a TOML file. Repeatable. [default: from codex.yaml]",
    ),
    click.option("--lock", type=click.Path(path_type=Path), help="The id lock. [default: codex.ids.lock in the root]"),
    click.option("--as-of", metavar="YYYY-MM-DD", help="Evaluate dates as of this day. [default: today]"),
    click.option("--no-cache", is_flag=True, help="Ignore the cache and re-parse every file."),
    click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output."),
)


def comma_separated(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    """Split each value of a repeatable option at commas: `--ignore A,B` is `--ignore A --ignore B`."""
    return tuple(word for value in values for word in (part.strip() for part in value.split(",")) if word)


def day(text: str | None) -> str:
    """Return a date as `YYYY-MM-DD`, today if `text` is None. Raises `CodexError` if it is not a date."""
    if text is None:
        return date.today().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise CodexError(f"`{text}` is not a date", hint="write it as YYYY-MM-DD") from error


def color() -> bool:
    """Return whether to colour standard output (see https://no-color.org and FORCE_COLOR)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def progress(*, quiet: bool) -> Callable[[Sequence[str]], Iterable[str]]:
    """Return a wrapper that shows a progress bar for long sequences of paths if standard error is a terminal."""

    def wrapped(paths: Sequence[str]) -> Iterator[str]:
        if quiet or len(paths) < LONG_WORK or not sys.stderr.isatty():
            yield from paths
            return
        with click.progressbar(paths, label="reading", file=sys.stderr, item_show_func=_shown) as bar:
            yield from bar

    return wrapped


def _shown(path: str | None) -> str:
    return path or ""


def print_status(text: str, *, quiet: bool = False) -> None:
    """Print a status line to standard error; standard output is for results."""
    if not quiet:
        click.echo(terminal(text), err=True)


def print_result(text: str, *, nl: bool = True) -> None:
    """Print a result to standard output, with control characters escaped."""
    click.echo(terminal(text), nl=nl)


def print_json(text: str, *, nl: bool = True) -> None:
    """Print JSON to standard output, with terminal control characters and pipeline commands escaped."""
    click.echo(json_text(text), nl=nl)


def write_report(text: str, output: Path | None, *, format_: str | None = None) -> None:
    """Write a report to a file or to standard output.

    On standard output, terminal control characters and pipeline commands are escaped. Without `format_`, or as
    workflow commands (`github`), the report has escaped them itself. In a file, passwords in URLs are removed.
    """
    from codex.shell.atomic import write_file
    from skills_build.json_input import well_formed

    text = well_formed(text)
    if output:
        write_file(output, (text if format_ in _JSON else redacted(text)).encode())
    elif format_ in _TEXTS:
        print_result(text, nl=False)
    elif format_ in _JSON:
        print_json(text, nl=False)
    elif format_ == "html":
        click.echo(commandless_page(text), nl=False)
    else:
        click.echo(text, nl=False, color=color())


def print_labelled(label: str, color_: str, message: str, *, help_: str | None = None) -> None:
    """Print a message with a coloured label to standard error, followed by a help line."""
    click.echo(f"{click.style(label, fg=color_, bold=True)}: {terminal(message)}", err=True)
    if help_:
        click.echo(f"  = {click.style('help', fg='cyan', bold=True)}: {terminal(help_)}", err=True)
