"""The main job on real input, step by step: check, build, look. Run by `make demo`."""

import os
import subprocess
import sys
from pathlib import Path

from tools.demo_fleet import fleet
from tools.demo_releases import releases

ROOT = Path(__file__).resolve().parent.parent
CODEXC = Path(sys.executable).parent / "codexc"
CORPORA = ("otto", "home-office", "thoughtbot")


def step(title: str, *arguments: str, lines: int | None = None) -> None:
    """Run one command and show what it prints, or its first lines. Ends the demo where the command cannot run."""
    print(f"\n{title}\n$ codexc {' '.join(arguments)}", flush=True)
    result = subprocess.run([CODEXC, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    shown = result.stdout.splitlines()
    print("\n".join(shown[:lines]))
    if lines and len(shown) > lines:
        print(f"... ({len(shown) - lines} lines more)")
    print(result.stderr, end="", flush=True)
    if result.returncode not in (0, 1):
        sys.exit(result.returncode)


def corpora() -> None:
    """Build corpora of other organisations as they are, where this machine has them."""
    shared = Path(os.environ.get("CODEX_TEST_DATA") or ROOT.parent / "shared") / "corpora" / "open"
    if not shared.is_dir():
        print("\n7. No corpora of other organisations here: set CODEX_TEST_DATA to a folder that has them.")
        return
    for name in CORPORA:
        root, out = os.path.relpath(shared / name, ROOT), f"build/demo/{name}"
        step(
            f"7. Standards of others, unedited: {name}.", "build", "--root", root, "--dialect", name, "--out", out, "-q"
        )
        manifest = ROOT / out / "manifest.json"
        print(f"  {'built' if manifest.is_file() else 'not built'}: {out}")


def main() -> None:
    """Show the main job."""
    step("1. Are the standards in order?", "check")
    step("2. Make skills and fragments of them.", "build")
    step("3. A second build has nothing to do.", "build")
    step("4. How large is it, and what does each client keep?", "stats")
    step("5. What would an agent in a Python service see?", "preview", "--profile", "python-service", lines=40)
    step("6. A rule, by its id.", "explain", "SVC-1")
    corpora()
    fleet(releases())
    print("\nWhere to look:")
    for path, what in (
        ("standards/", "what people write"),
        ("dist/skills/*/SKILL.md", "what agents load"),
        ("dist/agents-md/", "what goes into AGENTS.md"),
        ("dist/statements.json", "every rule for machines"),
        ("build/demo/codex/", "a codex that was released three times"),
        ("build/demo/payments/", "a repository that received it"),
        ("build/demo/fleet/", "bare repositories with their merge requests"),
        ("docs/authoring.md", "how to write a standard"),
    ):
        print(f"  {path:<26} {what}")


def run() -> int:
    """Show the main job; what cannot be run is one line and exit code 1, not a traceback."""
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
