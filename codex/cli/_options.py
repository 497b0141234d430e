"""Options that several commands share, and how a run speaks: colours, progress, diagnostics."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from codex.workflow.codex_folder import SourceOptions
from skills_build.errors import CodexError
from skills_build.inert import terminal

Command = TypeVar("Command", bound=Callable[..., Any])

LONG_WORK: Final = 40
"""Files from which on a progress bar is shown."""


def codex_options(command: Command) -> Command:
    """`--root`, `--dialect`, `--lock`, `--as-of`, `--no-cache`, handed on as one `asked`; and `--quiet`."""

    @wraps(command)
    def asking(
        *arguments: Any,
        root: Path | None,
        dialects: tuple[str, ...],
        lock: Path | None,
        as_of: str | None,
        no_cache: bool,
        **rest: Any,
    ) -> Any:
        asked = SourceOptions(
            root=root,
            dialects=dialects,
            lock=lock,
            cache=not no_cache,
            as_of=day(as_of),
            dated=as_of is not None,
        )
        return command(*arguments, asked=asked, **rest)

    wrapped = asking
    for option in reversed(_SHARED):
        wrapped = option(wrapped)
    return cast("Command", wrapped)


_SHARED: Final = (
    click.option("--root", type=click.Path(path_type=Path), help="Folder of the standards. [found upwards]"),
    click.option(
        "--dialect",
        "dialects",
        multiple=True,
        metavar="NAME|FILE",
        help="How rules are marked: a name that ships or a TOML file; repeatable. [codex.yaml says]",
    ),
    click.option("--lock", type=click.Path(path_type=Path), help="Lock of ids. [codex.ids.lock in the root]"),
    click.option("--as-of", metavar="YYYY-MM-DD", help="The day that counts for dates. [today]"),
    click.option("--no-cache", is_flag=True, help="Parse every file anew."),
    click.option("-q", "--quiet", is_flag=True, help="Say only what was asked for."),
)


def day(text: str | None) -> str:
    """A day as `YYYY-MM-DD`; today where none is given. Raises `CodexError` for what is no day."""
    if text is None:
        return date.today().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise CodexError(f"`{text}` is not a day", hint="write it as YYYY-MM-DD") from error


def color() -> bool:
    """Whether to colour what goes to standard output (no-color.org, and FORCE_COLOR)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def progress(*, quiet: bool) -> Callable[[Sequence[str]], Iterable[str]]:
    """Wraps a sequence of paths in a bar on standard error, where a terminal watches and the work is long."""

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
    """Tell the person who runs it, on standard error, so that reports on standard output stay clean."""
    if not quiet:
        click.echo(terminal(text), err=True)


def put(text: str, *, nl: bool = True) -> None:
    """Print a result to standard output, in which nothing steers the terminal."""
    click.echo(terminal(text), nl=nl)


def marked(mark: str, color_: str, message: str, *, help_: str | None = None) -> None:
    """Say a message behind a coloured mark, and what to do about it."""
    click.echo(f"{click.style(mark, fg=color_, bold=True)}: {terminal(message)}", err=True)
    if help_:
        click.echo(f"  = {click.style('help', fg='cyan', bold=True)}: {terminal(help_)}", err=True)
