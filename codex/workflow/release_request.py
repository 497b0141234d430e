"""Releases by merge request, where pushes to the default branch are not allowed.

One merge request from `codex/release` has version, changelog, output and record, computed again on each push. Once its
content is on the default branch, however it was merged, that commit is tagged. All state is read from the repository,
so an interrupted run can be repeated.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from codex.forge.base import FileWrite, RepositoryHead
from codex.shell.repository import GitRepository
from codex.shell.tree import read_inside
from codex.sync.request_text import RequestText
from codex.workflow.branch_request import BranchRequest, head_of, keep_request, refuse_foreign
from codex.workflow.build import BuildResult
from codex.workflow.codex_folder import CHANGELOG, CodexFolder, default_out, schema
from codex.workflow.compare import TAG
from codex.workflow.own_repository import OwnRepository
from codex.workflow.parsing import Progress
from codex.workflow.release import ReleaseDraft, ReleaseOptions, draft_release, release_message
from skills_build.emit.committed import committed, completed
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.inert import page
from skills_build.model.release import RECORD, Released
from skills_build.release.changelog import section_of
from skills_build.release.record import load_record
from skills_build.release.snapshot import PARTS, codex_snapshot

BRANCH: Final = "codex/release"
_TRAILER: Final = "Codex-Release: "
_FOOTER: Final = (
    "\n---\n\nTo release {version}, merge this request; a merge commit, squash and rebase all work. Until then, the "
    "request is updated whenever the standards change. Add notes for readers under `## Unreleased` in the changelog.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestResult:
    """The result of a run: the tag that it created, the merge request that it maintains, and its state."""

    tag: str = ""
    draft: ReleaseDraft | None = None
    url: str = ""
    done: str = "nothing"
    """`opened`, `updated`, `current`, `closed`, `stopped` (the standards have errors), `superseded` or `nothing`."""


def request_release(
    place: CodexFolder, own: OwnRepository, options: ReleaseOptions, *, progress: Progress = iter
) -> RequestResult:
    """Tag what was merged, and open, update or close the merge request of the next release.

    Raises `RefusedError` if people have changed its branch, or if the release is refused.
    """
    repository = GitRepository.around(place.root)
    if repository is None:
        raise CodexError("the standards are not in a Git repository", hint="leave out `--request`")
    place, tag = _tag_merged(place, repository)
    head = head_of(own, BRANCH)
    if head.base != repository.head():
        return RequestResult(tag=tag, done="superseded")
    draft = draft_release(place, options, progress=progress)
    if draft.built is not None and not draft.built.artifacts:
        return RequestResult(tag=tag, draft=draft, done="stopped")
    refuse_foreign(head, BRANCH, _TRAILER)
    if draft.version is None or draft.built is None:
        return RequestResult(tag=tag, draft=draft, done=_close(own, head))
    url, done = _request(own, head, draft, repository)
    return RequestResult(tag=tag, draft=draft, url=url, done=done)


def _tag_merged(place: CodexFolder, repository: GitRepository) -> tuple[CodexFolder, str]:
    """Tag the commit that brought the last release to this branch, if it has no tag yet.

    If other changes came with it, the release is not what was reviewed: it counts as not made, and is prepared again.
    """
    released = place.released
    if released is None or repository.has_tag(f"{TAG}{released.version}"):
        return place, ""
    record = repository.relative(place.root / RECORD)
    commit = repository.last_change(record)
    if commit is not None and _is_release(place, repository, commit, released):
        text = (read_inside(place.root, CHANGELOG) or b"").decode("utf-8", "replace")
        section = section_of(text, released.version) or ""
        tag = f"{TAG}{released.version}"
        repository.tag(tag, release_message(place, released.version, section), commit)
        return place, tag
    before = repository.read(f"{commit}^", repository.relative(place.root / CHANGELOG)) if commit else None
    changelog = before.decode("utf-8", "replace") if before else ""
    return replace(place, recorded=_record_before(repository, record, released), changelog=changelog), ""


def _is_release(place: CodexFolder, repository: GitRepository, commit: str, released: Released) -> bool:
    """Whether the output in a commit is that of the release in its record."""
    files = completed(repository.files(commit, repository.relative(default_out(place.root))))
    try:
        by_path = {file.path: file.data for file in files}
        snapshot = codex_snapshot(by_path, {name: schema(name) for name in PARTS.values()}, name="the release")
    except CodexError:
        return False
    return (snapshot.version, snapshot.tree) == (released.version, released.tree)


def _record_before(repository: GitRepository, path: str, released: Released) -> bytes | None:
    """The record of the last release that has a tag; None if there is none."""
    for entry in released.history[1:]:
        if repository.has_tag(f"{TAG}{entry.version}"):
            data = repository.read(f"{TAG}{entry.version}", path)
            return data if data and load_record(data, schema=schema("releases")).version == entry.version else None
    return None


def _close(own: OwnRepository, head: RepositoryHead) -> str:
    if head.request is not None:
        own.forge.close_request(head.target, head.request)
    if head.tip is not None:
        own.forge.delete_branch(head.target, BRANCH, expected=head.tip.commit)
    return "closed" if head.request is not None else "nothing"


def _request(
    own: OwnRepository, head: RepositoryHead, draft: ReleaseDraft, repository: GitRepository
) -> tuple[str, str]:
    """Bring branch and merge request up to date; return the address of the request, and what was done."""
    assert draft.built is not None
    writes = _writes(draft, draft.built, repository)
    wanted = BranchRequest(branch=BRANCH, text=_text(draft), writes=writes, trailer=_TRAILER, value=str(draft.version))
    return keep_request(own, head, wanted)


def _text(draft: ReleaseDraft) -> RequestText:
    assert draft.version is not None
    notes = page(draft.section.partition("\n")[2].strip())
    return RequestText(
        title=f"Release {draft.place.config.title} {draft.version}",
        body=f"{notes}\n{_FOOTER.format(version=draft.version)}",
    )


def _writes(draft: ReleaseDraft, built: BuildResult, repository: GitRepository) -> Sequence[FileWrite]:
    """The files that the release changes on top of the current commit."""
    out = repository.relative(built.options.out)
    beside = {**built.files_outside, **(draft.files or {})}
    new = {f"{out}/{file.path}": (file.data, file.mode) for file in committed(built.artifacts)}
    outside = {repository.relative(path): (data, 0o644) for path, data in beside.items()}
    new |= outside
    old = {f"{out}/{file.path}": (file.data, file.mode) for file in repository.files("HEAD", out)}
    old |= {path: (data, 0o644) for path in outside if (data := repository.read("HEAD", path)) is not None}
    gone = [FileWrite(path=path) for path in sorted(old) if path not in new]
    changed = [FileWrite(path=p, data=d, mode=m) for p, (d, m) in sorted(new.items()) if old.get(p) != (d, m)]
    return [*changed, *gone]
