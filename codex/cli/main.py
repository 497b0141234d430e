"""The top of the command line, and the three endings of every run: diagnostics, a clear error, or a bug report."""

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
    "init": "Start a new codex: configuration, a first standard, CI.",
    "new": "Start a new standard, or tell the next free id of one.",
    "check": "Say what is wrong in the standards, and where.",
    "fmt": "Save standards the way all are saved; words stay.",
    "explain": "Explain a lint, or show a rule by its id.",
    "build": "Make skills and AGENTS.md fragments of the standards.",
    "diff": "Say what changed in the standards, and what version that needs.",
    "breaking": "List what needs a major version; for merge requests.",
    "release": "Release the standards: version, changelog, output, bundle.",
    "bundle": "Make the bundle of the last release again.",
    "publish": "Bring a bundle to where people install from.",
    "trust": "Manage the keys that may sign bundles.",
    "sync": "Bring a codex to a fleet of repositories, by merge requests.",
    "verify": "Check a bundle, or what is installed in a repository.",
    "install": "Install a codex in a repository.",
    "uninstall": "Take a codex out of a repository again.",
    "stats": "Show sizes, and what each client keeps of the catalogue.",
    "preview": "Show what an agent in a repository would see.",
    "profile": "Tell what a repository is, each command with evidence.",
    "catalog": "List the repositories of the fleet.",
    "import": "Bring standards of another dialect into our format.",
    "schema": "Print a JSON Schema, for completion in editors.",
    "completion": "Print the completion script of a shell.",
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

    A codex is a folder of Markdown standards with a codex.yaml. Start one with `codexc init`, or read the standards you
    already have with `codexc check --root DIR --dialect NAME`.

    Exit codes: 0 clean, 1 something was found or failed, 2 cannot run, 3 a bug of codexc, 4 incomplete by choice,
    130 interrupted.
    """


def main(args: list[str] | None = None) -> int:
    """Run codexc and return its exit code. Never lets an exception out."""
    gc.set_threshold(100_000, 20, 20)  # a compiler makes many values and few cycles: collecting often costs a fifth
    try:
        result = cli.main(args=args, prog_name="codexc", standalone_mode=False, color=_color())
        return result if isinstance(result, int) else OK
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        _usage(error)
        return CANNOT_RUN
    except CodexError as error:
        _say(error)
        return CANNOT_RUN
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        _say(CodexError(f"{error.filename or 'the system'}: {error.strerror or error}"))
        return CANNOT_RUN
    except Exception as error:
        _report(error)
        return BUG


def run() -> NoReturn:
    """Run codexc as a program: end the process at once, without taking apart what the system takes back anyway.

    A cancelled pipeline sends SIGTERM, which interrupts like Ctrl-C, whatever was inherited. SIGINT stays ignored where
    it is at the start: a shell does that for background jobs (POSIX, Shell Command Language, 2.11).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
    except KeyboardInterrupt:  # another signal, while the first one was being reported
        code = INTERRUPTED
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as where somebody started us with `>&-`
            stream.flush()
    os._exit(code)


def _color() -> bool | None:
    """No colours where nobody wants them (no-color.org); otherwise a terminal has them and a file has none."""
    return False if os.environ.get("NO_COLOR") else None


def _usage(error: click.ClickException) -> None:
    from skills_build.inert import terminal

    safe = type(error)(terminal(error.message)) if type(error) is click.ClickException else error
    if isinstance(safe, click.UsageError):
        safe = click.UsageError(terminal(error.format_message()), safe.ctx)
    safe.show()


def _say(error: CodexError) -> None:
    from skills_build.inert import terminal

    message = terminal(error.message)
    click.echo(f"{click.style('error', fg='red', bold=True)}: {message}", err=True, color=_color())
    if error.hint:
        click.echo(f"  = {click.style('help', fg='cyan', bold=True)}: {terminal(error.hint)}", err=True, color=_color())


def _report(error: BaseException) -> None:
    """Say that this is a bug, and keep what is needed to fix it in a file."""
    from codex.shell.bug_report import redact_report, write_bug_report
    from skills_build.inert import terminal_line

    path = write_bug_report(error)
    message = terminal_line(redact_report(f"{type(error).__name__}: {error}"))
    click.echo(f"{click.style('bug', fg='red', bold=True)}: {message}", err=True, color=_color())
    where = f"the details are in `{path}`" if path else "no report could be written"
    click.echo(f"  = note: this is a fault of codexc; {where}", err=True)
    click.echo("  = help: report it with that file and, if you may, the standard that caused it", err=True)
