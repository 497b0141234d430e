"""Shell scripts as CI systems hold them: their lines, the folder each runs in, and which are variants."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from codex.profile.model import CiCommand

_VARIANT_TITLE: Final = re.compile(
    r"windows|macos|fuzz|bench|nightly|release|publish|deploy|docs?\b|codeql|scorecard|stale|ecosystem|wasm|msrv",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(r"!=\s*(?:'[^']*'|\"[^\"]*\")")
_CD: Final = re.compile(r"[ \t]*cd[ \t]+([\w./-]+)[ \t]*(?:&&|;)?[ \t]*")
_HERE_DOCUMENT: Final = re.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_]\w*)\1")


def names_variant(title: str) -> bool:
    """Whether a name or a condition says that something is a variant, or not for testing; `!= 'windows'` says not."""
    return _VARIANT_TITLE.search(_NEGATED.sub("", title)) is not None


def lines(pieces: Iterable[tuple[str, str]], folder: str, *, is_variant: bool) -> Iterator[CiCommand]:
    """Yield the lines of what one shell runs: pairs of evidence and text. A `cd` holds for all that follows."""
    current = folder
    for evidence, text in pieces:
        for line in _without_here_documents(text):
            cd = _CD.match(line)
            if cd:
                current, line = join_folder(current, cd[1]), line[cd.end() :]
            if line.strip() and not line.lstrip().startswith("#"):
                yield CiCommand(
                    line=line.strip(), folder=join_folder("", current), evidence=evidence, is_variant=is_variant
                )


def join_folder(folder: str, path: str) -> str:
    """A folder named from another one; `..` leads up, and nothing leads out of the tree."""
    names: list[str] = [] if path.startswith("/") else [name for name in folder.split("/") if name not in ("", ".")]
    for name in path.split("/"):
        if name == "..":
            names = names[:-1]
        elif name not in ("", "."):
            names.append(name)
    return "/".join(names)


def _without_here_documents(text: str) -> Iterator[str]:
    """The lines that a shell runs, continuations joined; what it only passes on to a program is left out."""
    delimiter: str | None = None
    for line in " ".join(part.strip(" \t") for part in text.split("\\\n")).split("\n"):
        if delimiter is not None:
            delimiter = None if line.strip() == delimiter else delimiter
            continue
        start = _HERE_DOCUMENT.search(line)
        delimiter = start[2] if start else None
        yield line
