"""Finds the lines of shell scripts in the steps of a pipeline, such as `run:` of GitHub and `script:` of GitLab.

A line counts if the change shows the key that its script belongs to. Keys:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsrun,
https://docs.gitlab.com/ci/yaml/#script, https://circleci.com/docs/configuration-reference/#run,
https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/steps-script.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from codex.profile.paths import is_pipeline

_KEY: Final = re.compile(
    r"(?P<indent>[ -]*)(?:run|bash|script|before_script|after_script|commands?|before_install|install)\s*:"
    r"(?:\s+(?P<value>\S.*))?$"
)
_BLOCK: Final = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")
_ITEM: Final = re.compile(r" *-(?: +(?P<value>\S.*))?$")


def scripts(
    path: str, added: Iterable[tuple[int, str]], context: Iterable[tuple[int, str]]
) -> tuple[tuple[int, str], ...]:
    """Return the added lines of shell scripts in a pipeline, without the YAML around them."""
    added = tuple(added)
    if not (added and path.endswith((".yml", ".yaml")) and is_pipeline(path)):
        return ()
    new = {number for number, _ in added}
    rows = sorted((number, text) for number, text in (*added, *context) if number > 0)
    return tuple(row for row in _script_lines(rows) if row[0] in new)


def _script_lines(rows: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the lines of scripts.

    `key` is the column of a key whose list of commands follows; lines beyond the column `block` are a literal block.
    """
    key: int | None = None
    block: int | None = None
    last = 0
    for number, text in rows:
        if number != last + 1:
            key = block = None
        last = number
        column = len(text) - len(text.lstrip(" "))
        if not text.strip():
            continue
        if block is not None and column > block:
            yield number, text.strip()
            continue
        block = None
        item = _ITEM.match(text) if key is not None and column >= key else None
        if item:
            if _BLOCK.match(item["value"] or ""):
                block = column
            else:
                yield number, _plain(item["value"] or "")
            continue
        key = None
        found = _KEY.match(text)
        if found and not found["value"]:
            key = len(found["indent"])
        elif found and _BLOCK.match(found["value"]):
            block = len(found["indent"])
        elif found:
            yield number, _plain(found["value"])


def _plain(value: str) -> str:
    """Return a scalar of one line without its quotes."""
    return value[1:-1] if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] else value
