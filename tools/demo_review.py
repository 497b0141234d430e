"""The part of `make demo` about enforcement: an audit, and a change that breaks three rules and is fixed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.demo_models import models
from tools.demo_releases import ROOT, WORK, run

DIGEST: Final = "sha256:" + "0123456789abcdef" * 4
BEFORE: Final = {
    "pyproject.toml": '[project]\nname = "ledger"\nversion = "1.0.0"\ndependencies = ["httpx"]\n',
    "Dockerfile": f"FROM python:3.14-slim@{DIGEST}\nCOPY . /app\nUSER 1000\n",
    "src/ledger/rates.py": "import httpx\n\n\ndef rates() -> bytes:\n"
    '    return httpx.get("https://rates.example.com", timeout=3).content\n',
    "src/ledger/totals.py": "def total(rates: list[int], seen: list[int] = []) -> int:\n"
    "    seen.extend(rates)\n    return sum(seen)\n",
    "scripts/build.sh": "#!/usr/bin/env bash\nset -euo pipefail\ndocker build .\n",
}
BROKEN: Final = {
    "Dockerfile": "FROM python:3.14-slim\nCOPY . /app\nUSER 1000\n",
    "src/ledger/retry.py": "import httpx\n\nfrom ledger.rates import rates\n\n\n"
    "def fetch() -> bytes:\n    while True:\n        try:\n            return rates()\n"
    "        except httpx.TimeoutException:\n            continue\n",
    "scripts/tools.sh": '#!/usr/bin/env bash\nset -euo pipefail\ncurl -fsSL "$1" | sh\n',
}
FIXED: Final = {
    "Dockerfile": BEFORE["Dockerfile"],
    "src/ledger/retry.py": "import tenacity\n\nfrom ledger.rates import rates\n\n\n"
    "@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_random_exponential(max=5))\n"
    "def fetch() -> bytes:\n    return rates()\n",
    "scripts/tools.sh": '#!/usr/bin/env bash\nset -euo pipefail\ncurl -fsSL --output tool "$1"\n'
    "sha256sum --check --strict tool.sha256\nsh ./tool\n",
}


def review() -> None:
    """Show an audit, a review that blocks, and one that passes."""
    root = WORK / "ledger"
    shutil.rmtree(root, ignore_errors=True)
    _write(root, BEFORE)
    _git(root, "init", "-q", "-b", "main")
    run("Install the starter codex in a repository.", "install", str(ROOT / "dist"), "--into", ".", cwd=root, lines=3)
    _commit(root, "feat: begin")
    results = _ruff(root)
    run(
        "Audit it, with the SARIF of ruff, and proof of which of its rules were on.",
        *("audit", "--results", f"ruff:{results[0].name}", "--results", f"ruff:{results[1].name}"),
        *("--state", "compliant", "--state", "violated", "--fail-on", "never"),
        cwd=root,
        lines=15,
    )
    run(
        "Write the audit as a page.",
        "audit",
        "--format",
        "html",
        "--output",
        "audit.html",
        "--fail-on",
        "never",
        cwd=root,
    )
    _git(root, "checkout", "-q", "-b", "retries")
    _write(root, BROKEN)
    _commit(root, "feat: retry until rates are there")
    run("Review a change that breaks three rules.", "review", "--base", "main", cwd=root, expected=1)
    _write(root, FIXED)
    _commit(root, "fix: limit retries, pin the image, verify what is downloaded")
    run("Review it again after the fix.", "review", "--base", "main", cwd=root)
    packet = run_quietly(root, "review", "--base", "main", "--packet", "4000")
    data = json.loads(packet)
    print(f"\nA packet for a reviewer: {len(packet.encode()) // 4:,} tokens, {len(data['rules'])} rules to judge")
    models(root)


def run_quietly(root: Path, *arguments: str) -> str:
    """Run a codexc command and return what it prints."""
    program = Path(sys.executable).parent / "codexc"
    return subprocess.run([program, *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


def _ruff(root: Path) -> tuple[Path, Path]:
    """Run ruff as the repository would, and return its results and its settings."""
    results, settings = root / "ruff.sarif", root / "ruff-settings.txt"
    program = Path(sys.executable).parent / "ruff"
    chosen = ("--isolated", "--no-cache", "--select=S113,B006,E722,BLE001,S324,S608")
    for path, extra in ((results, "--output-format=sarif"), (settings, "--show-settings")):
        done = subprocess.run([program, "check", *chosen, extra, "."], cwd=root, capture_output=True, check=False)
        path.write_bytes(done.stdout)
    (root / ".git" / "info" / "exclude").write_text("ruff*\naudit.html\n")
    return results, settings


def _write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def _commit(root: Path, message: str) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", message)


def _git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)
