"""A small codex, and what `codexc check` reports in it."""

import json
from pathlib import Path
from typing import Any

from tests.support.running import Run, codexc

HEAD = "---\nid: {id}\ntitle: {id} rules\ndomain: services\nstatus: enforced\n---\n\n# {id} rules\n\n## Rules\n\n"
RULE = "### Services MUST answer {id} in time ({id}-1)\n\n**Why:** callers give up.\n"
UNREASONED = "### Services MUST log in JSON ({id}-{n})\n\nNow.\n"
CLEAN = HEAD + RULE
WRONG = HEAD + RULE + "\n### Calls MUST end\n"
CONFIG = 'namespace: acme\ndomains:\n  services: {title: Services, owner: "@a"}\n'


def small_codex(tmp_path: Path) -> Path:
    """Write a codex with one valid standard."""
    root = tmp_path / "repository" / "standards"
    put(root / "codex.yaml", CONFIG)
    put(root / "services.md", CLEAN.format(id="SVC"))
    return root


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def findings_of(run: Run) -> list[tuple[str, str, int]]:
    """Code, path and line of all that was found."""
    rows: list[dict[str, Any]] = json.loads(run.out)["diagnostics"]
    return [(row["code"], row["path"], row["span"]["line"]) for row in rows]


def check(codex: Path, *arguments: str | Path, **options: Any) -> tuple[int, list[tuple[str, str, int]]]:
    """The exit code and what was found, as JSON says it."""
    run = codexc("check", "--format", "json", *arguments, cwd=codex, **options)
    return run.code, findings_of(run)
