"""Repeats a command whenever a file of the codex changes, until it is interrupted."""

import time
from collections.abc import Callable
from typing import Final

from codex.cli._options import print_status
from codex.shell.reading import read_file
from codex.workflow.codex_folder import CONFIG, SourceOptions, codex_root, open_codex
from skills_build.errors import CodexError

SECONDS: Final = 0.5


def watch(source: SourceOptions, run: Callable[[], int], *, quiet: bool) -> int:
    """Call `run` now and after each change of a standard, of codex.yaml, of a dialect or of the lock.

    An error, such as in codex.yaml, is printed; the next change may fix it.
    """
    last: object = None
    while True:
        if (now := _state(source)) != last:
            print_status(time.strftime("%H:%M:%S"), quiet=quiet)
            try:
                run()
            except CodexError as error:
                print_status(f"error: {error.message}" + (f"\n  = help: {error.hint}" if error.hint else ""))
            now = _state(source)
        last = now
        time.sleep(SECONDS)


def _state(source: SourceOptions) -> object:
    """Return everything that a build depends on; if the codex cannot be read, the text of codex.yaml and the error."""
    try:
        config = read_file(codex_root(source) / CONFIG)
    except (OSError, CodexError):
        config = None
    try:
        place = open_codex(source)
    except (OSError, CodexError) as error:
        return config, str(error)
    dialects = [dialect.digest for dialect, _ in place.dialects]
    return config, dict(place.tree.files), place.locked, place.record, dialects
