"""A small codex in a git repository of its own, released by the real program."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.running import Run, codexc

DAY = "2026-11-23"
CONFIG = """namespace: acme
title: Acme codex
domains:
  services: {title: Services, owner: "@a"}
  data: {title: Data, owner: "@b"}
"""
STANDARD = """---
id: {id}
title: {title} standards
domain: {domain}
status: {status}
---

# {title} standards

## Rules

### {title} MUST answer in time ({id}-1)

**Why:** callers give up.

### {title} SHOULD be small ({id}-2)

**Why:** readers get lost.
"""
SERVICES = STANDARD.format(id="SVC", title="Services", domain="services", status="enforced")
DATA = STANDARD.format(id="DAT", title="Data", domain="data", status="enforced")
NEW_MUST = "\n### Services MUST log their version ({id})\n\n**Why:** nobody knows what runs.\n"

Listing = dict[str, tuple[bytes, int, int]]


@dataclass(frozen=True)
class Codex:
    """A codex in `root/standards`."""

    root: Path

    @property
    def standards(self) -> Path:
        """The folder of standards."""
        return self.root / "standards"

    @property
    def out(self) -> Path:
        """The output."""
        return self.root / "dist"

    def bundle(self, version: str) -> Path:
        """The folder of a bundle."""
        return self.root / "build" / "bundles" / f"acme-{version}"

    def run(self, *arguments: str | Path, as_of: str | None = DAY, **env: Any) -> Run:
        """Call codexc in the standards."""
        day = () if as_of is None else ("--as-of", as_of)
        return codexc(*arguments, *day, cwd=self.standards, **env)

    def release(self, *arguments: str | Path, as_of: str = DAY, **env: Any) -> Run:
        """Release, which has to work."""
        run = self.run("release", *arguments, as_of=as_of, **env)
        assert run.code == 0, run.err
        return run

    def git(self, *arguments: str) -> str:
        """Call git in the repository."""
        return git(self.root, *arguments)

    def commit(self, message: str = "Change") -> str:
        """Commit everything; returns the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> None:
        """Write a file of the standards."""
        path = self.standards / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a part of a file of the standards, which has to be there."""
        text = (self.standards / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def changed(self, name: str, old: str, new: str) -> None:
        """Edit a file and commit it."""
        self.edit(name, old, new)
        self.commit()


def git(root: Path, *arguments: str) -> str:
    """Call git in a folder, at a time that is always the same so that commits have the same ids."""
    when = "2026-11-23T12:00:00+0000"
    who = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    env = {**os.environ, **who, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    done = subprocess.run(["git", *arguments], cwd=root, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode().strip()


def identified(root: Path) -> None:
    """Give a repository somebody who commits, as codexc needs it."""
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")


def codex_in(root: Path, *, repository: bool = True) -> Codex:
    """Start a codex with two standards, each a skill of its own, committed once."""
    codex = Codex(root)
    codex.write("codex.yaml", CONFIG)
    codex.write("services.md", SERVICES)
    codex.write("data.md", DATA)
    (root / ".gitignore").write_text("build/\n")
    if repository:
        git(root, "init", "--quiet", "--initial-branch", "main")
        identified(root)
        codex.commit("Start")
    return codex


def listing(root: Path) -> Listing:
    """Every file and folder below `root` with its bytes, mode and time, those of git among them."""
    files: Listing = {}
    for path in sorted(root.rglob("*")):
        facts = path.lstat()
        data = b"" if path.is_dir() or path.is_symlink() else path.read_bytes()
        files[path.relative_to(root).as_posix()] = (data, facts.st_mode, facts.st_mtime_ns)
    return files


def contents(root: Path) -> dict[str, bytes]:
    """The bytes of every file below `root`."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
