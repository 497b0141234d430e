"""Proposes drafts by merge request, with the same branch handling as releases by merge request."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from codex.distill.draft import Draft
from codex.forge.base import FileWrite
from codex.shell.repository import GitRepository
from codex.sync.request_text import RequestText
from codex.workflow.branch_request import BranchRequest, head_of, keep_request, refuse_foreign
from codex.workflow.codex_folder import CodexFolder
from codex.workflow.own_repository import OwnRepository
from skills_build.counts import counted
from skills_build.errors import CodexError
from skills_build.inert import code, prose

_TRAILER: Final = "Codex-Draft: "


def request_drafts(place: CodexFolder, own: OwnRepository, drafts: Sequence[Draft]) -> tuple[str, str]:
    """Open or update the merge request with these drafts; return its address, and what was done.

    Raises `CodexError` if a file exists on the current commit, and `RefusedError` if others changed the branch.
    """
    repository = GitRepository.around(place.root)
    if repository is None:
        raise CodexError("the standards are not in a Git repository", hint="leave out `--merge-request`")
    writes = []
    for draft in drafts:
        path = repository.relative(Path(draft.path))
        if repository.read("HEAD", path) is not None:
            raise CodexError(f"`{path}` already exists", hint="pass another directory with `--out`")
        writes.append(FileWrite(path=path, data=draft.text.encode()))
    ids = ", ".join(draft.page.id for draft in drafts)
    branch = f"codex/draft-{drafts[0].page.id.lower()}"
    head = head_of(own, branch)
    refuse_foreign(head, branch, _TRAILER)
    wanted = BranchRequest(branch=branch, text=_text(drafts, ids), writes=writes, trailer=_TRAILER, value=ids)
    return keep_request(own, head, wanted)


def _text(drafts: Sequence[Draft], ids: str) -> RequestText:
    lines = []
    for draft in drafts:
        lines.append(f"- {code(draft.page.id)} from {code(draft.source)}: {counted(len(draft.page.rules), 'rule')}")
        for one in draft.contradictions[:20]:
            lines.append(f"  - {code(one.draft)} may contradict {code(one.existing)}: {prose(one.statement)}")
    footer = "Each rule quotes its source sentence. Drafts are not part of the output until you change their `status`."
    return RequestText(title=f"Draft {ids}", body="\n".join([*lines, "", footer, ""]))
