"""A branch and a tag of a git repository that hold the unpacked bundle, for installers that clone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, newer, put_status
from codex.shell.repository import RemoteRepository
from skills_build import inert
from skills_build.errors import CodexError

BRANCH: Final = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPublisher:
    """A repository, by path or address; git's own configuration has the credentials."""

    address: str
    branch: str = BRANCH

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Commit the bundle on top of the branch, and push branch and tag at once or not at all.

        A version that is older than the branch's gets a tag alone.
        """
        tag = f"v{offer.version}"
        with RemoteRepository.opened(self.address) as remote:
            tree = remote.tree(offer.tree)
            tagged, tip = remote.commit_of(f"refs/tags/{tag}"), remote.commit_of(f"refs/heads/{self.branch}")
            if tagged is not None and remote.tree_of(tagged) != tree:
                raise differs_error(tag, self.address)
            if tip is not None and not remote.holds(tip, "manifest.json"):
                hint = f"name a branch for it: git:{self.address}#skills"
                raise CodexError(f"the branch `{self.branch}` of {self.address} is not one of ours", hint=hint)
            current = tip is not None and remote.tree_of(tip) == tree
            kept = tip is not None and newer(_version(remote.read(tip, "manifest.json")), offer.version)
            behind = not current and not kept
            if (behind or tagged is None) and not dry:
                message = f"{inert.subject(offer.name)}\n\n{inert.message(offer.notes)}".rstrip() + "\n"
                known = tip if current else tagged if tip is None else None
                commit = known or remote.commit(tree, None if kept else tip, message)
                branch = {f"refs/heads/{self.branch}": commit} if behind else {}
                remote.push({**branch, **({} if tagged else {f"refs/tags/{tag}": commit})})
        done = StepStatus.THERE if tagged is not None else put_status(dry=dry)
        of_branch = StepStatus.KEPT if kept and tagged is None else StepStatus.THERE
        yield PublishStep(what=f"branch {self.branch}", done=put_status(dry=dry) if behind else of_branch)
        yield PublishStep(what=f"tag {tag}", done=done)


def _version(manifest: bytes) -> object:
    try:
        found = json.loads(manifest)
    except (ValueError, RecursionError):
        return None
    return found.get("version") if isinstance(found, dict) else None
