"""Measures diff, release, verify and install, compared with another installer."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bench import ROOT, Bench
from benchmarks.generate import generate
from benchmarks.measure import Measurement
from benchmarks.peers import node

RULES: Final = 1_000
STARTER: Final = ROOT / "dist"
"""The starter codex, whose 20 skills are installed."""
AIMS: Final = {"diff, cold": 3.0, "release, cold": 3.0, "verify": 0.5, "install of 20 skills": 0.3}
_IDENTITY: Final = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedCodex:
    """A codex in git that was released once and then changed, and its bundle."""

    root: Path
    bundle: Path


def prepare(work: Path, codexc: Path, env: dict[str, str]) -> ReleasedCodex:
    """Make a codex of 1,000 rules, release it, and reword a rule in each of ten files."""
    root = work / "released"
    shutil.rmtree(root, ignore_errors=True)
    generate(RULES, root / "standards")
    (root / ".gitignore").write_text("build/\n", encoding="utf-8")
    subprocess.run([codexc, "build", "-q"], cwd=root, env=env, check=True)
    _git(root, "init", "-q")
    _commit(root, "Standards")
    subprocess.run([codexc, "release", "-q", "--tag"], cwd=root, env={**env, **_names()}, check=True)
    for page in sorted((root / "standards").rglob("*.md"))[:10]:
        if page.name != "CHANGELOG.md":
            page.write_text(page.read_text(encoding="utf-8").replace("Words about", "Some words about", 1))
    _commit(root, "Reword")
    return ReleasedCodex(root=root, bundle=root / "build" / "bundles" / "bench-1.0.0")


def measure_all(released: ReleasedCodex, bench: Bench) -> dict[str, Measurement]:
    """Measure every command, by its name in the table."""
    root, into = str(released.root / "standards"), bench.work / "received"

    def empty_folder(_: int) -> None:
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        (into / ".engineering-codex.yaml").write_text(_settings(), encoding="utf-8")

    def reset_release(_: int) -> None:
        _git(released.root, "checkout", "-q", "--force", "HEAD")
        shutil.rmtree(released.root / "build" / "bundles" / "bench-1.0.1", ignore_errors=True)

    def clear_cache(_: int) -> None:
        shutil.rmtree(bench.cache, ignore_errors=True)

    diff = ("diff", "--root", root, "--against", "HEAD~1")
    bundle = str(released.bundle)
    figures = {"diff, cold": bench.codexc(*diff, before=clear_cache), "diff, warm": bench.codexc(*diff)}

    def reset_all(number: int) -> None:
        reset_release(number)
        clear_cache(number)

    figures["release, cold"] = bench.codexc("release", "-q", "--root", root, before=reset_all)
    figures["release, warm"] = bench.codexc("release", "-q", "--root", root, before=reset_release)
    reset_release(0)
    figures["verify"] = bench.codexc("verify", "-q", bundle)
    install = ("install", str(STARTER), "--into", str(into), "--target", "agents")
    figures["install of 20 skills"] = bench.codexc(*install, before=empty_folder)
    figures["install, nothing to do"] = bench.codexc(*install)
    return figures


def measure_peer(bench: Bench, tools: Path) -> Measurement:
    """Measure `npx skills add` of the same skills, into an empty folder."""
    into = bench.work / "received-by-skills"

    def empty_folder(_: int) -> None:
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()

    script = str(tools / "node_modules" / ".bin" / "skills")
    options = ("--skill", "*", "--agent", "codex", "--yes", "--copy")
    return bench.run((str(node()), script, "add", str(STARTER), *options), cwd=into, before=empty_folder)


def _settings() -> str:
    """Return settings of a repository to which all rules apply."""
    documents = json.loads((STARTER / "statements.json").read_bytes())["documents"]
    scopes = [statement["applies_to"] for document in documents for statement in document["statements"]]
    words = {kind: sorted({word for scope in scopes for word in scope[kind]}) for kind in ("languages", "technologies")}
    return f"profile: {json.dumps(words)}\n"


def _commit(root: Path, message: str) -> None:
    _git(root, "add", "--all")
    _git(root, "commit", "-q", "-m", message)


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *_IDENTITY, *arguments], cwd=root, check=True, capture_output=True)


def _names() -> dict[str, str]:
    return {f"GIT_{who}_{what}": "bench@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
