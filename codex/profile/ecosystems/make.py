"""Make: targets with their recipes, also those of included files. Variables are not expanded and nothing is run."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Fact, TaskTarget
from skills_build.globs import matches_plain

# In the order in which GNU make looks for them:
# https://www.gnu.org/software/make/manual/html_node/Makefile-Names.html
MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")
MAX_FILES: Final = 40
MAX_INCLUDED: Final = 100
_INCLUDE: Final = re.compile(r"[-s]?include[ \t]++(.+)")
_RULE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_./-]*+(?: ++[A-Za-z0-9_./-]++)*)[ \t]*+::?(?![=:])([^=;]*+(?:;.*)?)")
_FORWARD: Final = re.compile(r"^%[ \t]*+::?[ \t]*+([A-Za-z0-9_.-]++)%[ \t]*+;?[ \t]*+$", re.MULTILINE)
MAX_PREFIXES: Final = 4
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the targets of a folder's makefile; those of included files name that file as evidence."""
    makefile = folder.first(*MAKEFILES)
    if makefile is None:
        return
    by_name: dict[str, list[TaskTarget]] = {}
    prefixes: list[tuple[str, str]] = []
    for path in _included(folder, folder.at(makefile)):
        text = folder.sources.text(path) or ""
        prefixes.extend((path, match) for match in _FORWARD.findall(text)[:MAX_PREFIXES])
        for target in _targets(path, text):
            by_name.setdefault(target.name, []).append(target)
    targets = {name: _merged(rules) for name, rules in by_name.items()}
    yield from targets.values()
    yield from _forwarded(targets, prefixes)


def _forwarded(targets: Mapping[str, TaskTarget], prefixes: Iterable[tuple[str, str]]) -> Iterator[TaskTarget]:
    """Yield targets under the second name that a rule without a recipe gives them: `%: common-% ;` adds `lint`.

    Source: https://www.gnu.org/software/make/manual/html_node/Pattern-Intro.html
    """
    for path, prefix in prefixes:
        for target in targets.values():
            name = target.name.removeprefix(prefix)
            if name != target.name and name not in targets and _NAME.fullmatch(name):
                line, evidence = f"make {name}", f"{path}#{name}"
                yield TaskTarget(runner="make", name=name, line=line, evidence=evidence, needs=(target.name,))


def _merged(rules: Sequence[TaskTarget]) -> TaskTarget:
    """Merge the rules of one target: double-colon rules, or prerequisites without the recipe.

    Source: https://www.gnu.org/software/make/manual/html_node/Double_002dColon.html and
    https://www.gnu.org/software/make/manual/html_node/Multiple-Rules.html
    """
    first = rules[0]
    if len(rules) == 1:
        return first
    return TaskTarget(
        runner="make",
        name=first.name,
        line=first.line,
        evidence=next((rule.evidence for rule in rules if rule.body), first.evidence),
        body=tuple(line for rule in rules for line in rule.body),
        needs=tuple(name for rule in rules for name in rule.needs),
    )


def _included(folder: EvidenceFolder, start: str) -> Iterator[str]:
    """Yield a makefile and all files it includes, each once. Make resolves names from the folder it runs in.

    Source: https://www.gnu.org/software/make/manual/html_node/Include.html
    """
    pending = [start]
    visited: set[str] = set()
    while pending and len(visited) < MAX_FILES:
        path = pending.pop(0)
        if path in visited:
            continue
        visited.add(path)
        yield path
        pending.extend(
            file for name in _included_names(folder.sources.text(path) or "") for file in _matching_files(folder, name)
        )


def _included_names(text: str) -> list[str]:
    """Return the names that a makefile includes, each once, at most a hundred."""
    matches = (_INCLUDE.fullmatch(line.strip()) for line in _lines(text) if "include" in line and line[0] != "\t")
    return list(dict.fromkeys(name for match in matches if match for name in match[1].split()))[:MAX_INCLUDED]


def _matching_files(folder: EvidenceFolder, name: str) -> Iterator[str]:
    """Yield the files that match a name or pattern, among those that were read."""
    path = posixpath.normpath(folder.at(name))
    if any(wildcard in name for wildcard in "*?["):
        yield from (file for file in folder.sources.read if matches_plain(file, path))
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
        yield from _targets_of_rule(path, names, needs, tuple(body))
        names, needs, body = *_rule(line), []
    yield from _targets_of_rule(path, names, needs, tuple(body))


def _rule(line: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    match = _RULE.fullmatch(line.split("#")[0].rstrip()) if len(line) < 2000 else None
    if match is None:
        return (), ()
    needs = match[2].partition(";")[0].partition("|")[0]
    return tuple(match[1].split()), tuple(name for name in needs.split() if _NAME.fullmatch(name))


def _targets_of_rule(
    path: str, names: tuple[str, ...], needs: tuple[str, ...], body: tuple[str, ...]
) -> Iterator[TaskTarget]:
    for name in names:
        if _NAME.fullmatch(name):
            line = f"make {name}"
            yield TaskTarget(runner="make", name=name, line=line, evidence=f"{path}#{name}", body=body, needs=needs)


def _lines(text: str) -> list[str]:
    """Return the lines with continuations joined."""
    return text.replace("\\\n", " ").split("\n")
