"""CI systems whose steps need no special rules: a table of files and of the keys that hold scripts."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.ecosystems import scripts
from codex.profile.evidence_files import EvidenceFiles
from codex.profile.model import CiCommand
from codex.profile.untyped import as_str, as_strs, as_table
from skills_build.frozen import dataclass

MAX_DEPTH: Final = 12
MAX_VALUES: Final = 4000
"""Maximum number of values in a file that are visited, including those repeated by aliases."""
# In this order: https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/, https://docs.travis-ci.com/user/job-lifecycle/,
# https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/,
# https://buildkite.com/docs/pipelines/configure/step-types/command-step, https://docs.drone.io/pipeline/overview/ and
# https://woodpecker-ci.org/docs/usage/workflow-syntax
_FILES: Final = (
    (re.compile(r"azure-pipelines\.ya?ml"), ("script", "bash")),
    (re.compile(r"\.travis\.ya?ml"), ("install", "before_script", "script")),
    (re.compile(r"bitbucket-pipelines\.ya?ml"), ("script",)),
    (re.compile(r"\.buildkite/[^/]*pipeline[^/]*\.ya?ml"), ("command", "commands")),
    (re.compile(r"\.drone\.ya?ml|\.woodpecker(?:\.ya?ml|/[^/]+\.ya?ml)"), ("commands",)),
)
_TITLES: Final = ("name", "label", "displayName", "job", "stage", "os", "condition", "if", "vmImage")
_FOLDERS: Final = ("workingDirectory",)


def is_evidence(path: str) -> bool:
    """Return whether a file belongs to one of these systems."""
    return any(pattern.fullmatch(path) for pattern, _ in _FILES)


def lines(sources: EvidenceFiles, path: str) -> Iterator[CiCommand]:
    """Yield the lines of all scripts in a file; the evidence of each is its key path in the file."""
    keys = next((keys for pattern, keys in _FILES if pattern.fullmatch(path)), ())
    pending = [_Value(data=data, place="", is_variant=False, depth=0) for data in sources.documents(path)]
    budget = scripts.Budget(sources=sources, path=path, limit=MAX_VALUES)
    while pending and budget.spend():
        value = pending.pop(0)
        is_variant = value.is_variant or scripts.names_variant(
            " ".join(filter(None, (as_str(value.data, key) for key in _TITLES)))
        )
        for key in keys:
            text = "\n".join(as_strs(value.data, key))
            folder = next((directory for name in _FOLDERS if (directory := as_str(value.data, name))), "")
            yield from scripts.lines([(f"{path}#{value.at(key)}", text)], folder, is_variant=is_variant)
        children = _children(value, is_variant)
        if value.depth < MAX_DEPTH:
            pending[:0] = children
        elif children:
            sources.note(path, f"the file is nested more than {MAX_DEPTH} levels deep; deeper levels were not read")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A value of a file, with its key path."""

    data: object
    place: str
    is_variant: bool
    depth: int

    def at(self, key: str) -> str:
        """Return the key path of one of its keys."""
        return f"{self.place}.{key}" if self.place else key


def _children(value: _Value, is_variant: bool) -> list[_Value]:
    """Return the lists and mappings directly in a value."""
    if isinstance(value.data, list):
        items = [(f"{value.place}[{number}]", child) for number, child in enumerate(value.data)]
    else:
        items = [(value.at(key), child) for key, child in as_table(value.data).items()]
    return [
        _Value(data=child, place=place, is_variant=is_variant, depth=value.depth + 1)
        for place, child in items
        if isinstance(child, dict | list)
    ]
