"""The change that all-repos makes in the comparisons, run in its environment: `all_repos_fixer.py [--clone] -C FILE`.

`PAYLOADS` has the directory with the files of each technology stack. With `--clone`, the repositories are cloned first.
"""

import json
import os
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from all_repos import autofix_lib, clone  # type: ignore[import-not-found]


def cloned(config: Any) -> list[str]:
    """Return the repositories that all-repos has cloned."""
    return sorted(str(path.parent) for path in Path(config.output_dir).rglob(".git"))


def apply_fix() -> None:
    """Copy the files of the stack of the repository in the current directory."""
    name = "go" if os.path.exists("go.mod") else "python" if os.path.exists("pyproject.toml") else "typescript"
    shutil.copytree(json.loads(os.environ["PAYLOADS"])[name], ".", dirs_exist_ok=True)
    autofix_lib.run("git", "add", "--all")


def main(arguments: list[str]) -> None:
    """Make the change in every repository, and push it."""
    if arguments[0] == "--clone":
        arguments = arguments[1:]
        clone.main(arguments)
    parser = ArgumentParser()
    autofix_lib.add_fixer_args(parser)
    repos, config, commit, settings = autofix_lib.from_cli(
        parser.parse_args(arguments), find_repos=cloned, msg="Codex", branch_name="codex-sync"
    )
    autofix_lib.fix(repos, apply_fix=apply_fix, config=config, commit=commit, autofix_settings=settings)


if __name__ == "__main__":
    main(sys.argv[1:])
