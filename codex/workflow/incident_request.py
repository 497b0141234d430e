"""Proposes rules from the review of an incident by merge request."""

from pathlib import PurePosixPath
from typing import Final

from codex.distill.proposal import Proposal
from codex.forge.base import FileWrite
from codex.shell.repository import GitRepository
from codex.sync.request_text import RequestText
from codex.workflow.branch_request import BranchRequest, head_of, keep_request, refuse_foreign
from codex.workflow.codex_folder import CodexFolder
from codex.workflow.own_repository import OwnRepository
from skills_build.errors import CodexError
from skills_build.inert import code, prose, subject
from skills_build.source.origins import is_url
from skills_build.source.slug import slug

_TRAILER: Final = "Codex-Draft: "


def request_proposal(place: CodexFolder, own: OwnRepository, proposal: Proposal) -> tuple[str, str]:
    """Open or update the merge request with these rules; return its address, and what was done.

    Raises `CodexError` unless the checkout is the default branch of the repository, without changes of the standards,
    and `RefusedError` if others changed the branch.
    """
    repository = GitRepository.around(place.root)
    if repository is None:
        raise CodexError("the standards are not in a Git repository", hint="leave out `--merge-request`")
    branch = f"codex/incident-{slug(PurePosixPath(proposal.source).stem, most=60) or 'review'}"
    head = head_of(own, branch)
    refuse_foreign(head, branch, _TRAILER)
    if repository.head() != head.base:
        hint = "run `git switch` and `git pull` first"
        raise CodexError("the checkout is not at the tip of the default branch", hint=hint)
    if not is_url(proposal.origin) and repository.read("HEAD", proposal.origin) is None:
        hint = "commit and merge the file first, or pass its URL with `--origin URL`"
        raise CodexError(f"`{proposal.origin}` is not committed", hint=hint)
    writes = []
    for change in proposal.changes:
        path = repository.relative(place.root / change.path)
        if repository.read("HEAD", path) != change.old:
            raise CodexError(f"`{path}` has changes that are not committed", hint="commit or undo the changes first")
        writes.append(FileWrite(path=path, data=change.new))
    ids = ", ".join(one.rule.id for one in proposal.rules)
    wanted = BranchRequest(branch=branch, text=_text(proposal, ids), writes=writes, trailer=_TRAILER, value=ids)
    return keep_request(own, head, wanted)


def _text(proposal: Proposal, ids: str) -> RequestText:
    lines = [f"Draft rules from {code(proposal.source)}:", ""]
    for one in proposal.rules:
        lines.append(f"- {code(one.rule.id)} in {code(one.path)}: {prose(one.rule.demand.sentence)}")
    for related in proposal.contradictions[:20]:
        lines.append(f"- not drafted, because it may contradict {code(related.existing)}: {prose(related.statement)}")
    footer = (
        "Confirm the level and standard of each rule. Drafts are not part of the output until their `Status` changes."
    )
    return RequestText(title=subject(f"Draft {ids}"), body="\n".join([*lines, "", footer, ""]))
