"""The budget of AGENTS.md: agents read one file per folder from the root down as one chain, and cut a long one.

Source: https://github.com/openai/codex/blob/main/codex-rs/core/src/agents_md.rs, which reads 32 KiB of the chain by
default, starting with the root's file.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from codex.sync.changeset import FileChange, ObservedFile
from skills_build.counts import counted

CHAIN: Final = 32 * 1024
"""Maximum number of bytes of a chain that clients read."""
_NAME: Final = "AGENTS.md"


def chain_notes(changes: Iterable[FileChange], seen: Mapping[str, ObservedFile]) -> Iterator[str]:
    """Yield a note for each AGENTS.md with a block whose end is beyond the budget, including hand-written text."""
    sizes = {path: len(file.data) for path, file in seen.items() if _is_host(path) and file.data is not None}
    hosts = [change for change in changes if _is_host(change.path)]
    sizes |= {change.path: len(change.new or b"") for change in hosts if change.writes}
    for change in hosts:
        chain = [path for path in sizes if _above(path, change.path)]
        total = sum(sizes[path] for path in chain)
        if total > CHAIN and change.path in sizes:
            files = "has" if len(chain) == 1 else f"and {counted(len(chain) - 1, 'parent file')} have"
            yield (
                f"`{change.path}` {files} {total:,} bytes, and some agents ignore everything after the "
                f"first {CHAIN:,} bytes: shorten your own text, or move it into skills"
            )


def _is_host(path: str) -> bool:
    return path.rpartition("/")[2] == _NAME


def _above(path: str, below: str) -> bool:
    """Whether a file is read before `below`, or is that file."""
    folder = path.rpartition("/")[0]
    return not folder or below.startswith(f"{folder}/")
