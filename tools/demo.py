"""The main job on real input, step by step: check, build, look. Run by `make demo`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODEXC = Path(sys.executable).parent / "codexc"


def step(title: str, *arguments: str, lines: int | None = None) -> None:
    """Run one command and show what it prints, or its first lines."""
    print(
        f"\n\033[1m{title}\033[0m\n$ codexc {' '.join(arguments)}"
        if sys.stdout.isatty()
        else f"\n{title}\n$ codexc {' '.join(arguments)}",
        flush=True,
    )
    result = subprocess.run([CODEXC, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    shown = result.stdout.splitlines()
    print("\n".join(shown[:lines]))
    if lines and len(shown) > lines:
        print(f"... ({len(shown) - lines} lines more)")
    print(result.stderr, end="", flush=True)
    if result.returncode not in (0, 1):
        sys.exit(result.returncode)


def main() -> None:
    """Show the main job."""
    step("1. Are the standards in order?", "check")
    step("2. Make skills and fragments of them.", "build")
    step("3. A second build has nothing to do.", "build")
    step("4. How large is it, and what does each client keep?", "stats")
    step("5. What would an agent in a Python service see?", "preview", "--profile", "python-service", lines=40)
    step("6. A rule, by its id.", "explain", "SVC-1")
    print("\nWhere to look:")
    for path, what in (
        ("standards/", "what people write"),
        ("dist/skills/*/SKILL.md", "what agents load"),
        ("dist/agents-md/", "what goes into AGENTS.md"),
        ("dist/statements.json", "every rule for machines"),
        ("docs/authoring.md", "how to write a standard"),
    ):
        print(f"  {path:<26} {what}")


if __name__ == "__main__":
    main()
