"""Tells our commits from everybody else's, without trusting an author's address.

A commit is ours if its trailers say what it changes and it changes just that, on top of a commit of the default branch.
Trailers as git-interpret-trailers(1) has them.
"""

import hashlib
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from codex.sync import block
from codex.sync.fleet import Tip
from codex.sync.lock import blob_id
from codex.sync.work import Action, Seen, Work

_TRAILER: Final = re.compile(r"^(Codex-[A-Z][a-z]+): (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailers:
    """What a commit of ours says of itself. `digest` is of what is ours in it, `seal` of all that it changes."""

    source: str
    version: str
    base: str
    digest: str
    seal: str

    def text(self) -> str:
        """The trailers as the last paragraph of a message."""
        return (
            f"Codex-Source: {self.source}\nCodex-Version: {self.version}\nCodex-Base: {self.base}\n"
            f"Codex-Digest: {self.digest}\nCodex-Seal: {self.seal}\n"
        )


def trailers(message: str) -> Trailers | None:
    """The trailers of a message, if it has all of them, once each, in its last paragraph."""
    found = _TRAILER.findall(message.rstrip().rsplit("\n\n", 1)[-1])
    values = dict(found)
    names = ("Source", "Version", "Base", "Digest", "Seal")
    if len(found) != len(names) or any(f"Codex-{name}" not in values for name in names):
        return None
    return Trailers(**{name.lower(): values[f"Codex-{name}"] for name in names})


def sealed(tip: Tip) -> bool:
    """Whether nobody but us worked on a branch that ends in this commit."""
    said = trailers(tip.message)
    return said is not None and tip.on_base and said.seal == seal(tip.changed)


def seal(changed: Mapping[str, str | None]) -> str:
    """The digest of a commit's changes: sha256 over the sorted lines `path NUL blob id LF` (`-` for a deletion)."""
    lines = sorted(f"{path}\0{blob or '-'}\n" for path, blob in changed.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def changes_of(work: Work) -> dict[str, str | None]:
    """What a commit of this work changes."""
    return {
        one.path: None if one.action is Action.DELETE or one.new is None else blob_id(one.new) for one in work.writes
    }


def digest(work: Work, seen: Mapping[str, Seen], *, riding: Set[str] = frozenset()) -> str:
    """The digest of what is ours once the work is done: of blocks their text, of files git's ids.

    The lock is left out, and so are files that only ride along with others and every word that is not ours: the digest
    stays the same while they change.
    """
    new = {one.path: one for one in work.changes}
    lines = []
    for path in set(work.lock.files) - riding if work.lock else ():
        change = new.get(path)
        written = change.new if change is not None and change.writes else None
        lines.append(f"{path}\0{blob_id(written) if written is not None else seen[path].blob}\n")
    for path, text in (work.lock.blocks if work.lock else {}).items():
        kept = new.get(path)
        found = block.find(seen[path].data or b"") if kept is not None and kept.action is Action.KEEP else None
        lines.append(f"{path}\0{block.digest(found.text) if isinstance(found, block.Block) else text}\n")
    gone = [f"{one.path}\0-\n" for one in work.writes if one.action is Action.DELETE]
    return hashlib.sha256("".join(sorted((*lines, *gone))).encode()).hexdigest()
