"""Measures reviews of one change beside ast-grep and semgrep on the same rules.

`python -m benchmarks.review [--rules 1000] [--write]`. The change has 50 files; each rule forbids a call of one
function, and ten of these calls are added. semgrep is measured if it is installed, or named by CODEX_SEMGREP.
"""

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.bench import CODEXC, ROOT
from benchmarks.measure import Measurement, measure
from benchmarks.page import write_figures

HERE: Final = ROOT / "build" / "bench" / "review"
FILES: Final = 50
LINES: Final = 200
ADDED: Final = 20
FOUND: Final = 10
"""The forbidden calls that the change adds."""
_CONFIG: Final = "namespace: acme\ntitle: Acme\ndomains:\n  code: {title: Code, owner: '@a'}\n"
_FRONT: Final = "---\nid: RUN\ntitle: Calls\ndomain: code\nstatus: enforced\n---\n\n# Calls\n\n## Rules\n\n"
_RULE: Final = """### Code MUST NOT call call_{0} (RUN-{0})

**Applies to:** languages: Python

**Why:** it was replaced.

**Check:**

```yaml check
{1}
```

**Bad:**

```python
call_{0}(x)
```

**Good:**

```python
other(x)
```

"""
KINDS: Final[Mapping[str, str]] = {
    "regex": "regex: {{match: '\\bcall_{0}\\('}}\nfiles: ['**/*.py']\nrollout: block",
    "ast-grep": "ast-grep: {{language: python, rule: {{pattern: 'call_{0}($$$)'}}}}\nrollout: block",
}


def codex(kind: str, rules: int, env: Mapping[str, str]) -> Path:
    """Build a codex whose rules have one check of a kind each; returns its output."""
    root = HERE / f"codex-{kind}"
    root.mkdir(parents=True)
    (root / "codex.yaml").write_text(_CONFIG, encoding="utf-8")
    text = "".join(_RULE.format(number, KINDS[kind].format(number)) for number in range(1, rules + 1))
    (root / "calls.md").write_text(_FRONT + text, encoding="utf-8")
    out = root / "dist"
    _run([CODEXC, "build", "-q", "--root", root, "--out", out], root, env)
    return out


def repository(kind: str, rules: int, env: Mapping[str, str]) -> Path:
    """Make a repository with this codex on `main`, and the change on `work`."""
    root = HERE / f"repository-{kind}"
    (root / "src").mkdir(parents=True)
    files = [root / "src" / f"module_{number}.py" for number in range(FILES)]
    for number, file in enumerate(files):
        lines = "".join(f"value_{line} = compute_{number}(other_{line}, key={line})\n" for line in range(LINES))
        file.write_text(lines, encoding="utf-8")
    _git(root, "init", "-q", "-b", "main")
    _run([CODEXC, "install", "-q", codex(kind, rules, env), "--into", root, "--target", "agents"], root, env)
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "feat: begin")
    _git(root, "checkout", "-qb", "work")
    for number, file in enumerate(files):
        added = "".join(f"more_{line} = compute_{number}(value_{line})\n" for line in range(ADDED))
        bad = f"call_{number * 7 % rules + 1}(value_0)\n" if number < FOUND else ""
        file.write_text(file.read_text(encoding="utf-8") + added + bad, encoding="utf-8")
    _git(root, "commit", "-qam", "feat: more")
    return root


def peers(root: Path, rules: int) -> dict[str, Sequence[str | Path]]:
    """Write the same rules for the other tools; returns their commands, of those that are installed."""
    folder = root.parent / "peers"
    (folder / "rules").mkdir(parents=True)
    (folder / "sgconfig.yml").write_text("ruleDirs: [rules]\n", encoding="utf-8")
    rows = []
    for number in range(1, rules + 1):
        name, pattern = f"run-{number}", f"call_{number}"
        row = {
            "id": name,
            "language": "python",
            "severity": "error",
            "message": "no",
            "rule": {"pattern": f"{pattern}($$$)"},
        }
        (folder / "rules" / f"{name}.yml").write_text(json.dumps(row), encoding="utf-8")
        rows.append(
            {"id": name, "languages": ["python"], "severity": "ERROR", "message": "no", "pattern": f"{pattern}(...)"}
        )
    (folder / "semgrep.yml").write_text(json.dumps({"rules": rows}), encoding="utf-8")
    found: dict[str, Sequence[str | Path]] = {}
    ast_grep = CODEXC.with_name("ast-grep")
    if ast_grep.is_file():
        found["ast-grep scan, all files"] = (
            "sh", "-c", f"'{ast_grep}' scan --config '{folder}/sgconfig.yml' --json=compact src || true",
        )  # fmt: skip
    semgrep = os.environ.get("CODEX_SEMGREP") or shutil.which("semgrep")
    if semgrep:
        options = ("--metrics=off", "--disable-version-check", "--jobs=1", "--json", "-q", "--config")
        found["semgrep scan, all files"] = (semgrep, "scan", *options, folder / "semgrep.yml", "src")
    return found


def measured(rules: int, runs: int) -> dict[str, Measurement]:
    """Measure every command in a directory of its own."""
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    env = {**os.environ, "XDG_CACHE_HOME": str(HERE / "cache")}
    figures: dict[str, Measurement] = {}
    root = HERE
    for kind in KINDS:
        root = repository(kind, rules, env)
        command = (CODEXC, "review", root, "--base", "main", "--format", "json", "--fail-on", "never")
        done = subprocess.run([*map(str, command)], env=env, capture_output=True, check=True)
        blocking = sum(finding["blocks"] for finding in json.loads(done.stdout)["findings"])
        if blocking != FOUND:
            raise RuntimeError(f"{blocking} of {FOUND} violations were found")
        figures[f"codexc review, {kind} checks"] = measure(command, runs=runs, env=env, cwd=root)
    for name, peer in peers(root, rules).items():
        figures[name] = measure(peer, runs=runs, env=env, cwd=root)
    return figures


def table(figures: Mapping[str, Measurement], rules: int) -> list[str]:
    """Return the lines of the table."""
    lines = [f"{rules:,} rules, {FILES} changed files.", "", "| what | CPU s | peak MiB |", "| --- | ---: | ---: |"]
    return lines + [f"| {name} | {one.cpu:.2f} | {one.memory:.0f} |" for name, one in figures.items()]


def _git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def _run(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> None:
    subprocess.run([*map(str, command)], cwd=cwd, env=env, check=True, capture_output=True)


def main() -> None:
    """Measure and print; write the page with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    text = "\n".join(table(measured(options.rules, options.runs), options.rules))
    print(text)
    if options.write:
        write_figures("review", text)


if __name__ == "__main__":
    main()
