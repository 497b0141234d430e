"""Generates a codex of any size, reproducibly: `python -m benchmarks.generate --rules N --out DIR`."""

import argparse
from pathlib import Path

PER_FILE = 20
DOMAINS = 12
LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")
LANGUAGES = ("go", "python", "rust")
VERBS = ("validate", "record", "release", "compare", "publish", "retry", "encrypt", "page", "limit", "archive")
NOUNS = ("orders", "tokens", "sessions", "invoices", "uploads", "metrics", "schemas", "queues", "leases", "replicas")
SAMPLES = {
    "go": (
        "func f() {\n\tg()\n}",
        "func f() error {\n\tif err := g(); err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}",
    ),
    "python": ("def f():\n    g()", "def f() -> None:\n    with lock:\n        g()"),
    "rust": ("fn f() {\n    g().unwrap();\n}", "fn f() -> Result<(), Error> {\n    g()?;\n    Ok(())\n}"),
}


def generate(rules: int, out: Path) -> None:
    """Write a codex of `rules` rules below `out`, twenty per file, in twelve domains."""
    files = max(rules // PER_FILE, 1)
    out.mkdir(parents=True, exist_ok=True)
    domains = "".join(f'  d{n:02}: {{title: Domain {n}, owner: "@team-{n}"}}\n' for n in range(min(DOMAINS, files)))
    budgets = "budgets: {skills: 40, catalogue: 8000}\n"
    (out / "codex.yaml").write_text(f"namespace: bench\n{budgets}domains:\n{domains}", encoding="utf-8")
    for number in range(files):
        path = out / _path(number)
        path.parent.mkdir(exist_ok=True)
        path.write_text(_standard(number, files, min(PER_FILE, rules)), encoding="utf-8")


def _path(number: int) -> str:
    return f"d{number % DOMAINS:02}/s{number:04}.md"


def _standard(number: int, files: int, rules: int) -> str:
    language = LANGUAGES[number % len(LANGUAGES)]
    status = "enforced" if number % 3 == 0 else "approved"
    head = (
        f"---\nid: S{number:04}\ntitle: Standard {number} on {NOUNS[number % 10]}\ndomain: d{number % DOMAINS:02}\n"
        f"status: {status}\nreviewed: 2026-08-01\nreview_every: 12 months\nstages: [implementation, review]\n"
        f"applies_to:\n  languages: [{language}]\n---\n\n# Standard {number} on {NOUNS[number % 10]}\n\n"
        f"What this page is about, in two sentences. It links to [the manual](https://example.org/manual/{number}).\n\n"
        f"**Why:** what goes wrong without number {number} is expensive.\n\n## Rules\n\n"
    )
    return head + "\n".join(_rule(number, place, files, language) for place in range(rules))


def _rule(number: int, place: int, files: int, language: str) -> str:
    other = (number * 7 + place) % files
    bad, good = SAMPLES[language]
    subject = f"{VERBS[place % 10]} {NOUNS[(number + place) % 10]}"
    return (
        f"### Unit {number}-{place} {LEVELS[place % 5]} {subject} of group {number * 31 + place} "
        f"(S{number:04}-{place + 1})\n\n"
        f"Words about *this* rule, with `code_{place}` and a [link](../{_path(other)}).\n\n"
        f"**When:** unit {number} meets case {place} of {NOUNS[place % 10]}.\n"
        f"**Why:** otherwise system {number * 31 + place} stops at night and wakes somebody.\n"
        f"**Check:** the linter reports number {number * 100 + place}.\n\n"
        f"**Bad:**\n\n```{language}\n{bad}\n```\n\n**Good:**\n\n```{language}\n{good}\n```\n"
    )


def main() -> None:
    """Read the command line and generate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    generate(arguments.rules, arguments.out)


if __name__ == "__main__":
    main()
