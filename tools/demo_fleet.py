"""The third part of `make demo`: update a dozen repositories by merge requests, audit them, and propose an edit."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from tools.demo_releases import WORK, git, run

FLEET = WORK / "fleet"
PYPROJECT = '[project]\nname = "{0}"\nversion = "1"\ndependencies = ["fastapi"]\n\n[tool.pytest.ini_options]\n'
PACKAGE = (
    '{{"name": "{0}", "scripts": {{"test": "vitest", "build": "vite build"}}, "dependencies": {{"react": "19"}}}}\n'
)
REPOSITORIES: dict[str, dict[str, str]] = {
    "shop/payments": {
        "AGENTS.md": "# Payments\n\nMoney moves here: ask @payments before you touch `ledger/`.\n",
        "pyproject.toml": PYPROJECT.format("payments"),
        "src/payments.py": "def charge() -> None: ...\n",
        "Makefile": "test:\n\tpytest\n",
    },
    "shop/orders": {"pyproject.toml": PYPROJECT.format("orders"), "src/orders.py": "ORDERS: list[str] = []\n"},
    "shop/web": {
        "package.json": PACKAGE.format("web"),
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "src/app.tsx": "export const App = () => null;\n",
        "AGENTS.md": "# Web\n",
        "CLAUDE.md": "-> AGENTS.md",
    },
    "shop/gateway": {
        "go.mod": "module gateway\n\ngo 1.26\n",
        "main.go": "package main\n",
        "Dockerfile": "FROM scratch\n",
    },
    "shop/search": {"Cargo.toml": '[package]\nname = "search"\n', "src/main.rs": "fn main() {}\n"},
    "shop/everything": {
        "services/api/pyproject.toml": PYPROJECT.format("api"),
        "services/api/app.py": "x = 1\n",
        "web/package.json": PACKAGE.format("shop-web"),
        "web/src/index.ts": "export {};\n",
        "tools/lint.sh": "#!/bin/sh\nset -eu\n",
        "Makefile": "test:\n\tpytest services/api\n",
    },
    "platform/terraform": {"main.tf": 'resource "null_resource" "a" {}\n'},
    "platform/images": {
        "Dockerfile": "FROM debian:13\n",
        "build.sh": '#!/bin/sh\nset -eu\ncurl -fsSL "$1" | sh\n',
    },
    "data/warehouse": {"models/orders.sql": "select 1;\n", "README.md": "# Warehouse\n"},
    "legacy/mainframe": {".engineering-codex.yaml": "opt_out: {reason: frozen until it is switched off}\n"},
    "legacy/billing": {
        ".engineering-codex.yaml": "pin: 1.0.1\n",
        "pyproject.toml": PYPROJECT.format("billing"),
        "billing.py": "x = 1\n",
    },
    "docs/handbook": {"README.md": "# Handbook\n"},
}
INCIDENT = """# Outage of checkout

The gateway hung, and the alert should have come earlier.

## Actions

