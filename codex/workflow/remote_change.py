"""Reads the change of a merge request from its forge, as data: no part of it is checked out or run."""

from codex.forge.base import Forge
from codex.http.errors import HttpError
from codex.shell.listing import ListedRepository
from codex.shell.revisions import MAX_DIFF
from codex.sync.observed import MergeRequest
from codex.sync.repository import Repository
from codex.workflow.audit import MAX_FILE
from codex.workflow.own_repository import request_at
from skills_build.errors import CodexError
from skills_build.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteChange:
    """A change on a forge: its head, the diff as the forge shows it, and the files of the head."""

    head: str
    diff: bytes
    files: ListedRepository


def remote_change(address: str, *, token: str | None = None) -> RemoteChange:
    """Read the change of the merge request at a URL. Raises `CodexError` if the forge does not show all of it."""
    repository, request = request_at(address, token=token)
    forge, target = repository.forge, repository.target
    host = forge.review_host()
    head = host.head(target, request).head
    try:
        diff = host.diff(target, request, most=MAX_DIFF)
    except HttpError as error:
        if error.status not in (406, 413, 422) and error.status:
            raise
        hint = "review the merge request in a job that checks it out, without a token"
        raise CodexError(
            f"the forge did not return the diff of the merge request: {error.message}", hint=hint
        ) from error
    files = _files(forge, target, head)
    _require_same_head(host.head(target, request).head, head, request)
    return RemoteChange(head=head, diff=diff, files=files)


def _files(forge: Forge, target: Repository, head: str) -> ListedRepository:
    return forge.fetch(target, head, most=MAX_FILE)


def _require_same_head(now: str, before: str, request: MergeRequest) -> None:
    if now != before:
        raise CodexError(f"merge request {request.number} changed while it was being read", hint="run the review again")
