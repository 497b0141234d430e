"""A repository to attack, and what must not change around it."""

import os
import subprocess
from pathlib import Path

STANDARD = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: approved\n---\r\n\n# Services\n\n## Rules\n\n"
RULE = "### Services MUST answer in time (SVC-1)\n\n**Why:** callers give up after a second.\n"
HOOK = "#!/bin/sh\ntouch ran\n"


def create_repository(folder: Path) -> Path:
    """Create a repository with standards and hooks, and a directory next to it that must not change."""
    root, outside = folder / "repository", folder / "outside"
    (root / "standards").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / ".git" / "hooks").mkdir(exist_ok=True)
    (root / ".git" / "hooks" / "pre-commit").write_text(HOOK, encoding="utf-8")
    (root / "standards" / "codex.yaml").write_text("namespace: acme\nlint: {ignore: [CX3, CX1]}\n", encoding="utf-8")
    (root / "standards" / "a.md").write_text(STANDARD + RULE, encoding="utf-8")
    (outside / "deep").mkdir(parents=True)
    (outside / "key").write_text("a secret: [of somebody\n", encoding="utf-8")
    return root


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return everything below a directory: modes, targets of links, bytes."""
    entries: dict[str, tuple[int, bytes]] = {}
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            data = os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            entries[path.relative_to(folder).as_posix()] = (mode, data)
    return entries
