"""`codexc bundle`"""

from pathlib import Path

import click

from codex.cli.main import FOUND, OK
from codex.cli.options import codex_options, marked, progress, put, say
from codex.workflow.load import Request, open_place


@click.command("bundle")
@codex_options
@click.option("--bundles", type=click.Path(path_type=Path), help="Folder for bundles. [build/bundles]")
@click.option("--sign", "key", type=click.Path(path_type=Path), help="Sign with this SSH key, or with an agent's.")
@click.option("--keyless", is_flag=True, help="Sign as the identity of this CI job (extra `sigstore`).")
def command(asked: Request, quiet: bool, bundles: Path | None, key: Path | None, keyless: bool) -> int:
    """Make the bundle of the last release again, with the same bytes.

    For a CI that checked out a tag, and for whoever wants to see that a bundle is what its standards give. They have
    to be those that were released. A bundle that is there already is compared, never changed.
    """
    from codex.workflow.release import RefusedError, Wish, bundles_of, put_bundle, rebuild

    place = open_place(asked)
    made = rebuild(place, progress=progress(quiet=quiet))
    try:
        folder = put_bundle(made, bundles_of(place, Wish(bundles=bundles)), key, keyless=keyless)
    except RefusedError as error:
        marked("refused", "red", error.message, help_=error.hint)
        return FOUND
    put(str(folder))
    say(f"{len(made.files):,} files of {made.version}", quiet=quiet)
    return OK