- Every call over the network must have a timeout of 2 s.
- Pin the base image of every Docker container by digest.
- Never deploy a migration of the database and the code that needs it in one release.
"""


def build() -> None:
    """Create the bare repositories, as on a forge."""
    shutil.rmtree(FLEET, ignore_errors=True)
    for path, files in REPOSITORIES.items():
        bare = FLEET / f"{path}.git"
        bare.mkdir(parents=True)
        git(bare, "init", "--quiet", "--bare", "--initial-branch", "main")
        commit(path, files, "Start")


def commit(path: str, files: dict[str, str], message: str, branch: str = "main") -> None:
    """Commit and push to a repository, as a developer does."""
    work = WORK / "checkout"
    shutil.rmtree(work, ignore_errors=True)
    git(WORK, "clone", "--quiet", str(FLEET / f"{path}.git"), str(work))
    git(work, "checkout", "--quiet", *(["-B", "main"] if message == "Start" else ["-B", branch, f"origin/{branch}"]))
    for name, text in files.items():
        file = work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            file.symlink_to(text[3:])
        else:
            file.write_text(text)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", message)
    git(work, "push", "--quiet", "origin", f"HEAD:{branch}")


def merge(*paths: str) -> None:
    """Merge the open merge requests, as their owners do."""
    for path in paths:
        git(FLEET / f"{path}.git", "update-ref", "refs/heads/main", "refs/heads/codex/sync")
        file = FLEET / f"{path}.requests.json"
        data = json.loads(file.read_text())
        data["requests"][-1]["state"] = "merged"
        file.write_text(json.dumps(data))


def show(path: str) -> None:
    """Print the newest merge request of a repository."""
    request = json.loads((FLEET / f"{path}.requests.json").read_text())["requests"][-1]
    print(f"\n--- {path}!{request['number']}: {request['title']}\n")
    print("\n".join(line for line in request["body"].splitlines() if not line.startswith("<!--")))


def state() -> dict[str, bytes]:
    """Return everything that a sync could write."""
    refs = {
        path: subprocess.run(["git", "for-each-ref"], cwd=FLEET / f"{path}.git", check=True, capture_output=True).stdout
        for path in REPOSITORIES
    }
    return refs | {str(file): file.read_bytes() for file in FLEET.rglob("*.requests.json")}


def fleet(codex: Path) -> None:
    """Sync two releases to the fleet."""
    build()
    where = os.path.relpath(FLEET, codex / "standards")
    settings = codex / "standards" / "codex.yaml"
    text = settings.read_text(encoding="utf-8")
    sections = f"\ncatalog: {{kind: folder, path: {where}}}\nforge: {{kind: local, root: {where}}}\n"
    sections += "audit:\n  campaigns: [{name: pinned images, rules: [CTR-2], until: 2027-03-31}]\n"
    settings.write_text(text + sections, encoding="utf-8")
    first = "build/bundles/eng-1.0.1"
    run("14. Plan a sync of version 1.0.1 to a fleet of twelve repositories.", "sync", "plan", first, cwd=codex)
    run("15. Open the merge requests.", "sync", "apply", first, cwd=codex)
    show("shop/payments")
    merge("shop/payments", "shop/web", "shop/gateway", "shop/search", "platform/images", "docs/handbook")
    commit("shop/orders", {"src/ours.py": "y = 2\n"}, "Work on the branch of codexc", "codex/sync")
    print("\nSix merge requests are merged; in shop/orders, someone pushes to the branch of codexc.")
    run("16. Run it again.", "sync", "apply", first, cwd=codex)
    run("17. Sync 2.0.0, which has a new rule for Python.", "sync", "apply", cwd=codex)
    show("shop/payments")
    before = state()
    run("18. Run it once more: nothing to write.", "sync", "apply", cwd=codex)
    print("nothing was written" if state() == before else "SOMETHING WAS WRITTEN")
    if state() != before:
        raise SystemExit(1)
    run("19. Show the status of the fleet.", "sync", "status", cwd=codex)
    audit(codex)
    propose(codex)
    incident(codex)
    settings.write_text(text, encoding="utf-8")


def audit(codex: Path) -> None:
    """Audit the fleet, twice, and write the page."""
    run("20. Audit the fleet.", "sync", "audit", cwd=codex)
    page = os.path.relpath(WORK / "fleet-audit.html", codex)
    arguments = ("sync", "audit", "--format", "html", "--output", page)
    run("    Write the page: nothing is read again.", *arguments, cwd=codex)


def propose(codex: Path) -> None:
    """Edit an installed rule in a repository, as a developer does, and show what that changes in the standard."""
    before, after = "Default argument values MUST NOT be", "Default argument values and class attributes MUST NOT be"
    work = WORK / "checkout"
    shutil.rmtree(work, ignore_errors=True)
    git(WORK, "clone", "--quiet", str(FLEET / "shop/payments.git"), str(work))
    commit("shop/payments", {"AGENTS.md": (work / "AGENTS.md").read_text().replace(before, after)}, "Say more")
    run("21. Someone edits a rule in shop/payments: what is that in the standard?", "sync", "propose", cwd=codex)


def incident(codex: Path) -> None:
    """Show the rules that the review of an incident asks for, in the standards that fit."""
    file = codex / "incidents" / "checkout.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(INCIDENT)
    arguments = ("propose", "--from", "incidents/checkout.md", "--dry-run")
    run("22. An incident asks for rules: which, and in which standards?", *arguments, cwd=codex, lines=60)
    shutil.rmtree(file.parent)
