"""Bitbucket Cloud's entities as JSON, with the fields that its OpenAPI description has, and no others.

Source: the npm package `@coderabbitai/bitbucket`, which is generated from that description; `bitbucket_shapes` has the
names of its fields. Commits of pull requests are abbreviated to twelve digits.
"""

from datetime import UTC, datetime

from tests.support.forges.forking import source_of
from tests.support.forges.state import MergeRequest, Note, Repository, Status, User
from tests.support.forges.wire import Call

View = dict[str, object]
STATES = {"opened": "OPEN", "closed": "DECLINED", "merged": "MERGED"}
BUILDS = {"success": "SUCCESSFUL", "failure": "FAILED", "pending": "INPROGRESS"}


def uuid_of(number: int) -> str:
    return f"{{00000000-0000-4000-8000-{number:012d}}}"


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user_view(user: User, url: str) -> View:
    return {
        "type": "user",
        "uuid": uuid_of(user.id),
        "account_id": f"557058:{user.id}",
        "display_name": user.name,
        "nickname": user.name,
        "links": {"html": {"href": f"{url}/%7B{user.id}%7D/"}},
    }


def text_view(text: str) -> View:
    return {"raw": text, "markup": "markdown", "html": f"<p>{len(text)} characters</p>"}


def repository_view(repository: Repository, url: str) -> View:
    return {
        "type": "repository",
        "uuid": uuid_of(repository.id),
        "full_name": repository.path,
        "name": repository.name,
        "is_private": True,
        "scm": "git",
        "mainbranch": {"type": "branch", "name": repository.default_branch},
        "links": {"html": {"href": f"{url}/{repository.path}"}},
    }


def _end_view(branch: str, commit: str, repository: Repository | None, url: str) -> View:
    view: View = {"branch": {"name": branch}, "commit": {"hash": commit[:12]}}
    if repository is not None:
        shown = repository_view(repository, url)
        view["repository"] = {name: shown[name] for name in ("type", "uuid", "full_name", "name", "links")}
    return view


def pull_view(request: MergeRequest, repository: Repository, call: Call, *, whole: bool = False) -> View:
    """A pull request; lists leave out its reviewers."""
    url, web = call.url, f"{call.url}/{repository.path}/pull-requests/{request.number}"
    source = source_of(call.world, repository, request)
    target = repository.bare.tip(request.target) or request.base
    view: View = {
        "type": "pullrequest",
        "id": request.number,
        "title": request.title,
        "summary": text_view(request.description),
        "state": STATES[request.state],
        "draft": request.draft,
        "author": user_view(request.author, url),
        "source": _end_view(request.source, request.head, source, url),
        "destination": _end_view(request.target, target, repository, url),
        "close_source_branch": False,
        "comment_count": len(request.notes),
        "task_count": 0,
        "created_on": moment(request.created),
        "updated_on": moment(request.updated),
        "links": {"html": {"href": web}},
    }
    if request.closed_by is not None:
        view |= {"closed_by": user_view(request.closed_by, url), "reason": ""}
    if request.merge_commit:
        view["merge_commit"] = {"hash": request.merge_commit[:12]}
    return (
        view | {"reviewers": [user_view(user, url) for user in request.reviewers], "participants": []}
        if whole
        else view
    )


def comment_view(note: Note, request: MergeRequest, repository: Repository, url: str) -> View:
    web = f"{url}/{repository.path}/pull-requests/{request.number}"
    parent = {"parent": {"type": "pullrequest_comment", "id": note.parent}} if note.parent is not None else {}
    return {
        "type": "pullrequest_comment",
        "id": note.id,
        "content": text_view(note.body),
        "user": user_view(note.author, url),
        "created_on": moment(note.created),
        "updated_on": moment(note.updated),
        "deleted": False,
        "pending": False,
        "links": {"html": {"href": f"{web}/_/diff#comment-{note.id}"}},
        **parent,
    }


def status_view(status: Status) -> View:
    return {
        "type": "build",
        "key": status.name,
        "name": status.name,
        "state": BUILDS[status.state],
        "description": status.description,
        "url": "https://ci.example.invalid/1",
        "created_on": moment(status.created),
        "updated_on": moment(status.created),
    }
