"""Demonstrates codexc on real standards, step by step: check, build, preview. Run by `make demo`."""

import os
import subprocess
import sys
from pathlib import Path

from tools.demo_fleet import fleet
from tools.demo_releases import releases
from tools.demo_review import review

ROOT = Path(__file__).resolve().parent.parent
CODEXC = Path(sys.executable).parent / "codexc"
CORPORA = ("otto", "home-office", "thoughtbot")


def step(title: str, *arguments: str, lines: int | None = None) -> None:
    """Run a command and print its output, or the first lines of it. Ends the demo if the command cannot run."""
    print(f"\n{title}\n$ codexc {' '.join(arguments)}", flush=True)
    result = subprocess.run([CODEXC, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    shown = result.stdout.splitlines()
    print("\n".join(shown[:lines]))
    if lines and len(shown) > lines:
        print(f"... ({len(shown) - lines} more lines)")
    print(result.stderr, end="", flush=True)
    if result.returncode not in (0, 1):
        sys.exit(result.returncode)


def corpora() -> None:
    """Build the standards of other organisations without changes, if they are available on this machine."""
    shared = Path(os.environ.get("CODEX_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "open"
    if not shared.is_dir():
        print("\n7. Skipped: set CODEX_TEST_DATA to a directory with standards of other organisations to build them.")
        return
    for name in CORPORA:
        root, out = os.path.relpath(shared / name, ROOT), f"build/demo/{name}"
        step(
            f"7. Build existing standards without changes: {name}.",
            "build",
            "--root",
            root,
            "--dialect",
            name,
            "--out",
            out,
            "-q",
        )
        manifest = ROOT / out / "manifest.json"
        print(f"  {'built' if manifest.is_file() else 'not built'}: {out}")


def main() -> None:
    """Run the demo."""
    step("1. Check the standards.", "check")
    step("2. Build skills and fragments.", "build")
    step("3. Build again: nothing to do.", "build")
    step("4. Show the sizes, and how much of the catalogue each client keeps.", "stats")
    step("5. Preview what an agent sees in a Python service.", "preview", "--profile", "python-service", lines=40)
    step("6. Show a rule by id.", "explain", "SVC-1")
    corpora()
    fleet(releases())
    review()
    print("\nGenerated files:")
    for path, description in (
        ("standards/", "the source"),
        ("dist/skills/*/SKILL.md", "the skills that agents load"),
        ("dist/agents-md/", "the blocks for AGENTS.md"),
        ("dist/statements.json", "every rule as data"),
        ("build/demo/codex/", "a codex with three releases"),
        ("build/demo/payments/", "a repository with the codex installed"),
        ("build/demo/ledger/", "a repository that was audited and reviewed; audit.html is the page"),
        ("build/demo/fleet/", "bare repositories with their merge requests"),
        ("build/demo/fleet-audit.html", "the audit of these repositories"),
        ("docs/authoring.md", "how to write a standard"),
    ):
        print(f"  {path:<26} {description}")


def run() -> int:
    """Run the demo; an error is one line and exit code 1, not a traceback."""
    try:
        main()
    except subprocess.CalledProcessError as error:
        output = (error.stderr or b"").decode("utf-8", "replace") if isinstance(error.stderr, bytes) else error.stderr
        print(f"error: {error}\n{output or ''}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(run())
