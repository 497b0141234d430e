"""Gitea's and Forgejo's entities as JSON; what is not there is null. Source: their published descriptions."""

import base64
from typing import Final

from dulwich.objects import Commit

from tests.support.forges.bare import Entry
from tests.support.forges.forking import parent_of, source_of
from tests.support.forges.gitlab_views import person
from tests.support.forges.state import Label, MergeRequest, Note, Repository, User
from tests.support.forges.wire import Call, moment

View = dict[str, object]


def user_view(user: User, url: str) -> View:
    return account_view(user.name, user.id, url)


def account_view(name: str, number: int, url: str) -> View:
    return {
        "id": number,
        "login": name,
        "login_name": "",
        "source_id": 0,
        "full_name": "",
        "email": f"{name}@example.invalid",
        "avatar_url": f"{url}/avatars/{number}",
        "html_url": f"{url}/{name}",
        "language": "",
        "is_admin": False,
        "active": True,
        "prohibit_login": False,
        "restricted": False,
        "created": moment(0),
        "last_login": moment(0),
        "visibility": "public",
        "username": name,
    }


_REPOSITORY_FIXED: Final[View] = {
    "description": "",
    "private": True,
    "template": False,
    "size": 24,
    "language": "",
    "link": "",
    "original_url": "",
    "website": "",
    "has_issues": True,
    "has_wiki": False,
    "default_merge_style": "merge",
    "internal": False,
    "object_format_name": "sha1",
    "topics": None,
    "repo_transfer": None,
}
"""The fields of this fake that never change."""


def repository_view(repository: Repository, call: Call) -> View:
    url, path, owner = call.url, repository.path, repository.owner
    web, now = f"{url}/{path}", moment(repository.created)
    writes = call.world.may_write(repository, call.user)
    counts = ("stars_count", "forks_count", "watchers_count", "open_issues_count", "release_counter")
    merges = ("allow_merge_commits", "allow_rebase", "allow_rebase_explicit", "allow_squash_merge")
    return {
        **_REPOSITORY_FIXED,
        "id": repository.id,
        "fork": repository.parent is not None,
        "parent": repository_view(parent, call) if (parent := parent_of(call.world, repository)) else None,
        "owner": account_view(owner, call.world.groups.get(owner, 1), url),
        "name": repository.name,
        "full_name": path,
        "empty": repository.is_empty,
        "mirror": repository.mirror,
        "languages_url": f"{url}/api/v1/repos/{path}/languages",
        "html_url": web,
        "url": f"{url}/api/v1/repos/{path}",
        "ssh_url": f"git@127.0.0.1:{path}.git",
        "clone_url": f"{web}.git",
        **dict.fromkeys(counts, 0),
        "open_pr_counter": sum(request.state == "opened" for request in repository.requests),
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "archived_at": moment(0),
        "created_at": now,
        "updated_at": now,
        "permissions": {"admin": False, "push": writes, "pull": True},
        "has_pull_requests": repository.requests_enabled,
        **dict.fromkeys(merges, True),
        "mirror_interval": "8h0m0s" if repository.mirror else "",
    }


def payload_view(commit: Commit, repository: Repository, url: str) -> View:
    """A commit as a branch shows it."""
    oid = commit.id.decode()
    name, email = person(commit.author)
    who = {"name": name, "email": email, "username": ""}
    return {
        "id": oid,
        "message": commit.message.decode(errors="replace"),
        "url": f"{url}/{repository.path}/commit/{oid}",
        "author": who,
        "committer": who,
        "verification": unsigned(),
        "timestamp": moment(commit.commit_time),
        "added": None,
        "removed": None,
        "modified": None,
    }


def unsigned() -> View:
    text = "gpg.error.not_signed_commit"
    return {"verified": False, "reason": text, "signature": "", "signer": None, "payload": ""}


def file_commit_view(commit: Commit, repository: Repository, url: str) -> View:
    """A commit as an answer to a change of files shows it."""
    oid, tree = commit.id.decode(), commit.tree.decode()
    api = f"{url}/api/v1/repos/{repository.path}/git"
    name, email = person(commit.author)
    who = {"name": name, "email": email, "date": moment(commit.author_time)}
    parents = [parent.decode() for parent in commit.parents]
    return {
        "url": f"{api}/commits/{oid}",
        "sha": oid,
        "created": moment(commit.commit_time),
        "html_url": f"{url}/{repository.path}/commit/{oid}",
        "author": who,
        "committer": who,
        "parents": [{"url": f"{api}/commits/{parent}", "sha": parent, "created": moment(0)} for parent in parents],
        "message": commit.message.decode(errors="replace"),
        "tree": {"url": f"{api}/trees/{tree}", "sha": tree, "created": moment(0)},
    }


