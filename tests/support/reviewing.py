"""A repository with an installed codex whose rules have checks, and changes to it, for tests of reviews."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.running import Run, codexc

CODEX = """namespace: acme
title: Acme
domains:
  services: {title: Services, owner: "@acme"}
skills:
  services: {title: Services, description: Rules for services. Use when writing services.}
"""
FRONT = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\nowner: '@acme'\n---\n\n# Services\n\n## Rules\n\n"
PRINT = "regex: {match: 'print\\('}\nfiles: ['**/*.py']"
BLOCKING = f"{PRINT}\nrollout: block"
EXAMPLES = "**Bad:**\n\n```python\nprint(x)\n```\n\n**Good:**\n\n```python\nlog(x)\n```\n"


def rule(
    number: int, *blocks: str, text: str = "Code MUST NOT print", labels: str = "", examples: str = EXAMPLES
) -> str:
    """A rule with these checks, as it is written in a page."""
    fences = "".join(f"```yaml check\n{block}\n```\n\n" for block in blocks)
    checks = f"**Check:**\n\n{fences}" if blocks else ""
    return f"### {text} (SVC-{number})\n\n**Why:** reasons.\n\n**Use:** `log`.\n\n{labels}{checks}{examples}"


def bundle(folder: Path, rules: Sequence[str]) -> Path:
    """Build a codex of these rules in a folder; returns its output."""
    root = folder / "codex"
    root.mkdir(exist_ok=True)
    (root / "codex.yaml").write_text(CODEX)
    (root / "services.md").write_text(FRONT + "\n\n".join(rules))
    out = folder / "out"
    done = codexc("build", "-q", "--root", str(root), "--out", str(out))
    assert done.code == 0, done.err
    return out


def git(root: Path, *arguments: str) -> str:
    """Run git in a repository, as an author of the tests."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", *who, *arguments], cwd=root, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def repository(folder: Path, rules: Sequence[str], **settings: str) -> Path:
    """A repository on the branch `work` with this codex installed on `main`, and two files."""
    root = folder / "repository"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("x = 1\nprint(x)\n")
    for name, text in settings.items():
        (root / f".engineering-codex.{name}").write_text(text)
    git(root, "init", "-q", "-b", "main")
    done = codexc("install", str(bundle(folder, rules)), "--into", str(root))
    assert done.code == 0, done.err
    git(root, "add", "-A")
    git(root, "commit", "-qm", "feat: begin")
    git(root, "checkout", "-qb", "work")
    return root


def put(root: Path, path: str, text: str | bytes, message: str = "feat: change") -> None:
    """Commit a file."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text.encode() if isinstance(text, str) else text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


def review(root: Path, *arguments: str, stdin: bytes | None = None) -> Run:
    """Review the change of a repository since main."""
    base = () if "--patch" in arguments else ("--base", "main")
    return codexc("review", str(root), *base, *arguments, stdin=stdin)


def reviewed(root: Path, *arguments: str, stdin: bytes | None = None) -> dict[str, Any]:
    """Review the change of a repository since main, as data."""
    done = review(root, "--format", "json", *arguments, stdin=stdin)
    assert done.code in (0, 1), done.err
    data: dict[str, Any] = json.loads(done.out)
    return data


def packet(root: Path, *arguments: str, tokens: int = 100_000, stdin: bytes | None = None) -> dict[str, Any]:
    """Return the packet for the change of a repository since main."""
    done = review(root, "--packet", str(tokens), *arguments, stdin=stdin)
    assert done.code == 0, done.err
    data: dict[str, Any] = json.loads(done.out)
    return data


def response(root: Path, verdicts: Sequence[object], id_: object = None) -> Path:
    """Write a response with these verdicts to the packet with this id, or to the one that is printed now."""
    path = root.parent / "answer.json"
    path.write_text(json.dumps({"packet": packet(root)["packet"] if id_ is None else id_, "verdicts": verdicts}))
    return path
