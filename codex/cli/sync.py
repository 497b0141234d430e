"""`codexc sync`"""

import json
from dataclasses import asdict, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from codex.cli._options import codex_options, print_json, print_result, print_status
from codex.cli._sync import (
    BUNDLE,
    DASK,
    FORK,
    FORMAT,
    JOURNAL,
    ONLY,
    PLAIN,
    SHARD,
    WORKERS,
    ResultPrinter,
    Until,
    executor,
    journals,
    open_fleet,
    open_session,
    select_targets,
    sync_context,
)
from codex.cli._sync_audit import audit_
from codex.cli._sync_propose import propose_
from codex.cli._trust import ALLOWED_SIGNERS, allowed_signers, pin_options
from codex.cli.main import FOUND, OK
from codex.report import fleet as report
from codex.report.text import printable_line
from codex.sync.outcome import Outcome
from codex.workflow.codex_folder import SourceOptions
from skills_build.counts import counted

if TYPE_CHECKING:
    from codex.report.fleet import StatusRow
    from codex.rollout.context import RepositoryResult


@click.group("sync")
def command() -> None:
    """Keep the repositories of a fleet up to date with a released codex by opening merge requests.

    codex.yaml configures the source of the repository list (`catalog`), the host of the repositories (`forge`), and
    the handling of merge requests (`sync`, `waves`). Only `apply` and `close` write to repositories.
    """


@command.command("plan")
@codex_options
@BUNDLE
@pin_options
@ONLY
@SHARD
@JOURNAL
@WORKERS
@DASK
@FORK
@click.option(
    "--out", type=click.Path(path_type=Path), help="Save the plan to this file, for `codexc sync apply --plan`."
)
@click.option("--diff", "diff", is_flag=True, help="Print the changes of each repository as a unified diff.")
@FORMAT
def plan_(
    source: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    shard: tuple[int, int] | None,
    journal: Path | None,
    workers: int | None,
    dask: str | None,
    fork: str | None,
    out: Path | None,
    diff: bool,
    format_: str,
) -> int:
    """Show what `apply` would do in each repository, and why. No repository is changed."""
    from codex.rollout.batch import ApplyMode
    from codex.rollout.explain import plan_diff
    from codex.rollout.limits import RunLimits
    from codex.rollout.plan_file import PlannedRepository, plan_row, save_plan

    if diff and dask is not None:
        raise click.UsageError("--diff cannot be combined with --dask")
    with (
        open_session(source, only, journal, shard, quiet=quiet, fork=fork) as session,
        executor(session, bundle, 1 if diff and session.fleet.on_disk else workers, dask) as runner,
    ):
        context = runner.context
        rows: list[PlannedRepository] = []

        def on_result(item: "RepositoryResult") -> None:
            if diff:
                print_result(plan_diff(context, item), nl=False)
            if out is not None:
                rows.append(plan_row(item))

        printer = ResultPrinter(session, format_, quiet, runner)
        limits = RunLimits(host=runner.host)
        printer.print_all(runner.carry(session.targets, ApplyMode(write=False), limits), on_result)
        if out is not None:
            save_plan(rows, context, out)
            print_status(f"saved the plan to {out}", quiet=quiet)
        code = printer.finish("Plan")
        next_command = "codexc sync apply" if out is None else f"codexc sync apply --plan {out}"
        print_status(f"dry run: nothing was written; run `{next_command}` to apply it", quiet=quiet)
        return code


