"""The command line, and the only package that imports click. Each command has a module, imported when it is called."""

from codex.cli.main import main, run

__all__ = ["main", "run"]
