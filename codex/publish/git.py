"""A branch and a tag of a git repository with the unpacked bundle, for installers that clone."""

from collections.abc import Iterator
from typing import Final

from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, newer, upload_status
from codex.shell.repository import RemoteRepository
from skills_build import inert
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json

BRANCH: Final = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPublisher:
    """A repository, by path or address; credentials come from git's configuration."""

    address: str
    branch: str = BRANCH

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Commit the bundle on top of the branch, and push branch and tag atomically.

        A version that is older than the branch's gets only a tag.
        """
        tag = f"v{offer.version}"
        with RemoteRepository.opened(self.address) as remote:
            tree = remote.tree(offer.tree)
            tagged, tip = remote.commit_of(f"refs/tags/{tag}"), remote.commit_of(f"refs/heads/{self.branch}")
            if tagged is not None and remote.tree_of(tagged) != tree:
                raise differs_error(tag, self.address)
            if tip is not None and not remote.holds(tip, "manifest.json"):
                hint = f"use another branch: git:{self.address}#skills"
                message = f"the branch `{self.branch}` of {self.address} was not created by codexc"
                raise CodexError(message, hint=hint)
            is_current = tip is not None and remote.tree_of(tip) == tree
            is_kept = tip is not None and newer(_version(remote.read(tip, "manifest.json")), offer.version)
            is_behind = not is_current and not is_kept
            if (is_behind or tagged is None) and not dry:
                message = f"{inert.subject(offer.name)}\n\n{inert.message(offer.notes)}".rstrip() + "\n"
                existing = tip if is_current else tagged if tip is None else None
                commit = existing or remote.commit(tree, None if is_kept else tip, message)
                name = f"refs/heads/{self.branch}"
                branch = {name: commit} if is_behind else {}
                # Within the second in which it was tagged, the new commit is identical to the tagged one.
                known = {name: tip} if tip is not None and commit == tagged else {}
                remote.push({**branch, **({} if tagged else {f"refs/tags/{tag}": commit})}, known=known)
        done = StepStatus.THERE if tagged is not None else upload_status(dry=dry)
        branch_status = StepStatus.KEPT if is_kept and tagged is None else StepStatus.THERE
        yield PublishStep(what=f"branch {self.branch}", status=upload_status(dry=dry) if is_behind else branch_status)
        yield PublishStep(what=f"tag {tag}", status=done)


def _version(manifest: bytes) -> object:
    try:
        data = parse_json(manifest)
    except (ValueError, RecursionError):
        return None
    return data.get("version") if isinstance(data, dict) else None
