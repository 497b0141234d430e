"""A small fleet of real bare repositories, the people who work in them, and a codex for them."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from codex.forge.base import Forge
from codex.forge.local import LocalForge
from codex.resources import templates
from codex.rollout.batch import evaluate_all
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext
from codex.rollout.execute import execute, record_results
from codex.shell.folder import read_folder
from codex.shell.journal import Journal
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from skills_build.emit.committed import completed
from skills_build.model.manifest import DeliveryRow
from skills_build.release.loaded_bundle import LoadedBundle, load_bundle
from tests.support.data import ROOT

PYTHON: Mapping[str, str] = {
    "AGENTS.md": "# Payments\n\nAsk before you touch the ledger.\n",
    "src/a.py": "def f() -> None: ...\n",
    "pyproject.toml": '[project]\nname = "payments"\nversion = "1"\n',
}
_ME = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")


@cache
def codex_of(
    version: str = "1.0.0", extra: str = "", skill: str = "eng-python", delivery: str | None = "full"
) -> LoadedBundle:
    """The codex of this repository as some version; `extra` is appended to one of its skills."""
    codex = load_bundle(completed(read_folder(ROOT / "dist", most=10**9)))
    files = dict(codex.files)
    if extra:
        for path, file in codex.files.items():
            if path.endswith(f"{skill}/SKILL.md"):
                files[path] = replace(file, data=file.data + extra.encode())
    tree = f"{hash((version, extra, skill)) & 0xFFFF:064x}"
    return replace(codex, version=version, tree=tree, files=files, delivery=DeliveryRow(mode=delivery))


@dataclass(slots=True)
class People:
    """A folder of bare repositories, worked in with real git."""

    root: Path
    targets: dict[str, Repository] = field(default_factory=dict)
    released: dict[str, LoadedBundle] = field(default_factory=dict)
    """The bundles of all releases that were synced here."""

    def add(self, path: str, files: Mapping[str, str] = PYTHON, **attributes: Any) -> Repository:
        """Make a repository with one commit on `main`."""
        bare = self.root / f"{path}.git"
        bare.parent.mkdir(parents=True, exist_ok=True)
        git(self.root, "init", "--quiet", "--bare", "--initial-branch", "main", str(bare))
        self.targets[path] = Repository(id=path, path=path, **attributes)
        if files:
            self.commit(path, files)
        return self.targets[path]

    def commit(self, path: str, files: Mapping[str, str | None], branch: str = "main", *, amend: bool = False) -> str:
        """Commit as a person would: on top of a branch, or in place of its last commit."""
        work = self.root.parent / "work"
        subprocess.run(["rm", "-rf", str(work)], check=True)
        git(self.root, "clone", "--quiet", str(self.root / f"{path}.git"), str(work))
        if git(work, "branch", "--remotes"):
            git(work, "checkout", "--quiet", "-B", branch, f"origin/{branch}")
        for name, text in files.items():
            file = work / name
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, newline="")
        git(work, "add", "--all")
        again = ("--amend", "--no-edit") if amend else ("--message", "Work of a person")
        git(work, *_ME, "commit", "--quiet", "--allow-empty", *again)
        git(work, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
        return git(work, "rev-parse", "HEAD")

    def update_branch(self, path: str, branch: str = "codex/sync") -> None:
        """Merge `main` into a branch, as the forge's button does."""
        work = self.root.parent / "work"
        subprocess.run(["rm", "-rf", str(work)], check=True)
        git(self.root, "clone", "--quiet", str(self.root / f"{path}.git"), str(work))
        git(work, "checkout", "--quiet", "-B", branch, f"origin/{branch}")
        git(work, *_ME, "merge", "--quiet", "--no-edit", "origin/main")
        git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")

    def tip(self, path: str, branch: str = "codex/sync") -> str | None:
        """Where a branch is."""
        commit = git(self.root / f"{path}.git", "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return commit or None

    def show(self, path: str, file: str, branch: str = "main") -> str:
        """A file of a branch."""
        done = subprocess.run(
            ["git", "show", f"{branch}:{file}"], cwd=self.root / f"{path}.git", check=True, capture_output=True
        )
        return done.stdout.decode()

    def requests(self, path: str) -> list[dict[str, Any]]:
        """The merge requests of a repository."""
        file = self.root / f"{path}.requests.json"
        requests: list[dict[str, Any]] = json.loads(file.read_text())["requests"] if file.is_file() else []
        return requests

    def change(self, path: str, number: int, **values: Any) -> None:
        """Change a request, as a person would on the forge."""
        requests = self.requests(path)
        requests[number - 1].update(values)
        (self.root / f"{path}.requests.json").write_text(json.dumps({"requests": requests}))

    def merge(self, path: str, number: int = 1) -> None:
        """Merge a request."""
        git(self.root / f"{path}.git", "update-ref", "refs/heads/main", self.tip(path) or "")
        self.change(path, number, state="merged")


def state(people: People) -> dict[str, bytes]:
    """Everything that could have been written."""
    refs = {path: git(people.root / f"{path}.git", "for-each-ref").encode() for path in people.targets}
    return refs | {str(path): path.read_bytes() for path in sorted(people.root.rglob("*.requests.json"))}


def git(folder: Path, *arguments: str) -> str:
    """Run git."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def sync(
    people: People,
    journal: Journal | None = None,
    *,
    codex: LoadedBundle | None = None,
    policy: Policy | None = None,
    forge: Forge | None = None,
    day: str = "2026-11-24",
    **more: Any,
) -> dict[str, RepositoryResult]:
    """Run one sync over all repositories; returns what happened to each."""
    people.released[(codex or codex_of()).version] = codex or codex_of()
    run = SyncContext(
        source=ReleaseSource(codex=codex or codex_of(), origin="c" * 40, releases=people.released.get),
        forge=forge or LocalForge(people.root, clock=lambda: 1_790_000_000),
        policy=policy or Policy(source="eng"),
        templates=templates(),
        day=day,
        targets=("agents",),
        **more,
    )
    book = journal or Journal(None)
    targets = list(people.targets.values())
    results = [execute(run, result, book) for result in evaluate_all(run, targets, book, workers=2)]
    record_results(run, results, book)
    return {result.target.path: result for result in results}