def branch_view(name: str, tip: str, repository: Repository, call: Call) -> View:
    approvals = repository.required_approvals if name == repository.default_branch else 0
    protected = name in repository.protected or approvals > 0
    writes = call.world.may_write(repository, call.user) and not protected
    return {
        "name": name,
        "commit": payload_view(repository.bare.commit_object(tip), repository, call.url),
        "protected": protected,
        "required_approvals": approvals,
        "enable_status_check": False,
        "status_check_contexts": [],
        "user_can_push": writes,
        "user_can_merge": writes,
        "effective_branch_protection_name": name if protected else "",
    }


def content_view(path: str, entry: Entry, commit: str, repository: Repository, url: str, *, full: bool) -> View:
    """A file or folder; a file alone (`full`) carries its content."""
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.kind, "file")
    api, web = f"{url}/api/v1/repos/{repository.path}", f"{url}/{repository.path}"
    data = repository.bare.read(entry.oid) if kind == "file" else b""
    self_url, git = f"{api}/contents/{path}?ref={commit}", f"{api}/git/{entry.kind}s/{entry.oid}"
    html = f"{web}/src/commit/{commit}/{path}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.oid,
        "last_commit_sha": repository.bare.last_commit(commit, path),
        "type": kind,
        "size": len(data),
        "encoding": "base64" if full else None,
        "content": base64.b64encode(data).decode() if full else None,
        "target": None,
        "url": self_url,
        "html_url": html,
        "git_url": git,
        "download_url": f"{web}/raw/commit/{commit}/{path}" if kind == "file" else None,
        "submodule_git_url": None,
        "_links": {"self": self_url, "git": git, "html": html},
    }


def label_view(label: Label, repository: Repository, url: str) -> View:
    return {
        "id": label.id,
        "name": label.name,
        "exclusive": False,
        "is_archived": False,
        "color": label.color.removeprefix("#"),
        "description": label.description,
        "url": f"{url}/api/v1/repos/{repository.path}/labels/{label.id}",
    }


def comment_view(note: Note, request: MergeRequest, repository: Repository, url: str) -> View:
    web = f"{url}/{repository.path}/pulls/{request.number}"
    return {
        "id": note.id,
        "html_url": f"{web}#issuecomment-{note.id}",
        "pull_request_url": web,
        "issue_url": "",
        "user": user_view(note.author, url),
        "original_author": "",
        "original_author_id": 0,
        "body": note.body,
        "assets": [],
        "created_at": moment(note.created),
        "updated_at": moment(note.updated),
    }


def side_view(branch: str, sha: str, repository: Repository, call: Call, *, ref: str = "") -> View:
    repo = repository_view(repository, call)
    return {"label": branch, "ref": ref or branch, "sha": sha, "repo_id": repository.id, "repo": repo}


def head_view(request: MergeRequest, repository: Repository, call: Call) -> View:
    """The head: the branch as it is now, even if that was closed since; once it is deleted, the ref of the request.

    Seen on Gitea 1.26, and in `ToAPIPullRequest` of its services/convert/pull.go.
    """
    source = source_of(call.world, repository, request)
    tip = source.bare.tip(request.source) if source else None
    ref = "" if tip else f"refs/pull/{request.number}/head"
    if source is None:
        return {"label": request.source, "ref": ref, "sha": request.head, "repo_id": -1, "repo": None}
    return side_view(request.source, tip or request.head, source, call, ref=ref)


_PULL_FIXED: Final[View] = {
    "milestone": None,
    "requested_reviewers_teams": None,
    "is_locked": False,
    "allow_maintainer_edit": False,
    "due_date": None,
    "pin_order": 0,
}
"""The fields of this fake that never change."""


def pull_view(request: MergeRequest, repository: Repository, call: Call) -> View:
    """A pull request; `mergeable` is false as long as it is being checked."""
    url, web = call.url, f"{call.url}/{repository.path}/pulls/{request.number}"
    people = [user_view(user, url) for user in request.assignees]
    target = repository.bare.tip(request.target) or request.base
    is_open = request.state == "opened"
    merged = request.state == "merged"
    return {
        **_PULL_FIXED,
        "id": request.id,
        "url": web,
        "number": request.number,
        "user": user_view(request.author, url),
        "title": request.title,
        "body": request.description,
        "labels": [label_view(repository.all_labels[name], repository, url) for name in request.labels],
        "assignee": people[0] if people else None,
        "assignees": people or None,
        "requested_reviewers": [user_view(user, url) for user in request.reviewers] or None,
        "state": "open" if is_open else "closed",
        "draft": request.title.startswith(("WIP:", "[WIP]")),
        "comments": len(request.notes),
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "mergeable": is_open and call.world.mergeability(repository, request) == "clean",
        "merged": merged,
        "merged_at": moment(request.closed) if merged else None,
        "merge_commit_sha": request.merge_commit,
        "merged_by": user_view(request.closed_by, url) if merged and request.closed_by else None,
        "base": side_view(request.target, target, repository, call),
        "head": head_view(request, repository, call),
        "merge_base": repository.bare.merge_base(request.base, request.head) or "",
        "created_at": moment(request.created),
        "updated_at": moment(request.updated),
        "closed_at": moment(request.closed),
    }
