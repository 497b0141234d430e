"""Elixir: mix.exs, read as text, never run."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, Rank, TaskTarget, Title
from codex.profile.technologies import of_dependencies

_APP: Final = re.compile(r"\bapp:\s*:(\w+)")
_COMMENT: Final = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_DEPENDENCY: Final = re.compile(r"\{\s*:(\w+)\s*,")
_ALIASES: Final = re.compile(r"^([ \t]*)defp?[ \t]+aliases\b[^\n]*\bdo[ \t]*\n", re.MULTILINE)
_LONGEST_ALIASES: Final = 8000
_ALIAS: Final = re.compile(
    r'(?:"([\w.]{1,80})"|(?<![\w.:&])([a-z]\w{0,79})):[ \t\n]+(?:\[([^\[\]]{0,2000})\]|("[^"\n]{0,400}"))'
)
"""An alias and its steps: `setup: ["deps.get", "cmd npm ci"]`. Source: https://hexdocs.pm/mix/Mix.html#module-aliases"""
_STEP: Final = re.compile(r'"([^"\n]{1,400})"')
_ENDPOINT: Final = re.compile(r"lib/[\w/]+/endpoint\.ex")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the name, the dependencies and the aliases in mix.exs."""
    text, evidence = _COMMENT.sub("", folder.text("mix.exs")), folder.at("mix.exs")
    name = _APP.search(text)
    if name:
        yield Title(name=name[1])
    dependencies = _DEPENDENCY.findall(text)[:500]
    yield from of_dependencies(dependencies, f"{evidence}#deps")
    if "phoenix" in dependencies and _has_endpoint(folder):
        line, rank = "mix phx.server", Rank.DEFAULT
        yield Command(kind=CommandKind.RUN, line=line, evidence=f"{evidence}#deps.phoenix", rank=rank, default=True)
    for quoted, plain, steps, step in _ALIAS.findall(_aliases(text))[:200]:
        alias, body = quoted or plain, tuple(map(_line, _STEP.findall(steps or step)))
        yield TaskTarget(runner="mix", name=alias, line=f"mix {alias}", evidence=f"{evidence}#{alias}", body=body)


def _aliases(text: str) -> str:
    """Return the body of the function `aliases`, up to an `end` with its indentation; empty where there is none."""
    start = _ALIASES.search(text)
    body = text[start.end() : start.end() + _LONGEST_ALIASES] if start else ""
    end = body.find(f"\n{start[1]}end\n") if start else -1
    return body[:end] if end >= 0 else ""


def _has_endpoint(folder: EvidenceFolder) -> bool:
    """Return whether a project defines a server of its own, and is no extension of Phoenix."""
    start = len(folder.at("")) if folder.path else 0
    return folder.has("config/config.exs") and any(_ENDPOINT.fullmatch(path[start:]) for path in folder.paths)


def _line(step: str) -> str:
    """Return what a step of an alias runs: a task of Mix, or a program (`cmd npm ci`)."""
    return step.removeprefix("cmd ") if step.startswith("cmd ") else f"mix {step}"
