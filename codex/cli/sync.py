"""`codexc sync`"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli.main import FOUND, INCOMPLETE, OK
from codex.cli.options import codex_options, say
from codex.report import fleet as report
from codex.sync.outcome import FAILURES, Outcome
from codex.workflow.load import Place, Request, open_place
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from codex.shell.journal import Journal
    from codex.sync.fleet import Target
    from codex.workflow.fleet import Fleet
    from codex.workflow.sync import Item, Run

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """What the commands of the group start from."""

    place: Place
    fleet: "Fleet"
    journal: "Journal"
    targets: "tuple[Target, ...]"


@contextmanager
def _session(asked: Request, only: tuple[str, ...], journal: Path | None) -> Iterator[_Session]:
    """Read codex.yaml and the catalog, and open the journal."""
    from codex.shell.journal import Journal
    from codex.workflow.build import default_out
    from codex.workflow.fleet import fleet
    from codex.workflow.fleet import only as named

    place = open_place(asked)
    found = fleet(place)
    targets = named(found.targets, only)
    for note in found.notes:
        say(f"note: {note}")
    if only and not targets:
        raise CodexError(f"no repository is called `{', '.join(only)}`", hint="is it in the catalog?")
    book = Journal(journal or default_out(place.root).parent / "build" / "sync" / "journal.jsonl")
    try:
        yield _Session(place=place, fleet=found, journal=book, targets=targets)
    finally:
        book.close()


def _run(session: _Session, bundle: str | None, *, wave: str | None = None, most: int | None = None) -> "Run":
    """The sync of a bundle to the fleet."""
    from codex.workflow.build import templates
    from codex.workflow.fleet import Budget, gate, source_of
    from codex.workflow.sync import Run

    return Run(
        source=source_of(session.place, bundle),
        forge=session.fleet.forge,
        policy=session.fleet.policy,
        templates=templates(),
        day=session.place.request.as_of,
        targets=session.fleet.clients,
        allowed=gate(session.fleet.waves, wave, Budget(most)),
    )


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
    from codex.workflow.sync import plan

    with _session(asked, only, journal) as session:
        run = _run(session, bundle)
        found = plan(run, session.targets, session.journal, workers=workers)
        items = list(_shown(found, session, format_, quiet=quiet))
        if diff:
            for one in items:
                click.echo(differences(run, one), nl=False)
        if out is not None:
            save(items, run, out)
            say(f"saved to {out}", quiet=quiet)
        return _ended(items, format_, "Plan", quiet=quiet)


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
    from codex.workflow.sync import carry_out, plan

    with _session(asked, only, journal) as session:
        run = _run(session, bundle, wave=wave, most=max_writes)
        rows = load(planned, run) if planned is not None else None
        targets = tuple(one for one in session.targets if rows is None or one.id in rows)

        def then(item: "Item") -> "Item":
            held = held_to(item, rows[item.target.id], replan=replan) if rows is not None else item
            return carry_out(run, held, session.journal)

        done = plan(run, targets, session.journal, workers=workers, then=then)
        items = list(_shown(done, session, format_, quiet=quiet))
        return _ended(items, format_, "Sync", quiet=quiet)


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
    from codex.workflow.sync import plan

    fine = {Outcome.IN_SYNC, Outcome.MERGED, Outcome.SKIPPED, Outcome.OPTED_OUT}
    with _session(asked, only, journal) as session:
        found = plan(_run(session, bundle), session.targets, session.journal, workers=workers)
        items = list(_shown(found, session, format_, quiet=quiet))
        _ended(items, format_, "Check", quiet=quiet)
        return OK if all(one.decision.outcome in fine for one in items) else FOUND


@command.command("explain")
@codex_options
@click.argument("repository")
@click.option("--bundle", help="The bundle, instead of the last release's.")
@JOURNAL
def explain_(asked: Request, quiet: bool, repository: str, bundle: str | None, journal: Path | None) -> int:
    """Show all that is decided about one repository: what was seen, which row applies, the request and the files."""
    from codex.workflow.plans import explained

    with _session(asked, (repository,), journal) as session:
        run = _run(session, bundle)
        for target in session.targets:
            click.echo(explained(run, target), nl=False)
        return OK


@command.command("status")
@codex_options
@ONLY
@JOURNAL
@FORMAT
def status_(asked: Request, quiet: bool, only: tuple[str, ...], journal: Path | None, format_: str) -> int:
    """Show what the journal knows of the fleet, without asking anybody: outcomes and versions."""
    from codex.workflow.plans import status

    with _session(asked, only, journal) as session:
        rows = status(session.journal, session.targets)
        if format_ == "jsonl":
            for one in rows:
                click.echo(json.dumps(one))
        else:
            click.echo(report.versions(rows), nl=False)
        return OK


@command.command("close")
@codex_options
@ONLY
@JOURNAL
@click.option("--reason", required=True, help="What is said on each request.")
@click.option("--dry-run", is_flag=True, help="Only list what would be closed.")
def close_(asked: Request, quiet: bool, only: tuple[str, ...], journal: Path | None, reason: str, dry_run: bool) -> int:
    """Close our open requests and delete their branches, unless somebody else worked on them."""
    from codex.workflow.plans import close

    with _session(asked, only, journal) as session:
        for path, url, done in close(session.fleet.forge, session.fleet.policy, session.targets, reason, dry=dry_run):
            say(f"{done:<12} {path} {url}", quiet=quiet)
        return OK


def _shown(items: "Iterator[Item]", session: _Session, format_: str, *, quiet: bool) -> "Iterator[Item]":
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


def _ended(items: "list[Item]", format_: str, title: str, *, quiet: bool) -> int:
    """Print the summary; returns the exit code: 1 if anything failed, 4 if something waits for its turn."""
    outcomes = [one.decision.outcome for one in items]
    if format_ == "markdown":
        click.echo(report.markdown(title, [(one.target.path, one.decision, one.url) for one in items]), nl=False)
    say(report.summary(outcomes), quiet=quiet)
    if any(one in FAILURES for one in outcomes):
        return FOUND
    return INCOMPLETE if Outcome.QUEUED in outcomes else OK
