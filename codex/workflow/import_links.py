"""The links of imported standards: they lead to where their files and headings are now, or become plain text."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from skills_build.diagnostics import Span
from skills_build.frozen import dataclass
from skills_build.lint.link_targets import link_target
from skills_build.model.links import Link
from skills_build.model.paths import folded, name_fault, path_fault
from skills_build.model.standard import Standard
from skills_build.source.assemble import on_site
from skills_build.source.dialect import Dialect
from skills_build.source.document import Document
from skills_build.source.inline_marks import unescaped
from skills_build.source.markdown import normalised_label
from skills_build.source.preprocess import fenced_lines
from skills_build.source.resolve import by_permalink
from skills_build.source.slug import checksum, slug

_DEFINITION: Final = re.compile(r"( {0,3}\[((?:[^\[\]\\]|\\.)+)\]:[ \t]*)(<[^<>]*>|\S+)(.*)$")
_HTML_TARGET: Final = re.compile(r"<(?:img|a|source|video)\s[^<>]*?\b(?:src|href)\s*=\s*[\"']([^\"'<>#?]+)")
_OPENING: Final = re.compile(r"!?\[")
_CLOSING: Final = re.compile(r">?(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)")
_LONGEST_PATH: Final = 200
_MARKDOWN: Final = (".md", ".markdown", ".mdx", ".mdc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Where files are after an import: the new path of each imported or copied file by its old path.

    `anchors` maps the old path of a standard to the new fragments of its headings; `names` are all files of the corpus.
    """

    paths: Mapping[str, str]
    anchors: Mapping[str, Mapping[str, str]]
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A standard before the import, with the dialect that says how its site resolves links."""

    standard: Standard
    dialect: Dialect
    pages: Mapping[str, str]
    """The files of the corpus by their permalinks."""


def linked_files(original: Original, text: str, names: frozenset[str]) -> Iterator[str]:
    """Yield the files of the corpus that a standard links to and that are no Markdown, such as pictures."""
    written = [Link(target=m[1], text="", span=Span(1, 1, 1, 1)) for m in _HTML_TARGET.finditer(text)]
    for link in (*original.standard.links, *(on_site(link, original.dialect) for link in written)):
        target = link_target(original.standard, link)
        if target is not None and target.path in names and not target.path.lower().endswith(_MARKDOWN):
            yield target.path


def relinked(document: Document, original: Original, moves: Moves) -> str:
    """Return the text of an imported standard with its links as they have to be in their new place."""
    edits = _LineEdits(document.raw)
    for link in document.standard.links:
        if link.reference is None and link.span.line == link.span.end_line:
            edits.replace(link.span, _new_target(link.target, document, original, moves))
    lines = edits.applied()
    own, definitions = set(), frozenset(label for label, _ in document.standard.definitions)
    for number, (line, fenced) in enumerate(zip(lines, fenced_lines(lines), strict=True)):
        match = None if fenced else _DEFINITION.match(line)
        if match and (label := normalised_label(match[2])) in definitions:
            own.add(label)
            written = match[3].removeprefix("<").removesuffix(">")
            lines[number] = f"{match[1]}{_bracketed(_new_target(written, document, original, moves))}{match[4]}"
    return "\n".join([*lines[: _last_filled(lines) + 1], *_shared(document, original, moves, own), ""])


def _last_filled(lines: Sequence[str]) -> int:
    return next((n for n in range(len(lines) - 1, -1, -1) if lines[n].strip()), 0)


class _LineEdits:
    """Changes to the lines of a text, made at once: a line may have thousands of links."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._edits: dict[int, list[tuple[int, int, str]]] = defaultdict(list)

    def replace(self, span: Span, new: str) -> None:
        """Replace a place within one line."""
        self.put(span.line - 1, span.column - 1, span.end_column - 1, new)

    def put(self, line: int, start: int, end: int, new: str = "") -> None:
        """Replace the columns `start` to `end` of a line; all are counted from 0."""
        self._edits[line].append((start, end, new))

    def applied(self) -> list[str]:
        """Return the lines with all changes. Of two at one place, the first one counts."""
        lines = list(self.lines)
        for number, edits in self._edits.items():
            pieces, at, line = [], 0, lines[number]
            for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
                if start >= at:
                    pieces += [line[at:start], new]
                    at = end
            lines[number] = "".join((*pieces, line[at:]))
        return lines


