"""`codexc sync audit`"""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._options import codex_options, print_status, write_report
from codex.cli._sync import BUNDLE, ONLY, READERS, journal_folder, open_fleet, sync_context
from codex.cli._trust import pin_options
from codex.cli.main import FOUND, INCOMPLETE, OK
from codex.workflow.codex_folder import SourceOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex.audit.fleet_model import FleetAudit
    from codex.audit.record import AuditRecord
    from codex.cli._sync import OpenedFleet
    from codex.rollout.audit import AuditResult
    from codex.rollout.context import SyncContext
    from codex.shell.record_file import RecordFile

_THREADS = 8


@click.command("audit")
@codex_options
@BUNDLE
@pin_options
@ONLY
@click.option("--journal", type=click.Path(path_type=Path), help="The journal. [default: build/sync/audit.jsonl]")
@click.option(
    "--results",
    "results_folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Read the results of linters from DIR/REPOSITORY/TOOL.json (or .sarif).",
    metavar="DIR",
)
@click.option(
    "--reviews",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Count the answers in the reviews (JSON) saved as DIR/REPOSITORY/NAME.json.",
    metavar="DIR",
)
@click.option(
    "--forge-settings",
    is_flag=True,
    help="Read the forge settings of each repository. This takes 2 to 4 API requests per repository.",
)
@READERS
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="never",
    show_default=True,
    help="Also exit with code 1 if a blocking rule (error) or any rule (warning) is violated.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to this file.")
def audit_(
    source: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    journal: Path | None,
    results_folder: Path | None,
    reviews: Path | None,
    forge_settings: bool,
    workers: int | None,
    fail_on: str,
    format_: str,
    output: Path | None,
) -> int:
    """Audit every repository: scorecards, rule health, waivers and campaigns.

    No repository is changed. A repository is only read again if its default branch, the codex or codexc has changed.
    Exits with code 1 if a repository could not be audited.
    """
    from codex.rollout.audit_report import DAYS, JOURNAL, audit_journal, day_journal, fleet_report
    from codex.rollout.saved_reviews import NO_REVIEWS, counted_reviews

    with open_fleet(source, only, quiet=quiet) as opened:
        context = sync_context(opened, bundle)
        path = journal or journal_folder(opened.codex_folder) / JOURNAL
        codex = opened.codex_folder.config.namespace
        records, days = audit_journal(path, codex), day_journal(path.with_name(DAYS), codex)
        try:
            results = list(_results(opened, context, records, (results_folder, forge_settings), workers))
            settings = opened.codex_folder.fleet.audit
            audit = fleet_report(
                results,
                context,
                settings,
                days,
                whole=not only,
                with_results=bool(results_folder),
                reviews=counted_reviews(reviews, opened.targets) if reviews else NO_REVIEWS,
                with_settings=forge_settings,
            )
        finally:
            records.close()
            days.close()
        write_report(_rendered(audit, format_), output, format_=format_)
        _print_usage(opened, results, quiet=quiet)
    return _exit_code(audit, fail_on)


def _results(
    opened: "OpenedFleet",
    context: "SyncContext",
    records: "RecordFile[AuditRecord]",
    inputs: tuple[Path | None, bool],
    workers: int | None,
) -> "Iterator[AuditResult]":
    """Audit the repositories, with a progress line; stop if the host fails many times in a row."""
    from codex.rollout.audit import ResultsFolder, audit_all
    from codex.rollout.configuration import sign_in
    from codex.rollout.host_failures import HostFailures
    from codex.shell.address_space import limited_address_space

    sign_in(opened.fleet.forge)
    host, line = HostFailures(context.forge), opened.progress_line
    threads = 1 if opened.fleet.on_disk else workers or _THREADS
    memory = limited_address_space(opened.fleet.memory) if opened.fleet.on_disk else nullcontext()
    line.begin(len(opened.targets))
    with memory:
        for result in audit_all(
            context,
            opened.targets,
            records,
            results=ResultsFolder(folder=inputs[0]),
            forge_settings=inputs[1],
            workers=threads,
            stopped=lambda: host.stop_reason,
        ):
            host.record(failed=result.host_failed)
            line.done(result.target.path)
            yield result
    line.clear()


def _rendered(audit: "FleetAudit", format_: str) -> str:
    from codex.report.fleet_audit import FORMATS
    from codex.report.fleet_audit_page import fleet_audit_page
    from codex.resources import templates

    return fleet_audit_page(audit, templates()) if format_ == "html" else FORMATS[format_](audit)


def _print_usage(opened: "OpenedFleet", results: "list[AuditResult]", *, quiet: bool) -> None:
    from codex.cli._sync import usage_text

    read = sum(result.record is not None and not result.from_journal for result in results)
    unchanged = sum(result.from_journal for result in results)
    print_status(f"repositories read: {read:,}; unchanged since their last audit: {unchanged:,}", quiet=quiet)
    used = usage_text(opened.fleet.forge.usage())
    if used:
        print_status(used, quiet=quiet)


def _exit_code(audit: "FleetAudit", fail_on: str) -> int:
    from codex.audit.fleet_model import Coverage

    failing = any(r.error or (r.violated and (r.blocking or fail_on == "warning")) for r in audit.rules)
    if audit.count(Coverage.FAILED) or (failing and fail_on != "never"):
        return FOUND
    return INCOMPLETE if audit.count(Coverage.QUEUED) else OK
