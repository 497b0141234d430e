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
    """Call `run` now, and again whenever a standard, codex.yaml, a dialect or the lock changes.

    An error, such as one in codex.yaml, is printed, because the next change may fix it.
    """
    last: tuple[object, object] | None = None
    while True:
        if (now := _state(source)) != last:
            print_status(time.strftime("%H:%M:%S"), quiet=quiet)
            try:
                run()
            except CodexError as error:
                print_status(f"error: {error.message}" + (f"\n  = help: {error.hint}" if error.hint else ""))
            after = _state(source)
            now = after if after[0] == now[0] else now  # what changed during a run needs another one
        last = now
        time.sleep(SECONDS)


def _state(source: SourceOptions) -> tuple[object, object]:
    """Return the inputs that a build only reads, and the files that a build both reads and writes.

    If the codex cannot be read, return the text of codex.yaml and the error instead.
    """
    try:
        config = read_file(codex_root(source) / CONFIG)
    except (OSError, CodexError):
        config = None
    try:
        place = open_codex(source)
    except (OSError, CodexError) as error:
        return (config, str(error)), None
    dialects = [dialect.digest for dialect, _ in place.dialects]
    return (config, dict(place.tree.files), dialects), (place.locked, place.record)
