"""`codexc bundle`"""

from pathlib import Path

import click

from codex.cli._options import (
    BUNDLES,
    KEYLESS,
    SIGN,
    codex_options,
    print_labelled,
    print_result,
    print_status,
    progress,
)
from codex.cli.main import FOUND, OK
from codex.workflow.codex_folder import SourceOptions, bundles_of, open_codex
from skills_build.counts import counted


@click.command("bundle")
@codex_options
@BUNDLES
@SIGN
@KEYLESS
def command(source: SourceOptions, quiet: bool, bundles: Path | None, key: Path | None, keyless: bool) -> int:
    """Rebuild the bundle of the last release, byte for byte.

    Use it in CI jobs that check out a tag, or to verify that a bundle matches its standards. The standards must be
    unchanged since the release. An existing bundle is compared, but never changed.
    """
    from codex.workflow.release import RefusedError, put_bundle, rebuild

    codex_folder = open_codex(source)
    bundle = rebuild(codex_folder, progress=progress(quiet=quiet))
    try:
        folder = put_bundle(bundle, bundles_of(codex_folder, bundles), key, keyless=keyless)
    except RefusedError as error:
        print_labelled("refused", "red", error.message, help_=error.hint)
        return FOUND
    print_result(str(folder))
    print_status(f"{counted(len(bundle.files), 'file')} of {bundle.version}", quiet=quiet)
    return OK
