"""The body of a merge request: the generated text, a mark that records its sources, and text added by people.

The mark contains a short digest of each generated line. All other lines were written by people and are kept, wherever
they are.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from skills_build.frozen import dataclass

_MARK: Final = re.compile(
    r"<!-- codex:request digest=(?P<digest>[0-9a-f]{64}) fingerprint=(?P<fingerprint>[0-9a-f]{64})"
    r" title=(?P<title>[0-9a-f]{64})(?: codex=(?P<codex>[A-Za-z0-9_.-]+))?(?: lines=(?P<lines>[0-9a-f,]*))?"
    r"(?P<draft> draft)? -->"
)
_DIGITS: Final = 8
"""Hexadecimal digits of the digest of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMark:
    """What the mark records: the digest of the proposed content, the fingerprint of the text, the digest of the title.

    `draft` means that codexc opened the merge request as a draft, and that no person has made it ready since. `lines`
    are the digests of the generated lines; None in the mark of an earlier version of codexc. `codex` is the namespace
    of the codex, empty in such a mark.
    """

    digest: str
    fingerprint: str
    title: str
    draft: bool = False
    lines: frozenset[str] | None = None
    codex: str = ""


def sha256(text: str) -> str:
    """Return the digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def marked_body(text: str, mark: BodyMark) -> str:
    """Return the body with this generated text, and the mark at its end."""
    lines = ",".join(dict.fromkeys(_line_digest(line) for line in text.split("\n") if line.strip()))
    draft = " draft" if mark.draft else ""
    codex = f" codex={mark.codex}" if mark.codex else ""
    digests = f"digest={mark.digest} fingerprint={mark.fingerprint} title={mark.title}{codex} lines={lines}{draft}"
    return f"{text}\n\n<!-- codex:request {digests} -->\n"


def mark_of(body: str) -> BodyMark | None:
    """Return the mark of a body; None if a person replaced the whole body."""
    match = _MARK.search(body)
    if match is None:
        return None
    lines = None if match["lines"] is None else frozenset(match["lines"].split(","))
    return BodyMark(
        digest=match["digest"],
        fingerprint=match["fingerprint"],
        title=match["title"],
        draft=match["draft"] is not None,
        lines=lines,
        codex=match["codex"] or "",
    )


def generated_text(body: str) -> str:
    """Return the text of a generated body, without its mark."""
    return _MARK.sub("", body).rstrip()


def without_draft(body: str) -> str:
    """Return a body whose mark does not say that codexc opened a draft."""
    return _MARK.sub(lambda mark: mark[0].removesuffix(" draft -->") + " -->" if mark["draft"] else mark[0], body)


def with_text_of_people(old: str, new: str) -> str:
    """Return the generated body `new` with what people added to `old`.

    A paragraph of people follows the generated line that it followed before; without that line it goes to the end.
    """
    match, mark = _MARK.search(old), mark_of(old)
    if match is None or mark is None:
        return new
    below = old[match.end() :].strip("\n ")
    runs = () if mark.lines is None else _runs(old[: match.start()].split("\n"), mark.lines)
    lines, homeless = _inserted(new.rstrip("\n").split("\n"), tuple(runs))
    ending = [part for part in (*homeless, below) if part]
    return "\n".join(lines) + "\n" + "".join(f"\n{part}\n" for part in ending)


def _line_digest(line: str) -> str:
    return sha256(line.strip())[:_DIGITS]


def _runs(lines: Sequence[str], ours: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    """Yield what people wrote, paragraph by paragraph, with the generated line before it (None: at the top)."""
    known = frozenset(ours)
    before: str | None = None
    for is_ours, group in groupby(_grouped(lines, known), key=lambda line: line[0]):
        texts = [text for _, text in group]
        if is_ours:
            before = next((_line_digest(text) for text in reversed(texts) if text.strip()), before)
        else:
            yield before, "\n".join(texts).strip("\n")


def _grouped(lines: Sequence[str], known: frozenset[str]) -> Iterator[tuple[bool, str]]:
    """Yield each line with whether it is generated; an empty one belongs to the line before it."""
    is_ours = True
    for line in lines:
        is_ours = _line_digest(line) in known if line.strip() else is_ours
        yield is_ours, line


def _inserted(lines: Sequence[str], runs: Sequence[tuple[str | None, str]]) -> tuple[list[str], list[str]]:
    """Insert paragraphs of people into generated lines; returns the lines, and what has no place in them."""
    digests = [_line_digest(line) for line in lines]
    known = frozenset(digests)
    result, homeless = list[str](), list[str]()
    placed: dict[str, list[str]] = {}
    for before, text in runs:
        if before is None:
            result += [text, ""]
        elif before in known:
            placed.setdefault(before, []).append(text)
        else:
            homeless.append(text)
    for line, digest in zip(lines, digests, strict=True):
        result.append(line)
        for text in placed.pop(digest, ()):
            result += ["", text, ""]
    return result, homeless
