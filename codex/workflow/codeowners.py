"""Keeps the owners of standards in a CODEOWNERS file, in a block of its own; all other lines are kept.

The format: https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
and https://docs.gitlab.com/user/project/codeowners/reference/. The last line that matches a file counts.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from codex.profile.owners import PLACES
from codex.shell.atomic import write_file
from codex.shell.reading import decoded, read_file, real_path
from codex.shell.repository import GitRepository
from codex.workflow.build import FileDifference
from codex.workflow.codex_folder import CodexFolder
from codex.workflow.parsing import parse_all
from skills_build.characters import visible
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.standard import Standard

BEGIN: Final = "# codexc:begin (written by `codexc fmt --codeowners`)"
END: Final = "# codexc:end"
_BLOCK: Final = re.compile(r"^# codexc:begin.*?^# codexc:end[^\n]*\n?", re.MULTILINE | re.DOTALL)
_OWNER: Final = re.compile(r"@[\w.-]+(?:/[\w.-]+)*|[^\s@]++@[^\s@.]++\.[^\s@]++")
_SECTION: Final = re.compile(r"^\^?\[[^\]\n]+\]", re.MULTILINE)
_SPECIAL: Final = re.compile(r"([\s#\\\[\]*?!])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """The change of a CODEOWNERS file, below `root`, and the standards whose owner no host accepts."""

    root: Path
    change: FileDifference
    without: tuple[str, ...]


def owners_file(place: CodexFolder) -> Owners:
    """Return the CODEOWNERS file with the owners of all standards. Writes nothing."""
    repository = GitRepository.around(place.root)
    root = repository.root if repository else place.root.parent if place.root.name == "standards" else place.root
    name = next((one for one in PLACES if os.path.lexists(root / one)), "CODEOWNERS")
    old = read_file(root / name) if os.path.lexists(root / name) else None
    text = decoded(old or b"", name)
    owners = {standard.path: _owners(standard, place) for standard in parse_all(place).codex.standards}
    below = real_path(place.root).relative_to(real_path(root)).as_posix()
    of_domains = frozenset(" ".join(_words(domain.owner)) for domain in place.config.domains.values())
    accepted = {path: words for path, words in owners.items() if words}
    lines = list(_lines(accepted, of_domains, "" if below == "." else f"/{below}"))
    new = _with_block(text, lines)
    without = tuple(path for path, words in sorted(owners.items()) if not words)
    return Owners(root=root, change=FileDifference(path=name, old=old, new=new.encode()), without=without)


def write_owners(owners: Owners) -> None:
    """Write the file if it changes."""
    if owners.change.new is not None and owners.change.new != owners.change.old:
        write_file(owners.root / owners.change.path, owners.change.new, root=owners.root)


def _owners(standard: Standard, place: CodexFolder) -> str:
    """The owners of a standard as the file has them; empty if one of them is not a valid name of a person or team."""
    domain = place.config.domains.get(standard.domain)
    words = _words(standard.owner or (domain.owner if domain else None))
    return " ".join(words) if words and all(_OWNER.fullmatch(word) for word in words) else ""


def _words(owner: str | None) -> list[str]:
    return (owner or "").replace(",", " ").split()


def _lines(owners: Mapping[str, str], of_domains: frozenset[str], start: str) -> Iterator[str]:
    """Yield a line for each folder with its most frequent owners, and one for each file with others.

    Of equally frequent owners, those of a domain count.
    """
    folders: dict[str, Counter[str]] = defaultdict(Counter)
    for path, words in owners.items():
        folders[path.rpartition("/")[0]][words] += 1
    usual = {
        folder: min(words, key=lambda one: (-words[one], one not in of_domains, one))
        for folder, words in folders.items()
        if folder
    }
    for folder in sorted(usual):
        yield f"{_pattern(f'{start}/{folder}/')} {usual[folder]}"
    for path, words in sorted(owners.items()):
        if usual.get(path.rpartition("/")[0]) != words:
            yield f"{_pattern(f'{start}/{path}')} {words}"


def _pattern(path: str) -> str:
    """A path as a pattern. Raises `CodexError` for one that would end the line and begin one for another path."""
    if not path.isprintable():
        raise CodexError(f"`{visible(path)}` cannot be written to CODEOWNERS", hint="rename the file")
    return _SPECIAL.sub(r"\\\1", path)


def _with_block(text: str, lines: Sequence[str]) -> str:
    if text.count("# codexc:begin") != text.count("# codexc:end") or text.count("# codexc:begin") > 1:
        raise CodexError(
            "the codexc block in CODEOWNERS has an incomplete marker",
            hint="remove the lines of the block, then run the command again",
        )
    section = ["[Standards]"] if _SECTION.search(_BLOCK.sub("", text)) else []
    block = "\n".join([BEGIN, *section, *lines, END]) + "\n"
    if _BLOCK.search(text):
        return _BLOCK.sub(lambda _: block, text, count=1)
    return f"{text.rstrip()}\n\n{block}" if text.strip() else block
