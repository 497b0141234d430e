"""The entry point, and the three ways a run ends: with diagnostics, with a clear error, or with a bug report."""

import gc
import os
import signal
import sys
from importlib import import_module
from typing import Final, NoReturn

import click

from codex import __version__
from skills_build.errors import CodexError

OK: Final = 0
FOUND: Final = 1
CANNOT_RUN: Final = 2
BUG: Final = 3
INCOMPLETE: Final = 4
INTERRUPTED: Final = 130

COMMANDS: Final = {
    "init": "Create a codex with configuration, a first standard and CI.",
    "new": "Create a standard, or print the next free rule id.",
    "check": "Check the standards for errors and questionable wording.",
    "fmt": "Format standards consistently (wording is never changed).",
    "withdraw": "Withdraw a rule; its id is never reused.",
    "rename": "Rename a domain everywhere.",
    "explain": "Explain a lint, or show a rule by id.",
    "build": "Build skills and AGENTS.md fragments from the standards.",
    "diff": "Show the changes in the standards, and the version they require.",
    "breaking": "List breaking changes, for CI on merge requests.",
    "comment": "Write a file as a comment on a merge request.",
    "release": "Release the standards: version, changelog, output, bundle.",
    "bundle": "Rebuild the bundle of the last release.",
    "publish": "Publish a bundle to a registry, a forge or a directory.",
    "trust": "Manage the keys that are allowed to sign bundles.",
    "sync": "Keep a fleet of repositories up to date with merge requests.",
    "verify": "Verify a bundle, or the codex installed in a repository.",
    "install": "Install a codex in a repository.",
    "update": "Update one repository outside a fleet with a merge request.",
    "uninstall": "Remove a codex from a repository.",
    "rules": "Show a repository's rules, offline.",
    "audit": "Audit a repository: the state of each rule, with evidence.",
    "review": "Review a change against the rules that apply to it.",
    "costs": "Show model usage and costs.",
    "propose": "Propose edits to installed text as changes to the standards.",
    "stats": "Show sizes, and how much of the catalogue each client keeps.",
    "preview": "Show what an agent sees in a repository with a given profile.",
    "profile": "Detect a repository's languages, tools and commands.",
    "catalog": "List the repositories of the fleet.",
    "import": "Convert standards from another dialect to the codexc format.",
    "distill": "Draft standards from prose documents.",
    "schema": "Print a JSON Schema, for completion in editors.",
    "completion": "Print a shell completion script.",
}
_MODULES: Final = {"import": "import_"}


class _Lazy(click.Group):
    """A group that imports a command's module when the command is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"codex.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " See 'codexc --help'."
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="codexc")
def cli() -> None:
    """Compile engineering standards into agent skills and AGENTS.md fragments.

    A codex is a directory of Markdown standards with a codex.yaml. Create one with `codexc init`, or check existing
    standards with `codexc check --root DIR --dialect NAME`.

    Exit codes: 0 success, 1 findings or failures, 2 cannot run, 3 bug in codexc, 4 incomplete on purpose (something is
    queued), 130 interrupted.
    """


def main(args: list[str] | None = None) -> int:
    """Run codexc and return its exit code. Never raises an exception."""
    gc.set_threshold(
        100_000, 20, 20
    )  # a compiler creates many values and few cycles; frequent collections cost a fifth of the time
    try:
        result = cli.main(args=args, prog_name="codexc", standalone_mode=False, color=_color())
        return result if isinstance(result, int) else OK
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        _print_usage_error(error)
        return CANNOT_RUN
    except CodexError as error:
        _print_error(error)
        return CANNOT_RUN
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        _print_error(CodexError(f"{error.filename or 'the system'}: {error.strerror or error}"))
        return CANNOT_RUN
    except MemoryError:
        _print_error(CodexError("out of memory", hint="see docs/limits.md for all limits"))
        return CANNOT_RUN
    except Exception as error:
        _report_bug(error)
        return BUG


def run() -> NoReturn:
    """Run codexc as a program, and exit without an orderly shutdown of the interpreter, which takes time.

    SIGTERM, which cancelled pipelines send, always interrupts the program like Ctrl-C, even if the parent process
    ignored it. SIGINT stays ignored if it was ignored at the start, as in the background jobs of a shell
    (POSIX.1-2017, Shell Command Language, 2.11,
    https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_11).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
    except KeyboardInterrupt:  # another signal, while the first one was being reported
        code = INTERRUPTED
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # None if the shell started codexc with `>&-`
            stream.flush()
    os._exit(code)


def _color() -> bool | None:
    """Return False if colours are off (https://no-color.org), otherwise None, which allows colours on a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _print_usage_error(error: click.ClickException) -> None:
    from skills_build.inert import terminal

    safe = type(error)(terminal(error.message)) if type(error) is click.ClickException else error
    if isinstance(safe, click.UsageError):
        safe = click.UsageError(terminal(error.format_message()), safe.ctx)
    safe.show()


def _print_error(error: CodexError) -> None:
    """Print an error on one line: a line feed in its message comes from quoted text, and is escaped."""
    from skills_build.characters import visible
    from skills_build.inert import terminal

    message = terminal(visible(error.message))
    click.echo(f"{click.style('error', fg='red', bold=True)}: {message}", err=True, color=_color())
    if error.hint:
        click.echo(f"  = {click.style('help', fg='cyan', bold=True)}: {terminal(error.hint)}", err=True, color=_color())


def _report_bug(error: BaseException) -> None:
    """Report a bug in codexc, and save the details to a file."""
    from codex.shell.bug_report import redact_report, write_bug_report
    from skills_build.inert import terminal_line

    path = write_bug_report(error)
    message = terminal_line(redact_report(f"{type(error).__name__}: {error}"))
    click.echo(f"{click.style('bug', fg='red', bold=True)}: {message}", err=True, color=_color())
    where = f"the details are in `{path}`" if path else "the report could not be written"
    click.echo(f"  = note: this is a bug in codexc; {where}", err=True)
    click.echo("  = help: report the bug; attach the details and, if possible, the standard that caused it", err=True)
