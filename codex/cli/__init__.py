"""The command line: the only importer of click. Each command is a module of its own, imported when it is called."""

from codex.cli.main import main, run

__all__ = ["main", "run"]