def _bracketed(target: str) -> str:
    return f"<{target}>" if re.search(r"\s", target) or not target else target


def _shared(document: Document, original: Original, moves: Moves, own: set[str]) -> list[str]:
    """Return the definitions of other files that links of this one use."""
    links = original.standard.links
    used = {normalised_label(link.reference): link.target for link in links if link.reference and link.target}
    rows = sorted((label, target) for label, target in used.items() if label not in own)
    lines = [f"[{label}]: {_bracketed(_new_target(t, document, original, moves))}" for label, t in rows]
    return ["", *lines] if lines else []


def _new_target(written: str, document: Document, original: Original, moves: Moves) -> str:
    """Return the target of a link in its new place; as written if it leads elsewhere or to nothing."""
    plain = Link(target=unescaped(written), text="", span=Span(1, 1, 1, 1))
    link = on_site(plain, original.dialect)
    link = by_permalink(link, original.pages)
    target = link_target(original.standard, link)
    if target is None:
        return written if link.goal == plain.goal else link.goal
    old = _file(target.path, moves.paths)
    fragment = moves.anchors.get(old, {}).get(target.fragment, target.fragment)
    if old == original.standard.path and (not written.partition("#")[0] or fragment):
        return f"#{fragment}" if fragment else written
    source_url = original.dialect.links.source_url
    if old not in moves.paths and target.path in moves.names and "{path}" in source_url:
        url = source_url.replace("{path}", quote(target.path)).replace("{line}", "1")
        return url.partition("#")[0] + (f"#{target.fragment}" if target.fragment else "")
    path = moves.paths.get(old, target.path)
    if (
        path == target.path
        and document.path == original.standard.path
        and fragment == target.fragment
        and not link.site
    ):
        return written
    relative = posixpath.relpath(path, posixpath.dirname(document.path) or ".")
    return relative.replace(" ", "%20") + (f"#{fragment}" if fragment else "")


