"""`codexc sync`"""

import json
from dataclasses import asdict
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._options import codex_options, print_status, put
from codex.cli._sync import (
    BUNDLE,
    DASK,
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
    open_session,
    select_targets,
    sync_context,
)
from codex.cli._trust import ALLOWED_SIGNERS, allowed_signers, pin_options
from codex.cli.main import FOUND, OK
from codex.report import fleet as report
from codex.report.text import printable_line
from codex.sync.outcome import Outcome
from codex.workflow.codex_folder import SourceOptions

if TYPE_CHECKING:
    from codex.rollout.context import RepositoryResult


@click.group("sync")
def command() -> None:
    """Keep every repository of a fleet up to date with a released codex, with merge requests.

    codex.yaml configures where the list of repositories comes from (`catalog`), which host has their merge requests
    (`forge`), and how they are made (`sync`, `waves`). Only `apply` and `close` write to repositories.
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
@click.option(
    "--out", type=click.Path(path_type=Path), help="Save the plan to this file, for `codexc sync apply --plan`."
)
@click.option("--diff", "diff", is_flag=True, help="Print the changes of each repository as a unified diff.")
@FORMAT
def plan_(
    asked: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    shard: tuple[int, int] | None,
    journal: Path | None,
    workers: int | None,
    dask: str | None,
    out: Path | None,
    diff: bool,
    format_: str,
) -> int:
    """Show what `apply` would do in each repository, and why. Writes to no repository."""
    from codex.rollout.limits import RunLimits
    from codex.rollout.plan_file import PlannedRepository, plan_diff, plan_row, save_plan
    from codex.rollout.worker import ApplyMode

    if diff and dask is not None:
        raise click.UsageError("--diff cannot be combined with --dask")
    with (
        open_session(asked, only, journal, shard, quiet=quiet) as found,
        executor(found, bundle, 1 if diff and found.fleet.on_disk else workers, dask) as who,
    ):
        run = who.run
        rows: list[PlannedRepository] = []

        def then(item: "RepositoryResult") -> None:
            if diff:
                put(plan_diff(run, item), nl=False)
            if out is not None:
                rows.append(plan_row(item))

        shown = ResultPrinter(found, format_, quiet, who)
        shown.all(who.carry(found.targets, ApplyMode(write=False), RunLimits()), then)
        if out is not None:
            save_plan(rows, run, out)
            print_status(f"saved the plan to {out}", quiet=quiet)
        code = shown.ended("Plan")
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
@click.option("--plan", "planned", type=click.Path(path_type=Path), help="Apply exactly this saved plan.")
@click.option("--replan", is_flag=True, help="Re-evaluate repositories that changed since the plan was saved.")
@click.option("--max-writes", type=click.IntRange(0), help="Update at most this many repositories; queue the rest.")
@click.option(
    "--until", type=Until(), help="Start no repository after this time: 06:00, 90m, 2026-12-01T06:00; queue the rest."
)
@click.option("--wave", help="Stop after this wave of codex.yaml.")
@FORMAT
def apply_(
    asked: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    shard: tuple[int, int] | None,
    journal: Path | None,
    workers: int | None,
    dask: str | None,
    planned: Path | None,
    replan: bool,
    max_writes: int | None,
    until: datetime | None,
    wave: str | None,
    format_: str,
) -> int:
    """Apply the plan: commit, and open, update or close merge requests. Safe to re-run if interrupted."""
    from codex.rollout.limits import RunLimits
    from codex.rollout.plan_file import PlanGuard, load_plan, missing_result
    from codex.rollout.waves import run_waves

    if bundle is not None and str(bundle).endswith(".json"):
        raise click.UsageError(f"`{bundle}` is not a bundle; to apply a saved plan, use `--plan {bundle}`")
    with open_session(asked, only, journal, shard, quiet=quiet) as found, executor(found, bundle, workers, dask) as who:
        rows = load_plan(planned, who.run, replan=replan) if planned is not None else None
        held = PlanGuard(rows=rows, replan=replan)
        targets = tuple(target for target in found.targets if rows is None or target.id in rows)
        brakes = RunLimits(most=max_writes, until=until, max_open=found.fleet.max_open, halt=found.fleet.halt)
        shown = ResultPrinter(found, format_, quiet, who)
        done = run_waves(
            who.carry,
            targets,
            found.journal,
            waves=found.fleet.waves,
            upto=wave,
            brakes=brakes,
            held=held,
        )
        gone = select_targets(held.gone(found.fleet.targets), only, shard)
        shown.all(chain(done, map(missing_result, gone)))
        return shown.ended("Sync")


@command.command("check")
@codex_options
@BUNDLE
@pin_options
@ONLY
@SHARD
@JOURNAL
@WORKERS
@DASK
@FORMAT
def check_(
    asked: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    shard: tuple[int, int] | None,
    journal: Path | None,
    workers: int | None,
    dask: str | None,
    format_: str,
) -> int:
    """Exit with code 1 if a repository is not up to date, for CI. Writes nothing."""
    from codex.rollout.limits import RunLimits
    from codex.rollout.worker import ApplyMode

    fine = {Outcome.IN_SYNC, Outcome.MERGED, Outcome.SKIPPED, Outcome.OPTED_OUT}
    with open_session(asked, only, journal, shard, quiet=quiet) as found, executor(found, bundle, workers, dask) as who:
        shown = ResultPrinter(found, format_, quiet, who)
        shown.all(who.carry(found.targets, ApplyMode(write=False), RunLimits()))
        shown.ended("Check")
        return OK if all(outcome in fine for _, outcome, _, _ in shown.rows) else FOUND


@command.command("explain")
@codex_options
@click.argument("repository")
@click.option("--bundle", help="The bundle. [default: the last release]")
@pin_options
@JOURNAL
def explain_(asked: SourceOptions, quiet: bool, repository: str, bundle: str | None, journal: Path | None) -> int:
    """Explain the decision for one repository: its state, the row that applies, the merge request and the files."""
    from codex.rollout.plan_file import explanation

    with open_session(asked, (repository,), journal, quiet=quiet) as found:
        run = sync_context(found, bundle)
        for target in found.targets:
            put(explanation(run, target), nl=False)
        return OK


@command.command("status")
@codex_options
@ONLY
@JOURNAL
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write an HTML page to this file.")
@FORMAT
def status_(
    asked: SourceOptions, quiet: bool, only: tuple[str, ...], journal: Path | None, html: Path | None, format_: str
) -> int:
    """Show versions, outcomes and waivers of the fleet from the journals, without asking a forge.

    Reads the journals of all shards.
    """
    from codex.report.page import fleet_page
    from codex.rollout.status import catalog_repositories, status_rows
    from codex.shell.atomic import write_file
    from codex.workflow.build import templates

    place, targets = catalog_repositories(asked, only)
    found = list(status_rows(journals(place, journal), targets))
    if html is not None:
        text = fleet_page(found, title=place.config.title, day=place.request.as_of, templates=templates())
        write_file(html, text.encode())
        print_status(f"wrote {html}", quiet=quiet)
    elif format_ == "jsonl":
        for one in found:
            click.echo(json.dumps(report.status_row(one)))
    else:
        put(report.status_markdown(found) if format_ == "markdown" else report.status_summary(found), nl=False)
    return OK


@command.command("close")
@codex_options
@ONLY
@JOURNAL
@click.option("--reason", required=True, help="Comment to post on each merge request.")
@click.option("--dry-run", is_flag=True, help="Close nothing; list the merge requests that would be closed.")
@PLAIN
def close_(
    asked: SourceOptions,
    quiet: bool,
    only: tuple[str, ...],
    journal: Path | None,
    reason: str,
    dry_run: bool,
    format_: str,
) -> int:
    """Close open codexc merge requests and delete their branches, except those with commits by others."""
    from codex.rollout.close import FAILED, close_requests

    failed = False
    with open_session(asked, only, journal, quiet=quiet) as found:
        fleet = found.fleet
        for request in close_requests(fleet.forge, fleet.policy, found.targets, reason, dry=dry_run):
            failed = failed or request.done == FAILED
            if format_ == "jsonl":
                click.echo(json.dumps(asdict(request)))
            elif not quiet or request.done == FAILED:
                told = " ".join(part for part in (request.path, request.url, request.reason) if part)
                put(f"{request.done:<12} {printable_line(told)}")
        return FOUND if failed else OK


@command.command("doctor")
@codex_options
@ALLOWED_SIGNERS
@PLAIN
def doctor_(asked: SourceOptions, quiet: bool, format_: str) -> int:
    """Check that a sync can run: codex.yaml, the release, the catalog, the host, its token and limits.

    Writes nothing. Exits with code 1 if a check fails.
    """
    from codex.rollout.doctor import probe

    wrong = 0
    for one in probe(asked, allowed_signers()):
        wrong += not one.ok
        if format_ == "jsonl":
            click.echo(json.dumps({"name": one.name, "ok": one.ok, "found": one.found, "hint": one.hint or None}))
        elif not one.ok or not quiet:
            mark = click.style("ok", fg="green") if one.ok else click.style("no", fg="red")
            help_ = f"\n   help: {printable_line(one.hint)}" if one.hint else ""
            click.echo(f"{mark} {one.name:<10} {printable_line(one.found)}{help_}")
    return FOUND if wrong else OK
