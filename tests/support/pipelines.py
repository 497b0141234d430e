"""Runs the scripts of the pipelines that `codexc init` writes, as a CI would run them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from tests.support.data import ROOT
from tests.support.forges import Forge
from tests.support.running import codexc

GIT: Final = ["git", "-c", "user.name=Author", "-c", "user.email=author@example.com"]


RULE: Final = """
### Reviews MUST name a second reader (WOW-9)

**Status:** enforced

**Why:** one pair of eyes sees what it wants to see.
"""


VANISHED: Final = ("### Changes MUST be reviewed by someone other than their author (WOW-1)", "### Changes")


FLEET: Final = """
catalog: {kind: folder, path: ../../fleet}
forge: {kind: local, root: ../../fleet}
waves:
  - {name: pilots, names: ["shop/*"]}
  - {name: all, percent: 100}
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def script(text: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the runners do: bash that ends at the first failure."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    keep = {key: os.environ[key] for key in ("LANG", "XDG_CACHE_HOME") if key in os.environ}
    environment = {**keep, "PATH": path, "HOME": str(home), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **env}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def clone(origin: Path, name: str) -> Path:
    """What a runner checks out: a commit, detached."""
    folder = origin.parent / name
    git(origin.parent, "clone", "--quiet", str(origin), str(folder))
    git(folder, "checkout", "--quiet", "--detach", "origin/main")
    return folder


def change(folder: Path, text: str = RULE) -> str:
    """Commit a change of the standards with its output; returns the commit before."""
    before = git(folder, "rev-parse", "HEAD")
    page = next((folder / "standards" / "engineering").glob("*.md"))
    page.write_text(page.read_text(encoding="utf-8").rstrip("\n") + "\n" + text, encoding="utf-8")
    built = codexc("build", cwd=folder)
    assert built.code == 0, built.out + built.err
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change a standard")
    return before


def gitlab(folder: Path) -> dict[str, Any]:
    _, jobs = YAML(typ="safe").load_all((folder / "templates" / "codex.yml").read_text())
    return {name: {**jobs[".codexc"], **job} for name, job in jobs.items() if not name.startswith(".")}


def lines(job: Mapping[str, Any]) -> str:
    return "\n".join(job["script"])


def github(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((folder / ".github" / "workflows" / "codex.yml").read_text())
    return found


def step(folder: Path, job: str, name: str) -> str:
    steps = github(folder)["jobs"][job]["steps"]
    return next(str(step["run"]) for step in steps if step.get("name") == name)


def notes(forge: Forge, number: int) -> list[str]:
    return [note.body for note in forge.merge_request("acme/codex", number).notes]


def merged(origin: Path, name: str) -> str:
    """A person squashes the release into the default branch and deletes its branch; returns the new tip."""
    folder = clone(origin, name)
    git(folder, "checkout", "--quiet", "main")
    git(folder, "merge", "--quiet", "--squash", "origin/codex/release")
    git(folder, "commit", "--quiet", "--message", "Release")
    git(folder, "push", "--quiet", "origin", "main", ":codex/release")
    path = origin.parent / "origin.requests.json"
    path.write_text(path.read_text().replace('"state": "open"', '"state": "merged"').replace('"open"', '"merged"'))
    return git(folder, "rev-parse", "HEAD")


def signing_key(folder: Path, clone: Path) -> Path:
    """A new key, which the codex in `clone` lets sign; that is committed."""
    path = folder / "codex.key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    added = codexc("trust", "add", "--key", f"{path}.pub", "--name", "releases@example.org", cwd=clone / "standards")
    assert added.code == 0, added.err
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Trust the release key")
    for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
        git(clone, "config", key, value)
    return path


def fleet(origin: Path) -> Path:
    """A clone at a release, whose codex.yaml names a fleet of two repositories; they and the bundle are ready."""
    folder = clone(origin, "synced")
    settings = folder / "standards" / "codex.yaml"
    settings.write_text(settings.read_text() + FLEET)
    git(folder, "commit", "--quiet", "--all", "--message", "Name the fleet")
    git(folder, "config", "user.name", "CI")
    git(folder, "config", "user.email", "ci@example.com")
    for path in ("shop/pilot", "data/other"):
        work = origin.parent / "seed"
        git(origin.parent, "init", "--quiet", "--initial-branch", "main", str(work))
        (work / "a.py").write_text("x = 1\n")
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--allow-empty", "--message", "Start")
        (origin.parent / "fleet" / path).parent.mkdir(parents=True, exist_ok=True)
        git(origin.parent, "clone", "--quiet", "--bare", str(work), str(origin.parent / "fleet" / f"{path}.git"))
    assert script("codexc release --tag && rm -rf build", folder).returncode == 0
    return folder


def branches(origin: Path) -> list[str]:
    found = (origin.parent / "fleet").rglob("*.git")
    return sorted(path.name for path in found if "codex/sync" in git(path, "branch", "--list", "codex/sync"))
