"""Notes about sentences in AGENTS.md that forbid machine-generated changes.

codexc updates such a file anyway, because people and their tools also read it; the owner decides about the merge
request.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from codex.sync.block import OwnedBlock, find_block
from codex.sync.changeset import ObservedFile
from skills_build import inert

MAX_BYTES: Final = 64 * 1024
_NAMES: Final = ("AGENTS.md", "CONTRIBUTING.md", "CLAUDE.md")
_MACHINE: Final = re.compile(
    r"\b(?:ai|llms?|machine|agents?|bots?|copilot|chatgpt|model)[- ]?(?:generated|written|authored|assisted|created)\b"
    r"|\bgenerated (?:by|with|using) (?:an? )?(?:ai|llms?|agents?|bots?|machines?)\b"
    r"|\b(?:ai|llm|agent|machine)[- ](?:contributions?|code|commits?|pull requests?|merge requests?|patches)\b",
    re.IGNORECASE,
)
_FORBIDS: Final = re.compile(
    r"\b(?:not (?:accepted|allowed|welcome|permitted)|no|never|forbidden|prohibited|banned|reject(?:ed|s)?|closed"
    r"|do not (?:submit|open|send|accept|use)|don't (?:submit|open|send|accept|use)|must not|may not|cannot)\b",
    re.IGNORECASE,
)


def owner_notes(seen: Mapping[str, ObservedFile]) -> Iterator[str]:
    """Yield a note for each file with a sentence that forbids machine-generated changes."""
    for path, file in sorted(seen.items()):
        if path.rpartition("/")[2] in _NAMES and file.data is not None:
            sentence = _forbidding(_without_block(file.data)[:MAX_BYTES].decode("utf-8", errors="replace"))
            if sentence is not None:
                number, text = sentence
                yield (
                    f"`{path}:{number}` forbids machine-generated changes ({inert.code(text, most=160)}): "
                    "merge this by hand, or set `opt_out` in `.engineering-codex.yaml`"
                )


def _without_block(data: bytes) -> bytes:
    """Return a file with empty lines instead of our block. What only looks like a block stays."""
    block = find_block(data)
    if not isinstance(block, OwnedBlock):
        return data
    text = data.decode("utf-8-sig")
    empty = "\n" * (len(text[block.start : block.end].splitlines()) - 1)
    return f"{text[: block.start]}{empty}{text[block.end :]}".encode()


def _forbidding(text: str) -> tuple[int, str] | None:
    """Return the first line that forbids such work, with its number."""
    for number, line in enumerate(text.splitlines(), start=1):
        for sentence in line[:2000].split(". "):
            if _MACHINE.search(sentence) and _FORBIDS.search(sentence):
                return number, sentence.strip(" -*>#")
    return None
