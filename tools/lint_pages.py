"""Writes what a lint's page repeats of the code: its title, its facts, and the text that its example gives.

`python -m tools.lint_pages` does so for every page, `python -m tools.lint_pages CX303` for one. Read the difference
before it is committed: the tests compare the pages with the same code.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from skills_build.lint.base import Lint
from skills_build.lint.registry import BY_CODE
from tests.support.pages import BLOCK, page, pages, said


def main(codes: Iterable[str]) -> int:
    """Refresh the pages of these lints, or all; 1 where a page names no lint or its example gives nothing."""
    wanted = set(codes)
    unknown = sorted(wanted - {path.stem for path in pages()})
    faults = [f"no page validators/lints/{code}.md: write it first, as CONTRIBUTING.md shows" for code in unknown]
    for path in pages():
        if not wanted or path.stem in wanted:
            faults += _refresh(path)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _refresh(path: Path) -> list[str]:
    lint = BY_CODE.get(path.stem)
    if lint is None:
        return [f"{path.name}: no lint has this code: add its module to skills_build/lint/registry.py"]
    before = path.read_text(encoding="utf-8")
    try:
        sample = page(path).example
    except (KeyError, ValueError, IndexError) as error:
        return [f"{path.name}: not a page of a lint ({error}): compare it with validators/lints/CX303.md"]
    text = said(sample, path.stem)
    if not text:
        return [f"{path.name}: the example gives no {path.stem}"]
    after = refreshed(before, lint, text)
    if after != before:
        path.write_text(after, encoding="utf-8")
        print(f"wrote {path.name}")
    return []


def refreshed(text: str, lint: Lint, expected: str) -> str:
    """A page's text with what the registry says of its lint, and with `expected` below its example."""
    return _with_expected(_with_facts(text, lint), expected)


def facts(lint: Lint) -> str:
    """The line below a page's title."""
    return f"Severity: {lint.severity}. Stage: {lint.stage}. Fix: {'safe' if lint.fixable else 'none'}."


def _with_facts(text: str, lint: Lint) -> str:
    lines = text.split("\n")
    lines[0], lines[2] = f"# {lint.code} {lint.name}", facts(lint)
    return "\n".join(lines)


def _with_expected(text: str, expected: str) -> str:
    """The page with this text below its example, in the block `text` or in a new one before `## Write instead`."""
    block = f"```text\n{expected.rstrip()}\n```"
    start, end = _heading(text, "Example"), _heading(text, "Write instead")
    old = next((m for m in BLOCK.finditer(text, start, end) if m["info"] == "text"), None)
    if old is None:
        return f"{text[:end].rstrip()}\n\n{block}\n\n{text[end:]}"
    return text[: old.start()] + block + "\n" * old[0].count("\n", len(old[0].rstrip())) + text[old.end() :]


def _heading(text: str, title: str) -> int:
    """Where the heading of this title starts that stands outside fences."""
    hidden = BLOCK.sub(lambda match: "\0" * len(match[0]), text)
    return hidden.index(f"\n## {title}\n") + 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