def _file(path: str, paths: Mapping[str, str]) -> str:
    """Return the file that a path means: site generators leave out suffixes and the names of first pages."""
    bare = path.rstrip("/")
    named = (bare, *(f"{bare}{suffix}" for suffix in _MARKDOWN), f"{bare}/README.md", f"{bare}/index.md")
    return next((name for name in named if name in paths), path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """The text of a standard in which links have become plain text, and the target and line of each."""

    text: str
    links: tuple[tuple[int, str], ...]


def unlinked(document: Document, spans: Iterable[Span]) -> Unlinked:
    """Replace the links at some places by their words; also references without a definition, which are no links."""
    edits = _LineEdits(document.raw)
    links = {link.span: link for link in document.standard.links}
    gone = []
    for span in sorted(set(spans)):
        link = links.get(span)
        inline = link is not None and link.reference is None
        done = _replace_inline(edits, link) if link and inline else _replace_reference(edits, span)
        if done:
            gone.append((span.line, link.target if link else _shown(edits.lines[span.line - 1], span)))
    return Unlinked(text="\n".join(edits.applied()), links=tuple(gone))


def _shown(line: str, span: Span) -> str:
    """Return what names a reference in a message: a footnote, or else its line."""
    written = line[span.column - 1 : span.end_column - 1]
    return written if written.startswith("[^") else line.strip()


def _replace_reference(edits: _LineEdits, span: Span) -> bool:
    """Replace `[words][label]` or `[label]` by its words; they may be on two lines.

    A citation of a footnote is escaped: readers see the brackets, as they do where a footnote is not defined.
    """
    first, last = span.line - 1, span.end_line - 1
    start, end = span.column - 1, span.end_column - 1
    if edits.lines[first].startswith("[^", start):
        edits.put(first, start, start, "\\")
        return True
    opening = _OPENING.match(edits.lines[first], start)
    closing = _end_of_reference(edits.lines[last], end)
    if closing is None or opening is None:
        return False
    edits.put(last, closing, end)
    edits.put(first, start, opening.end())
    return True


def _end_of_reference(line: str, end: int) -> int | None:
    """Return where `][label]` or `]` begins that ends at `end`."""
    if line[end - 1 : end] != "]":
        return None
    label = line.rfind("[", 0, end)
    return label - 1 if label > 0 and line[label - 1] == "]" and "]" not in line[label : end - 1] else end - 1


def _replace_inline(edits: _LineEdits, link: Link) -> bool:
    """Replace `[words](target "title")` by its words; the words may start on an earlier line."""
    number = link.span.line - 1
    line = edits.lines[number]
    closing = _CLOSING.match(line, link.span.end_column - 1)
    opening = _end_of_words(line, link.span.column - 1)
    if closing is None or opening is None or link.span.end_line != link.span.line:
        return False
    words = link.text.split("\n")
    first = number - len(words) + 1
    start = opening - len(words[0]) if len(words) == 1 else edits.lines[first].rfind(f"[{words[0].strip()}") + 1
    if start < 1 or first < 0 or edits.lines[first][start - 1] != "[":
        return False
    edits.put(number, opening, closing.end())
    edits.put(first, start - 1 - (link.image and edits.lines[first][start - 2 : start - 1] == "!"), start)
    return True


def _end_of_words(line: str, target: int) -> int | None:
    """Return where `](` or `](<` begins in front of the target of a link."""
    at = target - (line[target - 1 : target] == "<")
    while at > 0 and line[at - 1].isspace():
        at -= 1
    return at - 2 if at >= 2 and line[at - 2 : at] == "](" else None


def new_paths(standards: Iterable[str], copies: Iterable[str] = ()) -> dict[str, str]:
    """Return the path of each file in the new codex: without hidden folders, and one that every system accepts.

    Standards end in `.md` and have no name that is excluded.
    """
    wishes = {path: _standard_path(_portable(path)) for path in sorted(standards)}
    wishes |= {path: _portable(path) for path in sorted(copies)}
    result: dict[str, str] = {}
    taken: set[str] = set()
    for path, wish in wishes.items():
        stem, dot, suffix = wish.rpartition(".")
        number = 1
        while folded(wish) in taken:
            number += 1
            wish = f"{stem}-{number}{dot}{suffix}"
        taken.add(folded(wish))
        result[path] = wish
    return result


def _portable(path: str) -> str:
    portable = "/".join(_portable_name(part) for part in path.split("/"))
    if len(portable) <= _LONGEST_PATH:
        return portable
    folder, name = posixpath.split(portable)
    return f"{checksum(folder)}/{name[-_LONGEST_PATH // 2 :].lstrip('-. ')}"


def _portable_name(name: str) -> str:
    shown = name.lstrip(".") or "_"
    if shown.isascii() and (name_fault(shown) or path_fault(shown)) is None:
        return shown
    stem, suffix = posixpath.splitext(shown)
    return f"{slug(stem) or 'x'}-{checksum(name)}{suffix if suffix.isascii() else ''}".rstrip(". ")


def _standard_path(path: str) -> str:
    folders, name = posixpath.split(path)
    stem, suffix = posixpath.splitext(name)
    if suffix.lower() not in (*_MARKDOWN, ".txt"):
        stem = name
    if not folders and stem.lower() == "readme":
        stem = "overview"
    if stem.lower() == "changelog" or stem.lower().endswith(".template"):
        stem = f"{stem.replace('.', '-')}-standard"
    return posixpath.join(folders, f"{stem}.md")
