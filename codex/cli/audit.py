"""`codexc audit`"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._options import day, print_status, write_report
from codex.cli._trust import pin_options, trust
from codex.cli.main import FOUND, OK
from skills_build.counts import counted
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from codex.audit.model import Audit

FORMATS = ("text", "json", "sarif", "gitlab", "github", "markdown", "html")
STATES = ("violated", "error", "partial", "waived", "not-assessed", "not-applicable", "compliant")


@click.command("audit")
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@click.option(
    "--bundle", metavar="BUNDLE|DIR|URL", help="Use the rules in this bundle. [default: the rules file of DIR]"
)
@click.option(
    "--results",
    multiple=True,
    metavar="TOOL:FILE",
    help="Read linter results, as SARIF or in the linter's own JSON format. Repeatable.",
)
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Show only these states. Repeatable.")
@click.option("--all", "show_all", is_flag=True, help="With text output: also show rules that need no attention.")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report to this file.")
@click.option("--baseline", type=click.Path(path_type=Path, exists=True), help="Hide violations in this baseline.")
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path),
    help="Record all violations in this file, and exit with code 0.",
)
@click.option(
    "--base", metavar="REF", help="With --baseline: fail if entries were added to the baseline since this Git ref."
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Exit with code 1 if a blocking rule (error) or any rule (warning) is violated.",
)
@click.option("--as-of", metavar="YYYY-MM-DD", help="Evaluate waivers as of this day. [default: today]")
@pin_options
@click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
def command(
    folder: Path,
    bundle: str | None,
    results: tuple[str, ...],
    states: tuple[str, ...],
    show_all: bool,
    format_: str,
    output: Path | None,
    baseline: Path | None,
    write_baseline: Path | None,
    base: str | None,
    fail_on: str,
    as_of: str | None,
    quiet: bool,
) -> int:
    """Audit a repository: the state of each rule that applies to it, with evidence.

    Runs the rules' checks on the files in DIR, and reads linter results. No code in the repository is
    run, and no network is needed unless --bundle is a URL. A rule is compliant only if a check examined something.
    If no check can decide, the rule is not assessed.
    """
    from codex.workflow.audit import AuditRequest, in_states, run_audit
    from codex.workflow.audit_baseline import apply_baseline, audit_fails, record_baseline

    if base is not None and baseline is None:
        raise CodexError("`--base` needs `--baseline`", hint="add `--baseline FILE`")
    if write_baseline and baseline:
        hint = "pass only one of these options"
        raise CodexError("`--write-baseline` cannot be combined with `--baseline`", hint=hint)
    request = AuditRequest(root=folder, day=day(as_of), bundle=bundle, results=results)
    run = run_audit(request, trust())
    if write_baseline:
        count = record_baseline(run, write_baseline)
        print_status(f"recorded {counted(count, 'violation')} in {write_baseline}", quiet=quiet)
        return OK
    if baseline:
        run, notes = apply_baseline(run, baseline, folder, base)
        for note in notes:
            print_status(note, quiet=quiet)
    failed = audit_fails(run.audit, on=fail_on)
    _print(in_states(run.audit, states), format_, output, show_all=show_all or bool(states))
    return FOUND if failed else OK


def _print(audit: "Audit", format_: str, output: Path | None, *, show_all: bool) -> None:
    from codex.report.audit import as_text, render
    from codex.resources import templates

    is_text = format_ == "text"
    report = as_text(audit, verbose=show_all) if is_text else render(audit, format_, templates())
    write_report(report, output, format_=format_)
