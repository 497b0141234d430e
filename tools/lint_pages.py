"""Updates the generated parts of lint pages: title, severity line, and the output for the example.

`python -m tools.lint_pages` updates every page, `python -m tools.lint_pages CX303` one of them. Review the diff before
you commit it: the tests compare the pages with the same code.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from skills_build.lint.base import Lint
from skills_build.lint.registry import LINTS
from tests.support.pages import BLOCK, page, pages, rendered_findings


def main(codes: Iterable[str]) -> int:
    """Update the pages of these lints, or all pages. Return 1 if a page has no lint or its example no output."""
    selected = set(codes)
    unknown = sorted(selected - {path.stem for path in pages()})
    faults = [
        f"no page validators/lints/{code}.md: write it first, as described in CONTRIBUTING.md" for code in unknown
    ]
    for path in pages():
        if not selected or path.stem in selected:
            faults += _refresh(path)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _refresh(path: Path) -> list[str]:
    lint = LINTS.get(path.stem)
    if lint is None:
        return [f"{path.name}: no lint with this code: add its module to skills_build/lint/registry.py"]
    before = path.read_text(encoding="utf-8")
    try:
        sample = page(path).example
    except (KeyError, ValueError, IndexError) as error:
        return [f"{path.name}: not a lint page ({error}): compare it with validators/lints/CX303.md"]
    text = rendered_findings(sample, path.stem)
    if not text:
        return [f"{path.name}: the example does not produce {path.stem}"]
    after = refreshed(before, lint, text)
    if after != before:
        path.write_text(after, encoding="utf-8")
        print(f"wrote {path.name}")
    return []


def refreshed(text: str, lint: Lint, expected: str) -> str:
    """Return the text of a page with the facts from the registry, and with `expected` below its example."""
    return _with_expected(_with_facts(text, lint), expected)


def facts(lint: Lint) -> str:
    """Return the line below the title of a page."""
    elsewhere = f" ({lint.foreign} in other dialects)" if lint.foreign else ""
    return f"Severity: {lint.severity}{elsewhere}. Stage: {lint.stage}. Fix: {'safe' if lint.fixable else 'none'}."


def _with_facts(text: str, lint: Lint) -> str:
    lines = text.split("\n")
    lines[0], lines[2] = f"# {lint.code} {lint.name}", facts(lint)
    return "\n".join(lines)


def _with_expected(text: str, expected: str) -> str:
    """Return the page with this output below its example, in its block `text` or a new one."""
    block = f"```text\n{expected.rstrip()}\n```"
    start, end = _heading(text, "Example"), _heading(text, "Write instead")
    old = next((m for m in BLOCK.finditer(text, start, end) if m["info"] == "text"), None)
    if old is None:
        return f"{text[:end].rstrip()}\n\n{block}\n\n{text[end:]}"
    return text[: old.start()] + block + "\n" * old[0].count("\n", len(old[0].rstrip())) + text[old.end() :]


def _heading(text: str, title: str) -> int:
    """Return the offset of the heading with this title, ignoring fenced code."""
    hidden = BLOCK.sub(lambda match: "\0" * len(match[0]), text)
    return hidden.index(f"\n## {title}\n") + 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