@command.command("apply")
@codex_options
@BUNDLE
@pin_options
@ONLY
@SHARD
@JOURNAL
@WORKERS
@DASK
@FORK
@click.option("--plan", "plan", type=click.Path(path_type=Path), help="Apply exactly this saved plan.")
@click.option("--replan", is_flag=True, help="Re-evaluate repositories that changed since the plan was saved.")
@click.option("--max-writes", type=click.IntRange(0), help="Update at most this many repositories; queue the rest.")
@click.option(
    "--until",
    type=Until(),
    help="Queue all repositories not started by this time, such as 06:00, 90m or 2026-12-01T06:00.",
)
@click.option("--wave", help="Stop after this wave, as named in codex.yaml.")
@FORMAT
def apply_(
    source: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    shard: tuple[int, int] | None,
    journal: Path | None,
    workers: int | None,
    dask: str | None,
    fork: str | None,
    plan: Path | None,
    replan: bool,
    max_writes: int | None,
    until: datetime | None,
    wave: str | None,
    format_: str,
) -> int:
    """Apply the plan: commit, and open, update or close merge requests. Safe to re-run if interrupted."""
    from codex.rollout.limits import RunLimits
    from codex.rollout.plan_file import PlanGuard, load_plan, missing_result
    from codex.rollout.waves import ci_of, run_waves

    if bundle is not None and str(bundle).endswith(".json"):
        raise click.UsageError(f"`{bundle}` is not a bundle; to apply a saved plan, use `--plan {bundle}`")
    with (
        open_session(source, only, journal, shard, quiet=quiet, fork=fork) as session,
        executor(session, bundle, workers, dask) as runner,
    ):
        rows = load_plan(plan, runner.context, replan=replan) if plan is not None else None
        guard = PlanGuard(rows=rows, replan=replan)
        targets = tuple(target for target in session.targets if rows is None or target.id in rows)
        limits = RunLimits(
            max_writes=max_writes,
            deadline=until,
            max_open=session.fleet.max_open,
            thresholds=session.fleet.halt,
            host=runner.host,
        )
        printer = ResultPrinter(session, format_, quiet, runner)
        results = run_waves(
            runner.carry,
            targets,
            session.journal,
            waves=session.fleet.waves,
            last_wave=wave,
            limits=limits,
            guard=guard,
            windows=session.fleet.windows,
            fails=ci_of(session.fleet.forge),
        )
        missing = select_targets(guard.missing_targets(session.fleet.targets), only, shard)
        printer.print_all(chain(results, map(missing_result, missing)))
        return printer.finish("Sync")


@command.command("check")
@codex_options
@BUNDLE
@pin_options
@ONLY
@SHARD
@JOURNAL
@WORKERS
@DASK
@FORK
@FORMAT
def check_(
    source: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    shard: tuple[int, int] | None,
    journal: Path | None,
    workers: int | None,
    dask: str | None,
    fork: str | None,
    format_: str,
) -> int:
    """Exit with code 1 if a repository is not up to date, for CI. Nothing is written."""
    from codex.rollout.batch import ApplyMode
    from codex.rollout.limits import RunLimits

    passing = {Outcome.IN_SYNC, Outcome.MERGED, Outcome.SKIPPED, Outcome.OPTED_OUT}
    with (
        open_session(source, only, journal, shard, quiet=quiet, fork=fork) as session,
        executor(session, bundle, workers, dask) as runner,
    ):
        printer = ResultPrinter(session, format_, quiet, runner)
        printer.print_all(runner.carry(session.targets, ApplyMode(write=False), RunLimits(host=runner.host)))
        printer.finish("Check")
        return OK if all(outcome in passing for _, outcome, _, _ in printer.rows) else FOUND


@command.command("explain")
@codex_options
@click.argument("repository")
@click.option("--bundle", help="The bundle. [default: the last release]")
@pin_options
@JOURNAL
@FORK
def explain_(
    source: SourceOptions, quiet: bool, repository: str, bundle: str | None, journal: Path | None, fork: str | None
) -> int:
    """Explain the decision for one repository: state, row of the decision table, merge request and files."""
    from codex.rollout.explain import explanation

    with open_session(source, (repository,), journal, quiet=quiet, fork=fork) as session:
        context = sync_context(session, bundle)
        for target in session.targets:
            print_result(explanation(context, target), nl=False)
        return OK


command.add_command(audit_)
command.add_command(propose_)


