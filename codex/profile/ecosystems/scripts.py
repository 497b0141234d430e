"""Shell scripts as CI systems hold them: their lines, the folder each runs in, and which are variants."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from codex.profile.model import CiCommand

_NOISY: Final = re.compile(
    r"windows|macos|fuzz|bench|nightly|release|publish|deploy|docs?\b|codeql|scorecard|stale|ecosystem|wasm|msrv",
    re.IGNORECASE,
)
_UNLESS: Final = re.compile(r"!=\s*(?:'[^']*'|\"[^\"]*\")")
_CD: Final = re.compile(r"[ \t]*cd[ \t]+([\w./-]+)[ \t]*(?:&&|;)?[ \t]*")
_HERE_DOCUMENT: Final = re.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_]\w*)\1")


def is_noisy(title: str) -> bool:
    """Whether a name or a condition says that something is a variant, or not for testing; `!= 'windows'` says not."""
    return _NOISY.search(_UNLESS.sub("", title)) is not None


def lines(pieces: Iterable[tuple[str, str]], folder: str, *, noisy: bool) -> Iterator[CiCommand]:
    """Yield the lines of what one shell runs: pairs of evidence and text. A `cd` holds for all that follows."""
    here = folder
    for evidence, text in pieces:
        for line in _without_here_documents(text):
            moved = _CD.match(line)
            if moved:
                here, line = below(here, moved[1]), line[moved.end() :]
            if line.strip() and not line.lstrip().startswith("#"):
                yield CiCommand(line=line.strip(), folder=below("", here), evidence=evidence, noisy=noisy)


def below(folder: str, path: str) -> str:
    """A folder named from another one; `..` leads up, and nothing leads out of the tree."""
    steps: list[str] = [] if path.startswith("/") else [name for name in folder.split("/") if name not in ("", ".")]
    for name in path.split("/"):
        if name == "..":
            steps = steps[:-1]
        elif name not in ("", "."):
            steps.append(name)
    return "/".join(steps)


def _without_here_documents(text: str) -> Iterator[str]:
    """The lines that a shell runs, continuations joined; what it only passes on to a program is left out."""
    end: str | None = None
    for line in " ".join(part.strip(" \t") for part in text.split("\\\n")).split("\n"):
        if end is not None:
            end = None if line.strip() == end else end
            continue
        found = _HERE_DOCUMENT.search(line)
        end = found[2] if found else None
        yield line
