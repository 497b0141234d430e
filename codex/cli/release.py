"""`codexc release`"""

import json
from pathlib import Path
from typing import Any

import click

from codex.cli._options import (
    BUNDLES,
    KEYLESS,
    SIGN,
    codex_options,
    color,
    print_json,
    print_labelled,
    print_result,
    print_status,
    progress,
)
from codex.cli._trust import ALLOWED_SIGNERS, allowed_signers
from codex.cli.main import FOUND, OK
from codex.shell.locking import locked_root
from codex.workflow.codex_folder import CodexFolder, SourceOptions, codex_root, open_codex
from codex.workflow.release import RefusedError, ReleaseDraft, ReleaseOptions, draft_release, write_release
from skills_build.counts import counted
from skills_build.errors import CodexError


@click.command("release")
@codex_options
@click.option("--version", metavar="X.Y.Z", help="The version to release. [default: the lowest that the changes allow]")
@click.option("--against", metavar="REF|BUNDLE|URL", help="The previous release. [default: the last tag]")
@ALLOWED_SIGNERS
@BUNDLES
@SIGN
@KEYLESS
@click.option("--commit", is_flag=True, help="Commit the written files.")
@click.option("--tag", is_flag=True, help="Commit the written files and tag the commit codex-vX.Y.Z.")
@click.option("--hooks", is_flag=True, help="With --commit or --tag: run the repository's Git hooks.")
@click.option(
    "--request",
    is_flag=True,
    help="Keep one merge request from codex/release up to date; after the merge, tag the release and print the tag.",
)
@click.option("--repository", metavar="URL", help="With --request: URL of this repository. [default: origin]")
@click.option("--token-env", metavar="NAME", help="With --request: environment variable that contains the token.")
@click.option("--allow-dirty", is_flag=True, help="Release even if there are uncommitted changes.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show the version, changelog and files.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(source: SourceOptions, quiet: bool, format_: str, **options: Any) -> int:
    """Release the standards: determine the version, write the changelog, record and output, and create the bundle.

    The version follows from the changes since the last release (see `codexc diff`). A lower or existing version is
    refused, and so is a working tree with uncommitted changes. Nothing is published or pushed. If a release was
    interrupted, run the command again to complete it.
    """
    request, repository, token = (options.pop(name) for name in ("request", "repository", "token_env"))
    release_options = ReleaseOptions(dry=options.pop("dry_run"), allowed_signers=allowed_signers(), **options)
    try:
        with locked_root(codex_root(source)):
            if request:
                place = open_codex(source)
                return _by_request(place, release_options, (repository, token), quiet=quiet, as_json=format_ == "json")
            return _release(source, release_options, quiet=quiet, as_json=format_ == "json")
    except RefusedError as error:
        print_labelled("refused", "red", error.message, help_=error.hint)
        return FOUND


def _release(source: SourceOptions, options: ReleaseOptions, *, quiet: bool, as_json: bool) -> int:
    draft = draft_release(open_codex(source), options, progress=progress(quiet=quiet))
    if draft.built is not None and not draft.built.artifacts:
        return _stopped(draft)
    if not as_json:
        _show(draft, quiet=quiet, dry=options.dry)
    if draft.version is not None and not options.dry:
        written = write_release(draft, options)
        _show_skipped_hooks(draft, options, quiet=quiet)
        print_status(f"released {draft.version}; the bundle is in {written[0]}", quiet=quiet)
        if not options.commit and not options.tag and draft.repository is not None:
            print_status(f"next: commit the written files and tag the commit codex-v{draft.version}", quiet=quiet)
    if as_json:
        print_json(json.dumps(_facts(draft, dry=options.dry), indent=2))
    return OK


def _by_request(
    place: CodexFolder, options: ReleaseOptions, own: tuple[str | None, str | None], *, quiet: bool, as_json: bool
) -> int:
    """Release by merge request; the only output is the new tag, for the script that pushes it."""
    from codex.workflow.own_repository import origin_of, own_repository
    from codex.workflow.release_request import BRANCH, request_release

    if options.dry or options.commit or options.tag or options.hooks:
        message = "`--request` cannot be combined with --dry-run, --commit, --tag or --hooks"
        raise CodexError(message, hint="pass only one of these options")
    repository = own_repository(own[0] or origin_of(place.root), token=own[1])
    result = request_release(place, repository, options, progress=progress(quiet=quiet))
    version = result.draft.version if result.draft else None
    if result.draft is not None and result.done == "stopped":
        return _stopped(result.draft)
    if as_json:
        facts = {"tag": result.tag or None, "request": result.done, "url": result.url or None, "version": version}
        print_json(json.dumps(facts, indent=2))
    elif result.tag:
        print_result(result.tag)
    if result.tag:
        print_status(f"tagged the merged release {result.tag}; next: push the tag and publish", quiet=quiet)
    text = {
        "superseded": "the default branch has a new commit: the pipeline for that commit prepares the release",
        "nothing": "nothing to release",
        "current": f"the merge request for {version} is up to date: {result.url}",
        "closed": f"nothing to release: closed the merge request for {BRANCH}",
    }.get(result.done, f"{result.done} the merge request for {version}: {result.url}")
    print_status(text, quiet=quiet)
    return OK


def _stopped(draft: ReleaseDraft) -> int:
    from codex.cli._report import as_text

    assert draft.built is not None
    built = draft.built
    click.echo(as_text(built.stopped, built.sources, root=built.place.root, color=color()), nl=False, color=color())
    print_status("release failed; nothing was written")
    return FOUND


def _show(draft: ReleaseDraft, *, quiet: bool, dry: bool) -> None:
    """Print the version; with `dry`, also print the changelog and the files that would be written."""
    if draft.version is None:
        print_status(f"nothing to release: the output is the same as in {draft.previous}", quiet=quiet)
        return
    since = f"previous: {draft.previous}; minimum allowed: {draft.minimum}" if draft.previous else "first release"
    verb = "completing the interrupted release of" if draft.resumed else "releasing"
    print_status(f"{verb} {draft.version} ({since})", quiet=quiet)
    if dry:
        print_result(draft.section, nl=False)
        for path in _paths(draft):
            print_status(f"would write {path}", quiet=quiet)
        if draft.bundle is not None:
            size = sum(len(data) for data in draft.bundle.files.values())
            files = counted(len(draft.bundle.files), "file")
            print_status(f"would create the bundle {draft.bundle.folder} ({files}, {size:,} bytes)", quiet=quiet)


def _show_skipped_hooks(draft: ReleaseDraft, options: ReleaseOptions, *, quiet: bool) -> None:
    if draft.repository is None or options.hooks or not (options.commit or options.tag):
        return
    skipped = draft.repository.commit_hooks()
    if skipped:
        print_status(f"Git hooks not run: {', '.join(skipped)}; pass `--hooks` to run them", quiet=quiet)


def _facts(draft: ReleaseDraft, *, dry: bool) -> dict[str, object]:
    from skills_build.emit.changes import change_data

    return {
        "status": "nothing" if draft.version is None else "dry-run" if dry else "released",
        "version": draft.version,
        "previous": draft.previous,
        "bump": draft.diff.bump.word if draft.diff else "initial",
        "changes": [change_data(change) for change in draft.diff.changes] if draft.diff else [],
        "section": draft.section,
        "files": [str(path) for path in _paths(draft)],
        "bundle": sorted(draft.bundle.files) if draft.bundle else [],
    }


def _paths(draft: ReleaseDraft) -> list[Path]:
    if draft.built is None or draft.files is None or draft.bundle is None:
        return []
    return [*draft.files, draft.built.options.out, *draft.built.files_outside]