@command.command("status")
@codex_options
@ONLY
@JOURNAL
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page to this file.")
@click.option(
    "--diffs", is_flag=True, help="With --html, also write a page for each diff, which is read from the forge."
)
@click.option("--waivers", is_flag=True, help="List all waivers, ordered by expiry date. Supports --format csv.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "jsonl", "markdown", "csv"]),
    default="text",
    show_default=True,
    help="Output format; csv requires --waivers.",
)
def status_(
    source: SourceOptions,
    quiet: bool,
    only: tuple[str, ...],
    journal: Path | None,
    html: Path | None,
    diffs: bool,
    waivers: bool,
    format_: str,
) -> int:
    """Show the fleet's versions, outcomes and waivers from the journals, without contacting a forge.

    Reads the journals of all shards.
    """
    from codex.report.fleet_page import fleet_page
    from codex.report.waivers import waivers_listed
    from codex.resources import templates
    from codex.rollout.status import catalog_repositories, status_entries, status_rows
    from codex.shell.atomic import write_file

    if diffs and (html is None or waivers):
        raise click.UsageError("--diffs requires --html")
    if format_ == "csv" and not waivers:
        raise click.UsageError("--format csv requires --waivers")
    codex_folder, fleet = catalog_repositories(source, only)
    day, most = codex_folder.request.as_of, codex_folder.config.waivers.max_days
    recorded = status_entries(journals(codex_folder, journal), codex_folder.config.namespace)
    rows = list(status_rows(recorded, fleet.targets, day=day, waiver_days=most, waves=fleet.waves))
    if waivers:
        print_result(waivers_listed(rows, format_), nl=False)
    elif html is not None:
        if diffs:
            rows = _with_diffs(source, only, rows, html, quiet=quiet)
        names = tuple(wave.name for wave in fleet.waves)
        title = codex_folder.config.title
        text = fleet_page(rows, title=title, day=day, templates=templates(), waves=names)
        write_file(html, text.encode())
        print_status(f"wrote {html}", quiet=quiet)
    elif format_ == "jsonl":
        for row in rows:
            print_json(json.dumps(report.status_row(row)))
    else:
        print_result(report.status_markdown(rows) if format_ == "markdown" else report.status_summary(rows), nl=False)
    return OK


def _with_diffs(
    source: SourceOptions, only: tuple[str, ...], rows: "list[StatusRow]", html: Path, *, quiet: bool
) -> "list[StatusRow]":
    """Write the diff of each repository next to the page, and return the rows with links to them."""
    from codex.resources import templates
    from codex.rollout.diffs import diff_pages
    from codex.shell.atomic import write_file

    folder, links = html.with_suffix(".diffs"), dict[str, str]()
    with open_fleet(source, only, quiet=quiet) as opened:
        context = sync_context(opened, None)
        workers = 1 if opened.fleet.on_disk else 8
        opened.progress_line.begin(len(opened.targets))
        for path, name, page in diff_pages(context, opened.targets, templates(), workers=workers):
            write_file(folder / name, page.encode())
            links[path] = f"{quote(folder.name)}/{name}"
            opened.progress_line.done(path)
        opened.progress_line.clear()
    print_status(f"wrote {counted(len(links), 'diff')} to {folder}", quiet=quiet)
    return [replace(row, diff=links.get(row.repository, "")) for row in rows]


@command.command("close")
@codex_options
@ONLY
@JOURNAL
@click.option("--reason", required=True, help="Comment to post on each merge request.")
@click.option("--dry-run", is_flag=True, help="Close nothing; list the merge requests that would be closed.")
@FORK
@PLAIN
def close_(
    source: SourceOptions,
    quiet: bool,
    only: tuple[str, ...],
    journal: Path | None,
    reason: str,
    dry_run: bool,
    fork: str | None,
    format_: str,
) -> int:
    """Close open codexc merge requests and delete their branches, except those with commits by others."""
    from codex.rollout.close import FAILED, close_requests

    failed = False
    with open_session(source, only, journal, quiet=quiet, fork=fork) as session:
        fleet = session.fleet
        for request in close_requests(fleet.forge, fleet.policy, session.targets, reason, dry=dry_run):
            failed = failed or request.done == FAILED
            if format_ == "jsonl":
                print_json(json.dumps(asdict(request)))
            elif not quiet or request.done == FAILED:
                details = " ".join(part for part in (request.path, request.url, request.reason) if part)
                print_result(f"{request.done:<12} {printable_line(details)}")
        return FOUND if failed else OK


@command.command("doctor")
@codex_options
@ALLOWED_SIGNERS
@PLAIN
def doctor_(source: SourceOptions, quiet: bool, format_: str) -> int:
    """Check that a sync can run: codex.yaml, the release, the catalog, the host, its token and limits.

    Nothing is written. Exits with code 1 if a check fails.
    """
    from codex.rollout.doctor import probe

    failures = 0
    for check in probe(source, allowed_signers()):
        failures += not check.ok
        if format_ == "jsonl":
            print_json(
                json.dumps({"name": check.name, "ok": check.ok, "found": check.details, "hint": check.hint or None})
            )
        elif not check.ok or not quiet:
            mark = click.style("ok", fg="green") if check.ok else click.style("no", fg="red")
            help_ = f"\n   help: {printable_line(check.hint)}" if check.hint else ""
            click.echo(f"{mark} {check.name:<10} {printable_line(check.details)}{help_}")
    return FOUND if failures else OK
