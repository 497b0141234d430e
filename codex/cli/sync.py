"""`codexc sync`"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from codex.cli.main import FOUND, INCOMPLETE, OK
from codex.cli.options import codex_options, say
from codex.report import fleet as report
from codex.sync.outcome import FAILURES, Outcome
from codex.workflow.load import Place, Request, open_place
from codex.workflow.sync import Item
from skills_build.errors import CodexError

FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "jsonl", "markdown"]), default="text", show_default=True
)
ONLY = click.option(
    "--only", multiple=True, metavar="GLOB", help="Only these repositories, by path or name; repeatable."
)
JOURNAL = click.option("--journal", type=click.Path(path_type=Path), help="The journal. [build/sync/journal.jsonl]")
WORKERS = click.option("--concurrency", "workers", type=click.IntRange(1, 64), default=8, show_default=True)
BUNDLE = click.argument("bundle", required=False)


@click.group("sync")
def command() -> None:
    """Bring a released codex to every repository of the fleet, by merge requests.

    codex.yaml says where repositories come from (`catalog`), where their requests live (`forge`), and how requests are
    made (`sync`, `waves`). Looking writes nothing; `apply` does what `plan` shows.
    """


@dataclass(slots=True, kw_only=True)
class _Session:
    """What all commands of the group need."""

    place: Place
    run: Any
    fleet: Any
    journal: Any
    targets: list[Any]

    def close(self) -> None:
        self.journal.close()


def _session(
    asked: Request, bundle: str | None, only: tuple[str, ...], journal: Path | None, **limits: Any
) -> _Session:
    from codex.catalog.filters import Filters, chosen
    from codex.shell.journal import Journal
    from codex.workflow.build import default_out, templates
    from codex.workflow.fleet import Budget, fleet, gate, source_of
    from codex.workflow.sync import Run

    place = open_place(asked)
    found = fleet(place)
    targets = list(chosen(found.targets(), Filters(names=only)))
    if only and not targets:
        raise CodexError(
            f"no repository is called {', '.join(f'`{one}`' for one in only)}", hint="is it in the catalog?"
        )
    run = Run(
        source=source_of(place, bundle),
        forge=found.forge,
        policy=found.policy,
        templates=templates(),
        day=asked.as_of,
        targets=found.clients,
        allowed=gate(found.waves, limits.get("wave"), Budget(limits.get("max_writes"))),
    )
    path = journal or default_out(place.root).parent / "build" / "sync" / "journal.jsonl"
    return _Session(place=place, run=run, fleet=found, journal=Journal(path), targets=targets)


def _items(session: _Session, workers: int) -> Iterator[Item]:
    from codex.workflow.sync import plan

    return plan(session.run, session.targets, session.journal, workers=workers)


@command.command("plan")
@codex_options
@BUNDLE
@ONLY
@JOURNAL
@WORKERS
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, for `codexc sync apply --plan`.")
@click.option("--diff", "diff", is_flag=True, help="Show the changes of each repository as a unified diff.")
@FORMAT
def plan_(
    asked: Request,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    journal: Path | None,
    workers: int,
    out: Path | None,
    diff: bool,
    format_: str,
) -> int:
    """Show what would be done in each repository, and why. Writes nothing to any of them."""
    from codex.workflow.plans import differences, save

    session = _session(asked, bundle, only, journal)
    try:
        items = list(_shown(_items(session, workers), session, format_, quiet=quiet))
        if diff:
            for one in items:
                click.echo(differences(session.run, one), nl=False)
        if out is not None:
            save(items, session.run, out)
            say(f"saved to {out}", quiet=quiet)
        return _ended(items, format_, "Plan", quiet=quiet)
    finally:
        session.close()


@command.command("apply")
@codex_options
@BUNDLE
@ONLY
@JOURNAL
@WORKERS
@click.option("--plan", "planned", type=click.Path(path_type=Path), help="Do just what this plan says.")
@click.option("--replan", is_flag=True, help="Decide anew where a repository has moved since the plan.")
@click.option("--max-writes", type=click.IntRange(0), help="Write at most so many repositories; the rest is queued.")
@click.option("--wave", help="Only repositories that this wave of codex.yaml reaches.")
@FORMAT
def apply_(
    asked: Request,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    journal: Path | None,
    workers: int,
    planned: Path | None,
    replan: bool,
    max_writes: int | None,
    wave: str | None,
    format_: str,
) -> int:
    """Do it: commit, open, update and close merge requests. Interrupted, it is just run again."""
    from codex.workflow.plans import held_to, load
    from codex.workflow.sync import carry_out

    session = _session(asked, bundle, only, journal, max_writes=max_writes, wave=wave)
    try:
        found = _items(session, workers)
        if planned is not None:
            found = held_to(found, load(planned, session.run), replan=replan)
        done = (carry_out(session.run, one, session.journal) for one in found)
        items = list(_shown(done, session, format_, quiet=quiet))
        return _ended(items, format_, "Sync", quiet=quiet)
    finally:
        session.close()


@command.command("check")
@codex_options
@BUNDLE
@ONLY
@JOURNAL
@WORKERS
@FORMAT
def check_(
    asked: Request,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    journal: Path | None,
    workers: int,
    format_: str,
) -> int:
    """For CI: exit code 1 if any repository is not as this codex wants it. Writes nothing."""
    session = _session(asked, bundle, only, journal)
    fine = {Outcome.IN_SYNC, Outcome.MERGED, Outcome.SKIPPED, Outcome.OPTED_OUT}
    try:
        items = list(_shown(_items(session, workers), session, format_, quiet=quiet))
        _ended(items, format_, "Check", quiet=quiet)
        return OK if all(one.decision.outcome in fine for one in items) else FOUND
    finally:
        session.close()


@command.command("explain")
@codex_options
@click.argument("repository")
@click.option("--bundle", help="The bundle, instead of the last release's.")
@JOURNAL
def explain_(asked: Request, quiet: bool, repository: str, bundle: str | None, journal: Path | None) -> int:
    """Show all that is decided about one repository: what was seen, which row applies, the request and the files."""
    from codex.workflow.plans import explained

    session = _session(asked, bundle, (repository,), journal)
    try:
        for target in session.targets:
            click.echo(explained(session.run, target), nl=False)
        return OK
    finally:
        session.close()


@command.command("status")
@codex_options
@ONLY
@JOURNAL
@FORMAT
def status_(asked: Request, quiet: bool, only: tuple[str, ...], journal: Path | None, format_: str) -> int:
    """Show what the journal knows of the fleet, without asking anybody: outcomes and versions."""
    from codex.workflow.plans import status

    session = _session(asked, None, only, journal)
    try:
        rows = status(session.journal, session.targets)
        if format_ == "jsonl":
            for one in rows:
                click.echo(json.dumps(one))
        else:
            click.echo(report.versions(rows), nl=False)
        return OK
    finally:
        session.close()


@command.command("close")
@codex_options
@ONLY
@JOURNAL
@click.option("--reason", required=True, help="What is said on each request.")
@click.option("--dry-run", is_flag=True, help="Only list what would be closed.")
def close_(asked: Request, quiet: bool, only: tuple[str, ...], journal: Path | None, reason: str, dry_run: bool) -> int:
    """Close our open requests and delete their branches, unless somebody else worked on them."""
    from codex.workflow.plans import close

    session = _session(asked, None, only, journal)
    try:
        for path, url, done in close(session.run, session.targets, reason, dry=dry_run):
            say(f"{done:<12} {path} {url}", quiet=quiet)
        return OK
    finally:
        session.close()


def _shown(items: Iterator[Item], session: _Session, format_: str, *, quiet: bool) -> Iterator[Item]:
    """Print each repository as soon as it is done, or how far it is where a terminal watches."""
    width = max((len(one.path) for one in session.targets), default=0)
    live = _counter(len(session.targets), quiet=quiet or format_ != "text")
    for one in items:
        if format_ == "jsonl":
            work = one.proposal.work if one.proposal else None
            data = report.row(
                one.target.path, one.decision, url=one.url, version=one.version, work=work, known=one.known
            )
            click.echo(json.dumps(data))
        elif format_ == "text" and (not quiet or one.decision.outcome in FAILURES):
            click.echo(report.line(one.target.path, one.decision, url=one.url, width=width))
        live(one.target.path)
        yield one


def _counter(total: int, *, quiet: bool) -> Callable[[str], None]:
    if quiet or not sys.stderr.isatty() or sys.stdout.isatty():
        return lambda _: None
    done = 0

    def count(path: str) -> None:
        nonlocal done
        done += 1
        click.echo(f"\r\x1b[K{done:,}/{total:,} {path}" + ("\n" if done == total else ""), err=True, nl=False)

    return count


def _ended(items: list[Item], format_: str, title: str, *, quiet: bool) -> int:
    """Print the summary; returns the exit code: 1 if anything failed, 4 if something waits for its turn."""
    outcomes = [one.decision.outcome for one in items]
    if format_ == "markdown":
        click.echo(report.markdown(title, [(one.target.path, one.decision, one.url) for one in items]), nl=False)
    say(report.summary(outcomes), quiet=quiet)
    if any(one in FAILURES for one in outcomes):
        return FOUND
    return INCOMPLETE if Outcome.QUEUED in outcomes else OK
