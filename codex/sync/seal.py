"""Recognises commits by codexc without trusting author addresses.

There are two grades. A commit is *untouched* if its trailers match its changes and its message, and its parent is on
the default branch. That detects edits by people, and allows codexc to rewrite the commit. Anyone can compute trailers,
so they do not allow codexc to keep a commit: for that it must be *exact*, that is, what this run would write on the
same parent. Trailers: https://git-scm.com/docs/git-interpret-trailers.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final

from codex.sync import block
from codex.sync.changeset import Action, ChangeSet, ObservedFile
from codex.sync.lock import blob_id, git_mode
from codex.sync.observed import BranchTip, TreeEntry
from codex.sync.policy import Policy
from codex.sync.request_body import mark_of
from codex.sync.trust import Allow
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.inert import word

_NAMES: Final = ("Source", "Version", "Base", "Digest", "Seal")
_EXTRA: Final = r"(?P<extra>(?:(?!(?i:codex-))[A-Za-z][A-Za-z0-9-]*: .*\n)*)"
"""Trailers of the organisation, such as `Signed-off-by`, in the same paragraph."""
_TRAILERS: Final = re.compile(_EXTRA + "\n".join(rf"Codex-{name}: (?P<{name.lower()}>\S+)" for name in _NAMES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailers:
    """The trailers of a commit by codexc. `version` is the release that it was written from.

    `digest` covers the managed content, `seal` everything that the commit changes and its message.
    """

    source: str
    version: str
    base: str
    digest: str
    seal: str

    def text(self) -> str:
        """Write the trailers as the last paragraph of a message."""
        return (
            f"Codex-Source: {self.source}\nCodex-Version: {self.version}\nCodex-Base: {self.base}\n"
            f"Codex-Digest: {self.digest}\nCodex-Seal: {self.seal}\n"
        )


def trailers(message: str) -> Trailers | None:
    """Read the trailers of a message, if its last paragraph ends in exactly these, once each and in this order."""
    match = _TRAILERS.fullmatch(message.rstrip().rpartition("\n\n")[2])
    return Trailers(**{name.lower(): match[name.lower()] for name in _NAMES}) if match else None


def message_text(message: str) -> str:
    """Return a message without our trailers; those of the organisation are its last paragraph then."""
    head, _, last = message.rstrip().rpartition("\n\n")
    match = _TRAILERS.fullmatch(last)
    return f"{head.strip()}\n\n{match['extra'].strip() if match else ''}".strip()


def sealed(tip: BranchTip) -> bool:
    """Whether the branch that ends in this commit is untouched (its trailers may be forged)."""
    claimed = trailers(tip.message)
    if claimed is None or not tip.on_base:
        return False
    return claimed.seal in (seal(tip.changed, message_text(tip.message)), _plain_seal(tip.changed))


def other_codex(tip: BranchTip, body: str, source: str) -> str:
    """Return the namespace of the codex that an untouched branch is by, if it is not `source`; otherwise nothing.

    `body` is that of its open merge request. A branch that names another codex in a merge request of ours is forged.
    """
    claimed, mark = trailers(tip.message) if sealed(tip) else None, mark_of(body)
    if claimed is None or claimed.source == word(source) or (mark is not None and mark.codex == source):
        return ""
    return claimed.source


def refuse_other_codex(tip: BranchTip, body: str, policy: Policy) -> None:
    """Raise `CodexError` for a branch of another codex: each would turn the merge request of the other into its own."""
    other = other_codex(tip, body, policy.source)
    if other:
        hint = f"set another `sync.branch` for one of the two codexes; to replace `{other}`, add `{Allow.NAMESPACE}`"
        raise CodexError(f"`{policy.branch}` is the branch of another codex, `{other}`", hint=hint)


def exact(tip: BranchTip, work: ChangeSet, message: str) -> bool:
    """Whether a commit is byte for byte what this change set writes on its parent, with this message."""
    return tip.on_base and tip.changed == changes_of(work) and tip.message.strip() == message.strip()


def seal(changed: Mapping[str, TreeEntry | None], text: str) -> str:
    """Return the digest of a commit: sha256 over its message and the sorted lines `path NUL mode SP blob id`.

    A deletion has `-` for mode and id.
    """
    lines = (f"{path}\0{f'{entry.mode} {entry.blob}' if entry else '-'}\n" for path, entry in changed.items())
    return _digest((f"{text.strip()}\0\n", *sorted(lines)))


def _plain_seal(changed: Mapping[str, TreeEntry | None]) -> str:
    """The seal of earlier releases, which covered neither modes nor the message."""
    return _digest(sorted(f"{path}\0{entry.blob if entry else '-'}\n" for path, entry in changed.items()))


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def changes_of(work: ChangeSet) -> dict[str, TreeEntry | None]:
    """Return what a commit of this change set changes."""
    return {
        write.path: None
        if write.action is Action.DELETE or write.new is None
        else TreeEntry(blob=blob_id(write.new), mode=git_mode(write.mode))
        for write in work.writes
    }


def message_of(text: str, work: ChangeSet, claimed: Trailers, *, extra: Sequence[str] = ()) -> str:
    """Return the message of a commit: its text, `extra` trailers, and our trailers with the seal of all."""
    text = "\n\n".join(part for part in (text.strip(), "\n".join(extra)) if part)
    ending = Trailers(
        source=word(claimed.source),
        version=claimed.version,
        base=claimed.base,
        digest=claimed.digest,
        seal=seal(changes_of(work), text),
    )
    separator = "\n" if extra else "\n\n"
    return f"{text}{separator}{ending.text()}"


def owned_digest(work: ChangeSet, seen: Mapping[str, ObservedFile], *, coalesced: Set[str] = frozenset()) -> str:
    """Return the digest of the managed content after the change set: the text of blocks, git's ids of files.

    It leaves out the lock, coalesced files and hand-written text, so that changes of these do not change it.
    """
    by_path = {change.path: change for change in work.changes}
    lines = []
    for path in set(work.lock.files) - coalesced if work.lock else ():
        change = by_path.get(path)
        written = change.new if change is not None and change.writes else None
        lines.append(f"{path}\0{blob_id(written) if written is not None else seen[path].blob}\n")
    for path, text in (work.lock.blocks if work.lock else {}).items():
        kept_change = by_path.get(path)
        existing = (
            block.find_block(seen[path].data or b"")
            if kept_change is not None and kept_change.action is Action.KEEP
            else None
        )
        lines.append(
            f"{path}\0{block.block_digest(existing.text) if isinstance(existing, block.OwnedBlock) else text}\n"
        )
    lines += [f"{key.path}#{key.pointer}\0{key.digest}\n" for key in (work.lock.own_keys if work.lock else ())]
    deletions = [f"{write.path}\0-\n" for write in work.writes if write.action is Action.DELETE]
    return hashlib.sha256("".join(sorted((*lines, *deletions))).encode()).hexdigest()
