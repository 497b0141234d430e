"""`codexc catalog`"""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from codex.cli._options import codex_options, print_json, print_labelled, print_result, print_status
from codex.cli.main import OK
from codex.workflow.codex_folder import SourceOptions, open_codex
from skills_build.counts import counted
from skills_build.inert import terminal_line

if TYPE_CHECKING:
    from codex.http.rate_limit import Wait
    from codex.rollout.catalog import CatalogReading
    from codex.sync.repository import Repository
    from skills_build.model.config import CatalogFilter

SHOWN: Final = 20
"""Maximum number of notes of each kind in the text output."""


@click.command("catalog")
@codex_options
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="GLOB",
    help="List only repositories whose path or name matches. Repeatable.",
)
@click.option("--topic", "topics", multiple=True, help="List only repositories with this topic. Repeatable.")
@click.option("--language", "languages", multiple=True, help="List only repositories in this language. Repeatable.")
@click.option("--owner", "owners", multiple=True, help="List only repositories with this owner. Repeatable.")
@click.option(
    "--lifecycle", "lifecycles", multiple=True, help="List only repositories with this lifecycle. Repeatable."
)
@click.option("--archived", is_flag=True, help="Include archived repositories.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(source: SourceOptions, quiet: bool, format_: str, **filters: Any) -> int:
    """List the repositories in the catalog configured in codex.yaml.

    Each option overrides the key with the same name in `catalog.select`. If the catalog is unreachable, the command
    lists its last response, and prints the age of this response.
    """
    from codex.catalog.as_json import catalog_as_json
    from codex.rollout.catalog import CatalogQuery, catalog_settings, read_catalog
    from codex.rollout.configuration import hosts_of

    codex_folder = open_codex(source)
    settings = catalog_settings(codex_folder)
    catalog_filter = _filter(settings.select, filters)
    hosts = hosts_of(codex_folder, on_wait=lambda wait: _waiting(wait, quiet=quiet))
    reading = read_catalog(settings, CatalogQuery(root=codex_folder.root, hosts=hosts), catalog_filter)
    if reading.error:
        print_labelled("warning", "yellow", reading.error)
        print_status(f"  = note: using the catalog response from {_age(reading.age)} ago")
    if format_ == "json":
        facts = {"age_seconds": round(reading.age), **catalog_as_json(reading.found, reading.selected)}
        print_json(json.dumps(facts, indent=2))
        return OK
    for line in _table(reading.selected.repositories):
        print_result(line)
    _remark(reading, quiet=quiet)
    return OK


def _filter(configured: "CatalogFilter", options: dict[str, Any]) -> "CatalogFilter":
    return replace(configured, **{name: value for name, value in options.items() if value})


def _waiting(wait: "Wait", *, quiet: bool) -> None:
    print_status(f"waiting {wait.seconds:,.0f} s for {wait.host}: {wait.reason}", quiet=quiet)


def _table(repositories: "tuple[Repository, ...]") -> list[str]:
    rows = [
        tuple(map(terminal_line, (repository.id, repository.default_branch or "?", _about(repository))))
        for repository in repositories
    ]
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(2)]
    return [f"{name:<{widths[0]}}  {branch:<{widths[1]}}  {about}".rstrip() for name, branch, about in rows]


def _about(repository: "Repository") -> str:
    parts = [word for word in (repository.lifecycle, repository.owner, repository.system) if word]
    parts += [
        word
        for word, holds in (
            ("archived", repository.archived),
            ("empty", repository.empty),
            ("mirror", repository.mirror),
            ("orphan", repository.orphan),
        )
        if holds
    ]
    parts += [f"{len(repository.entities)} components"] if len(repository.entities) > 1 else []
    return ", ".join([*parts, *repository.languages[:3]])


def _remark(reading: "CatalogReading", *, quiet: bool) -> None:
    """Print the number of selected repositories, the number left out for each reason, and the notes."""
    unmapped = [f"{skipped.name}: {skipped.reason}" for skipped in reading.found.unmapped]
    for title, lines in (("not mapped", unmapped), ("note", (*reading.found.notes, *reading.selected.notes))):
        for line in lines[:SHOWN]:
            print_status(f"{title}: {terminal_line(line)}", quiet=quiet)
        if len(lines) > SHOWN:
            print_status(f"{title}: and {len(lines) - SHOWN:,} more (`--format json` lists all)", quiet=quiet)
    left = "".join(f", {count:,} left out by {reason}" for reason, count in reading.selected.left_out.items())
    count = len(reading.selected.repositories)
    print_status(f"{counted(count, 'repository', 'repositories')}{left}", quiet=quiet)


def _age(seconds: float) -> str:
    for name, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
