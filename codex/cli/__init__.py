"""The command line: the only importer of click. Each command is a module of its own, imported when it is called."""

import sys

from codex.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
