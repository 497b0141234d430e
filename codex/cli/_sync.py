"""Options shared by the `codexc sync` commands, and functions that read the fleet and print results."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codex.cli._options import print_json, print_result, print_status
from codex.cli._progress_line import ProgressLine, is_watched
from codex.cli._trust import trust
from codex.cli.main import FOUND, INCOMPLETE, OK
from codex.report import fleet as report
from codex.report.text import printable_line
from codex.sync.outcome import FAILURES, Outcome
from codex.sync.policy import Forking
from codex.workflow.codex_folder import CodexFolder, SourceOptions, default_out, open_codex
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.numbers import whole_number

if TYPE_CHECKING:
    from codex.rollout.configuration import Fleet
    from codex.rollout.context import RepositoryResult, SyncContext
    from codex.rollout.host_failures import HostFailures
    from codex.rollout.waves import Carry
    from codex.shell.journal import Journal
    from codex.sync.repository import Repository


class Shard(click.ParamType[tuple[int, int]]):
    """`K/N`: part K of N."""

    name = "K/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Parse `K/N`; fail if it is not a valid shard."""
        part, of = (whole_number(text) for text in str(value).partition("/")[::2])
        if part is None or of is None or not 1 <= part <= of <= 10_000:
            self.fail(f"`{value}` is not a shard: write K/N, such as 1/4", param, ctx)
        return part, of


class Until(click.ParamType[datetime]):
    """A time of day (its next occurrence), an RFC 3339 timestamp, or a duration from now."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse a time; fail if it is not valid."""
        from codex.sync.waves import span

        now = datetime.now(UTC).astimezone()
        try:
            if str(value)[-1:] in ("m", "h", "d"):
                return now + span(str(value))
            if ":" in str(value) and len(str(value)) <= 5:
                when = time.fromisoformat(str(value).zfill(5))
                today = now.replace(hour=when.hour, minute=when.minute, second=0, microsecond=0)
                return today if today > now else today + timedelta(days=1)
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError, CodexError):
            self.fail(f"`{value}` is not a time: write 06:00, 90m, or 2026-12-01T06:00", param, ctx)


FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "jsonl", "markdown"]),
    default="text",
    show_default=True,
    help="Output format.",
)
PLAIN = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="Output format.",
)
ONLY = click.option(
    "--only",
    multiple=True,
    metavar="GLOB",
    help="Limit the run to repositories whose path or name matches. Repeatable.",
)
SHARD = click.option("--shard", type=Shard(), help="Process part K of N of the fleet, to split a run across machines.")
JOURNAL = click.option(
    "--journal", type=click.Path(path_type=Path), help="The journal. [default: build/sync/journal.jsonl]"
)
WORKERS = click.option(
    "--concurrency",
    "workers",
    type=click.IntRange(1, 64),
    help="Number of repositories processed in parallel. [default: 8; for local repositories, one process per CPU]",
)
READERS = click.option(
    "--concurrency",
    "workers",
    type=click.IntRange(1, 64),
    help="Number of repositories read in parallel. [default: 8; local repositories: 1]",
)
FORK = click.option(
    "--fork",
    type=click.Choice(["never", "when-needed", "always"]),
    help="When to open merge requests from forks. Overrides `sync.fork`.",
)
DASK = click.option("--dask", metavar="ADDRESS", help="Run on the Dask cluster whose scheduler is at tcp://HOST:PORT.")
BUNDLE = click.argument("bundle", required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFleet:
    """The codex and the selected repositories of its fleet."""

    codex_folder: CodexFolder
    fleet: "Fleet"
    targets: "tuple[Repository, ...]"
    progress_line: ProgressLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(OpenedFleet):
    """The codex, fleet and journal of one run."""

    journal: "Journal"


@contextmanager
def open_fleet(
    source: SourceOptions,
    only: tuple[str, ...] = (),
    shard: tuple[int, int] | None = None,
    *,
    quiet: bool = False,
    fork: str | None = None,
) -> Iterator[OpenedFleet]:
    """Read codex.yaml and the catalog. The progress line is shown until the `with` block ends."""
    from codex.rollout.configuration import load_fleet, unmatched_only

    codex_folder = open_codex(source)
    with ProgressLine(shown=not quiet and is_watched()) as progress_line:
        when = None if fork is None else Forking(fork)
        fleet = load_fleet(codex_folder, on_wait=None if quiet else progress_line.waits, fork=when)
        targets = select_targets(fleet.targets, only, shard)
        for note in (*fleet.notes, *unmatched_only(fleet.targets, only)):
            print_status(printable_line(f"note: {note}"))
        yield OpenedFleet(codex_folder=codex_folder, fleet=fleet, targets=targets, progress_line=progress_line)


@contextmanager
def open_session(
    source: SourceOptions,
    only: tuple[str, ...] = (),
    journal: Path | None = None,
    shard: tuple[int, int] | None = None,
    *,
    quiet: bool = False,
    fork: str | None = None,
) -> Iterator[Session]:
    """Read codex.yaml and the catalog, and keep the journal open until the `with` block ends."""
    from codex.shell.journal import Journal

    with open_fleet(source, only, shard, quiet=quiet, fork=fork) as opened:
        path = journal or journal_folder(opened.codex_folder) / _journal_name(shard)
        open_journal = Journal(path, opened.codex_folder.config.namespace)
        try:
            yield Session(
                codex_folder=opened.codex_folder,
                fleet=opened.fleet,
                journal=open_journal,
                targets=opened.targets,
                progress_line=opened.progress_line,
            )
        finally:
            open_journal.close()


def select_targets(
    targets: "Sequence[Repository]", only: tuple[str, ...], shard: tuple[int, int] | None
) -> "tuple[Repository, ...]":
    """Return the repositories selected by `--only` and `--shard`."""
    from codex.rollout.configuration import select_by_glob
    from codex.rollout.waves import shard_of

    selected = select_by_glob(targets, only)
    return selected if shard is None else shard_of(selected, *shard)


def journal_folder(codex_folder: CodexFolder) -> Path:
    """Return the directory that contains the journals of a codex."""
    return default_out(codex_folder.root).parent / "build" / "sync"


def _journal_name(shard: tuple[int, int] | None) -> str:
    return "journal.jsonl" if shard is None else f"journal-{shard[0]}-of-{shard[1]}.jsonl"


def journals(codex_folder: CodexFolder, journal: Path | None) -> list[Path]:
    """Return the given journal or, if none is given, all journals of a codex, including the journals of its shards."""
    return [journal] if journal else sorted(journal_folder(codex_folder).glob("journal*.jsonl"))


def sync_context(session: OpenedFleet, bundle: str | None) -> "SyncContext":
    """Return the context for syncing `bundle`, or the last release if it is None, to the fleet of `session`."""
    from codex.resources import templates
    from codex.rollout.configuration import release_source
    from codex.rollout.context import SyncContext

    trusted = trust(session.codex_folder.root)
    return SyncContext(
        source=release_source(session.codex_folder, bundle, trusted),
        trust=trusted,
        forge=session.fleet.forge,
        policy=session.fleet.policy,
        templates=templates(),
        day=session.codex_folder.request.as_of,
        targets=session.fleet.clients,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """Runs a sync in this process or on workers: `carry` processes repositories, `usage` counts requests to hosts."""

    context: "SyncContext"
    host: "HostFailures"
    carry: "Carry"
    usage: "Callable[[], Mapping[str, int]]"


@contextmanager
def executor(session: Session, bundle: str | None, workers: int | None, dask: str | None) -> Iterator[Executor]:
    """Start threads, processes (for a large fleet on disk) or the workers of a Dask cluster."""
    from codex.rollout import backends
    from codex.rollout.batch import process
    from codex.rollout.configuration import sign_in
    from codex.rollout.host_failures import HostFailures
    from codex.rollout.workers import Coordinator, job_spec, processors
    from codex.shell.address_space import limited_address_space

    context, journal, fleet = sync_context(session, bundle), session.journal, session.fleet
    host = HostFailures(context.forge)
    if dask is None:
        sign_in(fleet.forge)
    is_small = len(session.targets) < _LARGE and workers is None
    size = 1 if is_small else workers or processors()
    with ExitStack() as stack:
        if dask is None and (not fleet.on_disk or size == 1):
            threads = 1 if fleet.on_disk else workers or _THREADS
            if fleet.on_disk:
                stack.enter_context(limited_address_space(fleet.memory))
            yield Executor(
                context=context,
                host=host,
                carry=lambda targets, mode, limits: process(
                    context, targets, journal, mode=mode, limits=limits, workers=threads
                ),
                usage=fleet.forge.usage,
            )
            return
        threads = 1 if fleet.on_disk else _THREADS
        spec = job_spec(context, fleet.section, session.codex_folder.root, threads=threads, memory=fleet.memory)
        backend = backends.dask(spec, dask) if dask is not None else backends.processes(spec, size)
        coordinator = Coordinator(stack.enter_context(backend), context)
        yield Executor(
            context=context,
            host=host,
            carry=lambda targets, mode, limits: coordinator.process(targets, journal, order=mode, limits=limits),
            usage=coordinator.usage,
        )


_LARGE = 200
"""Minimum number of repositories on disk for which several processes are started."""
_THREADS = 8


@dataclass(slots=True)
class ResultPrinter:
    """Prints results one repository at a time, and keeps only what the summary needs."""

    session: Session
    format_: str
    quiet: bool
    executor: "Executor | None" = None
    rows: list[tuple[str, Outcome, str, str]] = field(default_factory=list)
    """Path, outcome, reason and address."""

    def print_all(
        self, items: "Iterable[RepositoryResult]", then: "Callable[[RepositoryResult], None]" = lambda _: None
    ) -> None:
        """Print each result as soon as it is available, and call `then` with the result."""
        width = max((len(target.path) for target in self.session.targets), default=0)
        progress_line = self.session.progress_line
        progress_line.begin(len(self.session.targets))
        for item in items:
            progress_line.clear()
            self._print_result(item, width)
            then(item)
            reason = "; ".join(part for part in (item.decision.reason, report.deleted(item.deletions)) if part)
            self.rows.append((item.target.path, item.decision.outcome, reason, item.url))
            progress_line.done(item.target.path)
        progress_line.clear()

    def _print_result(self, result: "RepositoryResult", width: int) -> None:
        path, decision = result.target.path, result.decision
        if self.format_ == "jsonl":
            changes = result.proposal.change_set if result.proposal else None
            data = report.result_as_json(
                path,
                decision,
                url=result.url,
                version=result.version,
                changes=changes,
                from_journal=result.from_journal,
                deletions=result.deletions,
                fork=result.target.fork,
            )
            print_json(json.dumps(data))
        elif self.format_ == "text" and (not self.quiet or decision.outcome in FAILURES):
            print_result(report.result_line(path, decision, url=result.url, width=width))
            if result.deletions:
                print_result(f"{'':<16} {printable_line(report.deleted(result.deletions))}")

    def finish(self, title: str) -> int:
        """Print the summary and return the exit code: 1 if anything failed, 4 if anything is queued."""
        outcomes = [row[1] for row in self.rows]
        if self.format_ == "markdown":
            print_result(report.results_markdown(title, self.rows), nl=False)
        print_status(report.outcome_summary(outcomes), quiet=self.quiet)
        used = usage_text(self.executor.usage() if self.executor else {})
        if used:
            print_status(used, quiet=self.quiet)
        if any(outcome in FAILURES for outcome in outcomes):
            return FOUND
        return INCOMPLETE if Outcome.QUEUED in outcomes else OK


def usage_text(usage: Mapping[str, int]) -> str:
    """Return the number of requests to hosts as text; empty if a run sent none."""
    used = {key: count for key, count in usage.items() if count}
    if not used.get("requests"):
        return ""
    counts = (f"{count:,} {key.removesuffix('s') if count == 1 else key}" for key, count in used.items())
    return f"used: {', '.join(counts)}"
