"""A branch and a tag of a git repository that hold the unpacked bundle, for installers that clone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from codex.publish.offer import Done, Offer, Step, differs, put
from codex.shell.repository import Remote
from skills_build.errors import CodexError

BRANCH: Final = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """A repository, by path or address; git's own configuration has the credentials."""

    address: str
    branch: str = BRANCH

    def publish(self, offer: Offer, *, dry: bool) -> Iterator[Step]:
        """Commit the bundle on top of the branch, and push branch and tag at once or not at all."""
        tag = f"v{offer.version}"
        with Remote.opened(self.address) as remote:
            tree = remote.tree(offer.tree)
            tagged, tip = remote.commit_of(f"refs/tags/{tag}"), remote.commit_of(f"refs/heads/{self.branch}")
            if tagged is not None and remote.tree_of(tagged) != tree:
                raise differs(tag, self.address)
            if tip is not None and not remote.holds(tip, "manifest.json"):
                hint = f"name a branch for it: git:{self.address}#skills"
                raise CodexError(f"the branch `{self.branch}` of {self.address} is not one of ours", hint=hint)
            current = tip is not None and remote.tree_of(tip) == tree
            if tagged is None and not dry:
                message = f"{offer.name}\n\n{offer.notes}".rstrip() + "\n"
                commit = tip if current and tip else remote.commit(tree, tip, message)
                remote.push({f"refs/heads/{self.branch}": commit, f"refs/tags/{tag}": commit})
        done = Done.THERE if tagged is not None else put(dry=dry)
        yield Step(what=f"branch {self.branch}", done=Done.THERE if current or tagged else done)
        yield Step(what=f"tag {tag}", done=done)
