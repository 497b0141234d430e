"""What agents read of AGENTS.md: one file a folder from the root down, as one chain, cut where it is too long.

Source: openai/codex, `codex-rs/core/src/agents_md.rs`: 32 KiB of the chain by default, the root's first.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from codex.sync.changeset import FileChange, ObservedFile

CHAIN: Final = 32 * 1024
"""Bytes of a chain that are read."""
_NAME: Final = "AGENTS.md"


def chain_notes(changes: Iterable[FileChange], seen: Mapping[str, ObservedFile]) -> Iterator[str]:
    """Yield a note for each AGENTS.md of ours that ends beyond what is read, the words of its people counted too."""
    sizes = {path: len(change.data) for path, change in seen.items() if _is_host(path) and change.data is not None}
    ours = [change for change in changes if _is_host(change.path)]
    sizes |= {change.path: len(change.new or b"") for change in ours if change.writes}
    for change in ours:
        chain = [path for path in sizes if _above(path, change.path)]
        total = sum(sizes[path] for path in chain)
        if total > CHAIN and change.path in sizes:
            files = "has" if len(chain) == 1 else f"and the {len(chain) - 1} above it have"
            yield (
                f"`{change.path}` {files} {total:,} bytes, and some agents ignore all after the first {CHAIN:,}: "
                "shorten your own text, or move it into skills"
            )


def _is_host(path: str) -> bool:
    return path.rpartition("/")[2] == _NAME


def _above(path: str, below: str) -> bool:
    """Whether a file is read before another, or is it."""
    folder = path.rpartition("/")[0]
    return not folder or below.startswith(f"{folder}/")
