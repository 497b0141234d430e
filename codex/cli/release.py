"""`codexc release`"""

import json
from pathlib import Path
from typing import Any

import click

from codex.cli._options import codex_options, color, marked, print_status, progress, put
from codex.cli._trust import ALLOWED_SIGNERS, allowed_signers
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.release import RefusedError, ReleaseDraft, ReleaseOptions, draft_release, write_release


@click.command("release")
@codex_options
@click.option("--version", metavar="X.Y.Z", help="The version to release. [default: the lowest that the changes allow]")
@click.option("--against", metavar="REF|BUNDLE|URL", help="The previous release. [default: the last tag]")
@ALLOWED_SIGNERS
@click.option("--bundles", type=click.Path(path_type=Path), help="Directory of bundles. [default: build/bundles]")
@click.option(
    "--sign",
    "key",
    type=click.Path(path_type=Path),
    help="Sign with this SSH key; a public key selects one from ssh-agent.",
)
@click.option("--keyless", is_flag=True, help="Sign with the identity of this CI job (needs the extra `sigstore`).")
@click.option("--commit", is_flag=True, help="Commit the written files.")
@click.option("--tag", is_flag=True, help="Commit the written files and tag the commit codex-vX.Y.Z.")
@click.option("--allow-dirty", is_flag=True, help="Release even if there are uncommitted changes.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show the version, changelog and files.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(asked: SourceOptions, quiet: bool, format_: str, **options: Any) -> int:
    """Release the standards: determine the version, write changelog, record and output, and create the bundle.

    The version follows from the changes since the last release (see `codexc diff`). Refused are a lower version, an
    existing version, and a working tree with uncommitted changes. Nothing is published or pushed.
    """
    wish = ReleaseOptions(dry=options.pop("dry_run"), allowed_signers=allowed_signers(), **options)
    try:
        made = draft_release(open_codex(asked), wish, progress=progress(quiet=quiet))
        if made.built is not None and not made.built.artifacts:
            return _stopped(made)
        if format_ == "text":
            _show(made, quiet=quiet, dry=wish.dry)
        if made.version is not None and not wish.dry:
            written = write_release(made, wish)
            print_status(f"released {made.version}; the bundle is in {written[0]}", quiet=quiet)
            if not wish.commit and not wish.tag and made.repository is not None:
                print_status(f"next: commit the written files and tag the commit codex-v{made.version}", quiet=quiet)
        if format_ == "json":
            click.echo(json.dumps(_facts(made, dry=wish.dry), indent=2))
    except RefusedError as error:
        marked("refused", "red", error.message, help_=error.hint)
        return FOUND
    return OK


def _stopped(made: ReleaseDraft) -> int:
    from codex.report import text

    assert made.built is not None
    click.echo(text.render(made.built.stopped, made.built.sources, color=color()), nl=False, color=color())
    print_status("release failed; nothing was written")
    return FOUND


def _show(made: ReleaseDraft, *, quiet: bool, dry: bool) -> None:
    """Print the version, and with `dry` the changelog and the files that would be written."""
    if made.version is None:
        print_status(f"nothing to release: the output is the same as in {made.previous}", quiet=quiet)
        return
    since = f"previous: {made.previous}; minimum allowed: {made.needed}" if made.previous else "first release"
    print_status(f"releasing {made.version} ({since})", quiet=quiet)
    if dry:
        put(made.section, nl=False)
        for path in _paths(made):
            print_status(f"would write {path}", quiet=quiet)
        if made.bundle is not None:
            size = sum(len(data) for data in made.bundle.files.values())
            print_status(
                f"would create the bundle {made.bundle.folder} ({len(made.bundle.files)} files, {size:,} bytes)",
                quiet=quiet,
            )


def _facts(made: ReleaseDraft, *, dry: bool) -> dict[str, object]:
    from skills_build.emit.changes import change_data

    return {
        "status": "nothing" if made.version is None else "dry-run" if dry else "released",
        "version": made.version,
        "previous": made.previous,
        "bump": made.diff.bump.word if made.diff else "initial",
        "changes": [change_data(change) for change in made.diff.changes] if made.diff else [],
        "section": made.section,
        "files": [str(path) for path in _paths(made)],
        "bundle": sorted(made.bundle.files) if made.bundle else [],
    }


def _paths(made: ReleaseDraft) -> list[Path]:
    if made.built is None or made.files is None or made.bundle is None:
        return []
    return [*made.files, made.built.order.out, *made.built.beside]
