"""Installs all-repos for a comparison, with the change that it makes (`all_repos_fixer.py`)."""

import json
import shutil
import subprocess
import venv
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bench import ROOT
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AllRepos:
    """An installed all-repos: the commands that clone and that make the change, and the environment of both."""

    clone: tuple[str, ...]
    fix: tuple[str, ...]
    fix_after_clone: tuple[str, ...]
    environment: Mapping[str, str]


def all_repos(
    folder: Path, addresses: Mapping[str, str], payloads: Mapping[str, str], *, push: str, push_settings: object
) -> AllRepos:
    """Install all-repos in a folder for repositories by name. `push` is the module in the folder that pushes."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    subprocess.run([programs / "python", "-m", "pip", "install", "-q", "all-repos"], check=True)
    (folder / "repos.json").write_text(json.dumps(addresses), encoding="utf-8")
    settings = {
        "output_dir": "output",
        "source": "all_repos.source.json_file",
        "source_settings": {"filename": "repos.json"},
        "push": push,
        "push_settings": push_settings,
        "all_branches": False,
    }
    config = folder / "all-repos.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    config.chmod(0o600)
    fixer = shutil.copy(ROOT / "benchmarks" / "all_repos_fixer.py", folder)
    names = {f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    arguments = ("-C", str(config), "--jobs", "8")
    python = (str(programs / "python"), str(fixer))
    return AllRepos(
        clone=(str(programs / "all-repos-clone"), *arguments),
        fix=(*python, *arguments),
        fix_after_clone=(*python, "--clone", *arguments),
        environment={**names, "PYTHONPATH": str(folder), "PAYLOADS": json.dumps(dict(payloads))},
    )
