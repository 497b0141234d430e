"""`codexc sync propose`"""

from typing import TYPE_CHECKING

import click

from codex.cli._options import codex_options, print_result, print_status
from codex.cli._sync import BUNDLE, ONLY, READERS, open_fleet, sync_context, usage_text
from codex.cli._trust import pin_options
from codex.cli.main import FOUND, INCOMPLETE, OK
from codex.cli.propose import print_requests, print_rest
from codex.report.text import printable_line
from codex.workflow.codex_folder import CodexFolder, SourceOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex.cli._sync import OpenedFleet
    from codex.rollout.context import SyncContext
    from codex.rollout.propose import RepositoryEdits
    from codex.sync.edit_mapping import NotMapped
    from codex.workflow.propose_request import ProposingRepository

_THREADS = 8


@click.command("propose")
@codex_options
@BUNDLE
@pin_options
@ONLY
@READERS
@click.option(
    "--merge-request",
    is_flag=True,
    help="Open one merge request per rule in the codex's repository, or extend an open merge request.",
)
@click.option("--repository", metavar="URL", help="The codex's repository. [default: `origin`]")
@click.option(
    "--token-env", metavar="NAME", help="Environment variable that contains the token for the codex's repository."
)
def propose_(
    source: SourceOptions,
    quiet: bool,
    bundle: str | None,
    only: tuple[str, ...],
    workers: int | None,
    merge_request: bool,
    repository: str | None,
    token_env: str | None,
) -> int:
    """Find edits to installed text in every repository, and propose them as changes to the standards.

    Prints a diff of the standards; the repositories themselves are not changed. Exits with code 1 if an edit cannot be
    mapped to one rule, or a repository could not be read.
    """
    with open_fleet(source, only, quiet=quiet) as opened:
        results = list(_results(opened, sync_context(opened, bundle), workers))
        sources = [result.source for result in results if result.source is not None]
        rest = [(result.target.path, one) for result in results for one in result.rest]
        if merge_request:
            rest += _requests(opened.codex_folder, sources, (repository, token_env))
        else:
            rest += [("", one) for one in _diff(opened.codex_folder, sources)]
        for path, one in rest:
            print_rest([one], quiet=quiet, prefix=f"{path}/" if path else "")
        failed = [result for result in results if result.failure]
        for result in failed:
            print_status(printable_line(f"failed: {result.target.path}: {result.failure}"))
        print_status(f"repositories read: {len(results):,}; with edits: {len(sources):,}", quiet=quiet)
        used = usage_text(opened.fleet.forge.usage())
        if used:
            print_status(used, quiet=quiet)
    if any(not result.queued for result in failed) or any(not one.present for _, one in rest):
        return FOUND
    return INCOMPLETE if failed else OK


def _results(opened: "OpenedFleet", context: "SyncContext", workers: int | None) -> "Iterator[RepositoryEdits]":
    from codex.rollout.configuration import sign_in
    from codex.rollout.host_failures import HostFailures
    from codex.rollout.propose import edits_of_fleet

    sign_in(opened.fleet.forge)
    host, line = HostFailures(context.forge), opened.progress_line
    threads = 1 if opened.fleet.on_disk else workers or _THREADS
    line.begin(len(opened.targets))
    for result in edits_of_fleet(context, opened.targets, workers=threads, stopped=lambda: host.stop_reason):
        host.record(failed=result.host_failed)
        line.done(result.target.path)
        yield result
    line.clear()


def _diff(place: CodexFolder, sources: "Sequence[ProposingRepository]") -> "tuple[NotMapped, ...]":
    """Print the changes to the standards in this checkout; return the edits that cannot be mapped."""
    from dataclasses import replace

    from codex.sync.edit_mapping import map_edits
    from codex.workflow.build import unified_diff
    from codex.workflow.propose import differences, standards_of

    standards = standards_of(place)
    edits = [replace(edit, path=f"{source.name}/{edit.path}") for source in sources for edit in source.edits]
    proposed, rest = map_edits(edits, standards.rules, standards.texts)
    print_result(unified_diff(differences(standards, proposed)), nl=False)
    return rest


def _requests(
    place: CodexFolder, sources: "Sequence[ProposingRepository]", where: tuple[str | None, str | None]
) -> "list[tuple[str, NotMapped]]":
    """Open or extend the merge requests; return the edits that cannot be mapped, with their repositories."""
    from codex.workflow.own_repository import origin_of, own_repository
    from codex.workflow.propose_request import CodexOnForge

    if not sources:
        return []
    own = own_repository(where[0] or origin_of(place.root), token=where[1])
    remote = CodexOnForge(own, place.request.as_of)
    return [(source.name, one) for source in sources for one in print_requests(remote, source)]
