"""Draws a random sample of the strings that users read, to review their English.

    python -m tools.english --count 60 --seed 7

Prints each string with its position. `--all` adds docstrings and test names. The seed is printed, so that a sample can
be reproduced.
"""

import argparse
import ast
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = ("*.md", "docs/**/*.md", "changelog.d/*.md", "validators/lints/*.md")
CODE: Final = ("codex", "skills_build")
_FENCE: Final = re.compile(r"^\s*(`{3,}|~{3,})")
_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*])")
_JINJA: Final = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
_MARKUP: Final = re.compile(r"<[^>]*>|^[\w.:@, -]+ \{.*", re.MULTILINE)
"""Tags, and rules of a style sheet, in a template of HTML."""
_PROGRAMS: Final = (".css.j2", ".js.j2")
_PROSE: Final = re.compile(
    r"(?<!\S)(?:an?|and|are|as|at|be|but|by|for|from|has|have|if|in|is|it|its|no|not|of|on|or|that|the|this|to|use|with|write)"
    r"(?=[\s,.:;]|\Z)",
    re.IGNORECASE,
)
"""Words that a sentence has and a list of names does not."""


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line number and the text of each paragraph and list item of Markdown, without fenced code."""
    fence, start, words = "", 0, list[str]()
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            line = ""
        item = _ITEM.match(line)
        if (item or fence or not line.strip()) and words:
            yield start, " ".join(words)
            words = []
        if fence or not line.strip():
            continue
        start = start if words else number
        words.append(line[item.end() if item else 0 :].strip())


def of_pages(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the sentences of the documentation."""
    for pattern in PAGES:
        for path in sorted(root.glob(pattern)):
            for line, paragraph in paragraphs(path.read_text(encoding="utf-8")):
                for sentence in _SENTENCE.split(paragraph):
                    yield f"{path.relative_to(root)}:{line}", sentence


def of_templates(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the fixed lines of the templates."""
    for path in sorted((root / "templates").rglob("*.j2")):
        if path.name.endswith(_PROGRAMS):
            continue
        for number, line in enumerate(_JINJA.sub(" ", path.read_text(encoding="utf-8")).splitlines(), start=1):
            yield f"{path.relative_to(root)}:{number}", _MARKUP.sub("", line).strip()


def of_code(root: Path, *, everything: bool = False) -> Iterator[tuple[str, str]]:
    """Yield messages and help texts; with `everything`, also docstrings and test names."""
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            docstrings = everything or "cli" in path.parts
            for node in _strings(tree, docstrings=docstrings):
                yield f"{path.relative_to(root)}:{node.lineno}", _words(node)
    for path in sorted((root / "tests").rglob("test_*.py")) if everything else ():
        for name in re.findall(r"^def test_(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            yield f"{path.relative_to(root)}", name.replace("_", " ")


def _strings(tree: ast.AST, *, docstrings: bool) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield the strings of a module; an f-string is one string."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    if not docstrings:
        parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and id(node) not in parts):
            yield node


def _words(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{...}" for part in node.values)


def readable(text: str) -> bool:
    """Return whether a string is prose: at least four words, and not a pattern, a path or a list of names."""
    words = re.findall(r"[A-Za-z][a-z']+", text)
    return (
        len(words) >= 4
        and bool(_PROSE.search(text))
        and len(" ".join(words)) > len(text) / 2
        and not re.search(r"\\|\w/\w+/| \| ", text)
    )


def main() -> None:
    """Print a sample."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=60)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--all", action="store_true", help="include docstrings and test names")
    chosen = options.parse_args()
    seed = random.randrange(10**6) if chosen.seed is None else chosen.seed
    strings = [*of_pages(ROOT), *of_templates(ROOT), *of_code(ROOT, everything=chosen.all)]
    unique = sorted({" ".join(text.split()): place for place, text in strings if readable(text)}.items())
    print(f"seed {seed}: {chosen.count} of {len(unique):,} strings")
    for number, (text, place) in enumerate(random.Random(seed).sample(unique, chosen.count), start=1):
        print(f"{number:3} {place}\n    {text}")


if __name__ == "__main__":
    main()
