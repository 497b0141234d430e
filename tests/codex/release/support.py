"""What the tests of releases look at."""

import json
from pathlib import Path
from typing import Any

from tests.support.releasing import Codex, listing

SKILLS = {"acme-data", "acme-index", "acme-services"}


def manifest(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return document


def versions(codex: Codex) -> dict[str, str]:
    built = manifest(codex.out)
    return {"": built["version"]} | {skill["name"].removeprefix("acme-"): skill["version"] for skill in built["skills"]}


def changelog(codex: Codex) -> str:
    return (codex.standards / "CHANGELOG.md").read_text(encoding="utf-8")


def refused(codex: Codex, *arguments: str | Path, message: str, **options: Any) -> str:
    """Release, which has to be refused with exit code 1 and leave every file as it was."""
    before = listing(codex.root)
    run = codex.run("release", *arguments, **options)
    assert (run.code, run.out) == (1, ""), run.err
    assert "refused: " in run.err
    assert message in run.err
    assert "  = help: " in run.err
    assert listing(codex.root) == before
    return run.err
