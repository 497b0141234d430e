"""Make: targets with their recipes, included files too. Variables are not expanded and nothing is run."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Fact, TaskTarget
from skills_build.globs import matches_plain

MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")
MAX_FILES: Final = 40
MAX_INCLUDED: Final = 100
_INCLUDE: Final = re.compile(r"[-s]?include[ \t]+(.+)")
_RULE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_./ -]*?)[ \t]*::?(?![=:])([^=]*|[^=]*;.*)")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the targets of a folder's makefile, those of included files with their own evidence."""
    start = folder.first(*MAKEFILES)
    if start is None:
        return
    found: dict[str, TaskTarget] = {}
    for path in _included(folder, folder.at(start)):
        for target in _targets(path, folder.sources.text(path) or ""):
            known = found.get(target.name)
            found[target.name] = _joined(known, target) if known else target
    yield from found.values()


def _joined(first: TaskTarget, more: TaskTarget) -> TaskTarget:
    """A target that is given several times (`name::`, or prerequisites apart from the recipe)."""
    evidence = first.evidence if first.body or not more.body else more.evidence
    return TaskTarget(
        runner="make",
        name=first.name,
        line=first.line,
        evidence=evidence,
        body=first.body + more.body,
        needs=first.needs + more.needs,
    )


def _included(folder: EvidenceFolder, start: str) -> Iterator[str]:
    """Yield a makefile and all it includes, each once. Make resolves names from the folder it runs in."""
    todo = [start]
    done: set[str] = set()
    while todo and len(done) < MAX_FILES:
        path = todo.pop(0)
        if path in done:
            continue
        done.add(path)
        yield path
        todo.extend(one for name in _names(folder.sources.text(path) or "") for one in _found(folder, name))


def _names(text: str) -> list[str]:
    """The names that a makefile includes, each once, at most a hundred."""
    matches = (_INCLUDE.fullmatch(line.strip()) for line in _lines(text) if "include" in line and line[0] != "\t")
    return list(dict.fromkeys(name for match in matches if match for name in match[1].split()))[:MAX_INCLUDED]


def _found(folder: EvidenceFolder, name: str) -> Iterator[str]:
    """The files of a name or pattern among those that were read."""
    path = posixpath.normpath(folder.at(name))
    if any(wildcard in name for wildcard in "*?["):
        yield from (one for one in folder.sources.read if matches_plain(one, path))
    elif path in folder.sources.listing:
        yield path


def _targets(path: str, text: str) -> Iterator[TaskTarget]:
    names: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    body: list[str] = []
    for line in (*_lines(text), ""):
        if line.startswith("\t") and names:
            body.append(line.strip().lstrip("@-+"))
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        yield from _made(path, names, needs, tuple(body))
        names, needs, body = *_rule(line), []
    yield from _made(path, names, needs, tuple(body))


def _rule(line: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    match = _RULE.fullmatch(line.split("#")[0].rstrip()) if len(line) < 2000 else None
    if match is None:
        return (), ()
    needs = match[2].partition(";")[0].partition("|")[0]
    return tuple(match[1].split()), tuple(name for name in needs.split() if _NAME.fullmatch(name))


def _made(path: str, names: tuple[str, ...], needs: tuple[str, ...], body: tuple[str, ...]) -> Iterator[TaskTarget]:
    for name in names:
        if _NAME.fullmatch(name):
            line = f"make {name}"
            yield TaskTarget(runner="make", name=name, line=line, evidence=f"{path}#{name}", body=body, needs=needs)


def _lines(text: str) -> list[str]:
    """Lines with continuations joined."""
    return text.replace("\\\n", " ").split("\n")
