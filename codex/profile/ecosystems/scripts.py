"""Shell scripts in CI files: their lines, the folder of each, and which are variants."""

import re
from collections.abc import Iterable, Iterator, Sized
from typing import Final

from codex.profile.evidence_files import EvidenceFiles
from codex.profile.model import CiCommand
from codex.profile.untyped import MAX_ITEMS
from skills_build.frozen import dataclass

_VARIANT_TITLE: Final = re.compile(
    r"windows|macos|fuzz|bench|nightly|release|publish|deploy|bump|docs?\b|codeql|scorecard|stale|ecosystem|wasm|msrv|minimal",
    re.IGNORECASE,
)
_EXPRESSION: Final = re.compile(r"\$\{\{([^{}]{0,400})\}\}")
_REFERENCE: Final = re.compile(r"[\w.-]+", re.ASCII)
_NEGATED: Final = re.compile(r"!=\s*(?:'[^']*'|\"[^\"]*\")")
_CD: Final = re.compile(r"[ \t]*cd[ \t]+([\w./-]+)[ \t]*(?:&&|;)?[ \t]*")
_SUBSHELL: Final = re.compile(r"\([ \t]*cd[ \t]+([\w./-]+)[ \t]*(?:&&|;)[ \t]*([^()]{1,2000})\)")
"""A line in another folder, which later lines do not run in: `(cd web && npm ci)`."""
_HERE_DOCUMENT: Final = re.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_]\w*)\1")


def names_variant(title: str) -> bool:
    """Return whether a name or condition describes a variant or a job not for testing; `!= 'windows'` does not."""
    return _VARIANT_TITLE.search(_NEGATED.sub("", title)) is not None


def without_expressions(title: str) -> str:
    """Return a job's title without its expressions: one that chooses between platforms names them all."""
    return _EXPRESSION.sub("", title)


def lines(pieces: Iterable[tuple[str, str]], folder: str, *, is_variant: bool) -> Iterator[CiCommand]:
    """Yield the lines that one shell runs, given as pairs of evidence and text. A `cd` applies to all later lines."""
    current = folder
    for evidence, text in pieces:
        for line in _without_here_documents(_EXPRESSION.sub(_one_word, text)):
            inner = _SUBSHELL.fullmatch(line.strip())
            if inner:
                yield from lines([(evidence, inner[2])], join_folder(current, inner[1]), is_variant=is_variant)
                continue
            cd = _CD.match(line)
            if cd:
                current, line = join_folder(current, cd[1]), line[cd.end() :]
            if line.strip() and not line.lstrip().startswith("#"):
                yield CiCommand(
                    line=line.strip(), folder=join_folder("", current), evidence=evidence, is_variant=is_variant
                )


def _one_word(expression: re.Match[str]) -> str:
    """Return an expression as one word, so that its operators are not read as those of the shell."""
    name = expression[1].strip()
    return "${{" + (name if _REFERENCE.fullmatch(name) else "expression") + "}}"


@dataclass(slots=True, kw_only=True)
class Budget:
    """The number of values of a CI file that may be visited, including those repeated by references and aliases."""

    sources: EvidenceFiles
    path: str
    limit: int
    spent: int = 0

    def spend(self) -> bool:
        """Return whether one more value may be visited; when the budget is exhausted, add a note once."""
        if self.spent < self.limit:
            self.spent += 1
            return True
        self.sources.note(self.path, f"the file expands to more than {self.limit:,} values; the rest were not read")
        return False


def note_cut(sources: EvidenceFiles, path: str, value: object, what: str, limit: int = MAX_ITEMS) -> None:
    """Report a list or mapping of which only the first `limit` entries are read."""
    if isinstance(value, Sized) and not isinstance(value, str) and len(value) > limit:
        sources.note(path, f"{len(value):,} {what}; only the first {limit:,} were read")


def join_folder(folder: str, path: str) -> str:
    """Return a path relative to a folder as one from the root; `..` goes up, but never out of the tree."""
    names: list[str] = [] if path.startswith("/") else [name for name in folder.split("/") if name not in ("", ".")]
    for name in path.split("/"):
        if name == "..":
            names = names[:-1]
        elif name not in ("", "."):
            names.append(name)
    return "/".join(names)


def _without_here_documents(text: str) -> Iterator[str]:
    """Yield the lines that a shell runs, with continuations joined and without the text of here-documents."""
    delimiter: str | None = None
    for line in " ".join(part.strip(" \t") for part in text.split("\\\n")).split("\n"):
        if delimiter is not None:
            delimiter = None if line.strip() == delimiter else delimiter
            continue
        start = _HERE_DOCUMENT.search(line)
        delimiter = start[2] if start else None
        yield line
