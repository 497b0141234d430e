"""The second part of `make demo`: make releases, verify them, and install them in a repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.npx import SKILLS, npx, obstacle

ROOT = Path(__file__).resolve().parent.parent
CODEXC = Path(sys.executable).parent / "codexc"
WORK = ROOT / "build" / "demo"
RULE = """
### Modules MUST NOT import private names of other packages (PY-901)

**Status:** enforced

**Why:** a private name changes without notice, and the import breaks in production.

**Good:**

```python
from payments import charge
```
"""


def run(title: str, *arguments: str, cwd: Path, lines: int = 40, expected: int = 0) -> None:
    """Run a codexc command and print its output. Ends the demo if the exit code is not the expected one."""
    print(f"\n{title}\n$ codexc {' '.join(arguments)}", flush=True)
    identity = {f"GIT_{who}_NAME": "Demo" for who in ("AUTHOR", "COMMITTER")}
    identity |= {f"GIT_{who}_EMAIL": "demo@example.com" for who in ("AUTHOR", "COMMITTER")}
    result = subprocess.run(
        [CODEXC, *arguments], cwd=cwd, env={**os.environ, **identity}, capture_output=True, text=True, check=False
    )
    shown = result.stdout.splitlines()
    print("\n".join(shown[:lines] + ([f"... ({len(shown) - lines} more lines)"] if len(shown) > lines else [])))
    print(result.stderr, end="", flush=True)
    if result.returncode != expected:
        sys.exit(f"expected exit code {expected}, got {result.returncode}")


def git(folder: Path, *arguments: str) -> None:
    """Run git quietly."""
    identity = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def codex() -> Path:
    """Create a repository with a copy of the starter codex, so that the releases are not in this repository."""
    folder = WORK / "codex"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("standards", "dist", ".claude-plugin"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "standards" / "codex.releases.json").unlink(missing_ok=True)
    (folder / "standards" / "CHANGELOG.md").unlink(missing_ok=True)
    (folder / ".gitignore").write_text("build/\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Add the standards")
    return folder


def edit(folder: Path, old: str, new: str, message: str) -> None:
    """Edit the Python standard and commit the change."""
    page = folder / "standards" / "languages" / "python.md"
    text = page.read_text(encoding="utf-8")
    head, rule, tail = text.partition("(PY-4)")
    changed = head + rule + tail.replace(old, new, 1) if old else text.rstrip("\n") + "\n" + new
    page.write_text(changed, encoding="utf-8")
    git(folder, "commit", "--quiet", "--all", "--message", message)


def tamper(bundle: Path) -> Path:
    """Copy a bundle and change one byte of one file."""
    copy = bundle.with_name("tampered")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(bundle, copy)
    archive = copy / f"{bundle.name}.tar.gz"
    data = bytearray(archive.read_bytes())
    data[data.index(b"private name changes")] ^= 1
    archive.write_bytes(bytes(data))
    return copy


def releases() -> Path:
    """Make releases, verify them, tamper with one, install them, and return the codex."""
    folder = codex()
    run("8. Make the first release.", "release", "--tag", cwd=folder)
    edit(folder, "**Why:** ", "**Why:** in our experience, ", "Reword a reason")
    run("9. Reword a reason: which version does this require?", "diff", cwd=folder)
    run("   Release it.", "release", "--tag", cwd=folder)
    edit(folder, "", RULE, "Require public imports")
    run(
        "10. Add an enforced MUST NOT: CI of the merge request reports it.",
        "breaking",
        "--against",
        "HEAD~1",
        cwd=folder,
        expected=1,
    )
    run("    Try to release it as a minor version.", "release", "--version", "1.1.0", cwd=folder, expected=1)
    run("    Release it.", "release", "--tag", cwd=folder)
    bundles = folder / "build" / "bundles"
    for version in ("1.0.1", "2.0.0"):
        run(f"11. Verify the bundle of {version}.", "verify", f"build/bundles/eng-{version}", cwd=folder)
    tamper(bundles / "eng-2.0.0")
    run("    Verify a copy with one changed byte.", "verify", "build/bundles/tampered", cwd=folder, expected=1)
    print((folder / "standards" / "CHANGELOG.md").read_text())
    receive(bundles, folder)
    return folder


def receive(bundles: Path, folder: Path) -> None:
    """Install in a repository with an existing AGENTS.md, and with a third-party installer."""
    repository = WORK / "payments"
    shutil.rmtree(repository, ignore_errors=True)
    repository.mkdir(parents=True)
    git(repository, "init", "--quiet")
    (repository / "AGENTS.md").write_text("# Payments\n\nMoney moves here: ask @payments before you touch `ledger/`.\n")
    for version in ("1.0.1", "2.0.0"):
        bundle = str(bundles / f"eng-{version}")
        shown = os.path.relpath(bundle, repository)
        run(f"12. Install {version} in a repository.", "install", shown, "--profile", "python,docker", cwd=repository)
    run("    Verify the installation.", "verify", "--installed", "--frozen", cwd=repository)
    with_npx(folder)


def with_npx(folder: Path) -> None:
    """Install the released skills with `npx skills`; if npm cannot be used, print the reason in one line."""
    home = WORK / "home"
    home.mkdir(exist_ok=True)
    print(f"\n13. Install the skills with another installer.\n$ npx {SKILLS} add ../codex --skill '*'", flush=True)
    if missing := obstacle(home):
        print(f"skipped: {missing.reason}", flush=True)
        return
    other = WORK / "other"
    shutil.rmtree(other, ignore_errors=True)
    other.mkdir()
    git(other, "init", "--quiet")
    done = npx(SKILLS, "add", str(folder), "--skill", "*", "--agent", "codex", "--yes", "--copy", cwd=other, home=home)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    names = sorted(path.name for path in (other / ".agents" / "skills").iterdir())
    same = all(_same(folder / "dist" / "skills" / name, other / ".agents" / "skills" / name) for name in names)
    print(f"{len(names)} skills installed, {'byte for byte as released' if same else 'NOT as released'}")
    if not same:
        sys.exit(1)


def _same(left: Path, right: Path) -> bool:
    first, second = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (left, right)
    )
    return first == second
