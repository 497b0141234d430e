"""GitHub's entities as JSON. Source: https://docs.github.com/rest and GitHub's own OpenAPI description."""

import base64
from types import MappingProxyType
from typing import Final

from dulwich.objects import Commit

from tests.support.forges.bare import Author, Entry
from tests.support.forges.forking import parent_of, source_of
from tests.support.forges.gitlab_views import person
from tests.support.forges.state import Label, MergeRequest, Note, Repository, User, World
from tests.support.forges.wire import Call, moment

View = dict[str, object]

WEB_FLOW = Author("GitHub", "noreply@github.com")
"""Who commits, and signs, what was made by `createCommitOnBranch`."""

REPOSITORY_URLS = MappingProxyType(
    {
        "archive": "/{archive_format}{/ref}",
        "assignees": "/assignees{/user}",
        "blobs": "/git/blobs{/sha}",
        "branches": "/branches{/branch}",
        "collaborators": "/collaborators{/collaborator}",
        "comments": "/comments{/number}",
        "commits": "/commits{/sha}",
        "compare": "/compare/{base}...{head}",
        "contents": "/contents/{+path}",
        "contributors": "/contributors",
        "deployments": "/deployments",
        "downloads": "/downloads",
        "events": "/events",
        "forks": "/forks",
        "git_commits": "/git/commits{/sha}",
        "git_refs": "/git/refs{/sha}",
        "git_tags": "/git/tags{/sha}",
        "hooks": "/hooks",
        "issue_comment": "/issues/comments{/number}",
        "issue_events": "/issues/events{/number}",
        "issues": "/issues{/number}",
        "keys": "/keys{/key_id}",
        "labels": "/labels{/name}",
        "languages": "/languages",
        "merges": "/merges",
        "milestones": "/milestones{/number}",
        "notifications": "/notifications{?since,all,participating}",
        "pulls": "/pulls{/number}",
        "releases": "/releases{/id}",
        "stargazers": "/stargazers",
        "statuses": "/statuses/{sha}",
        "subscribers": "/subscribers",
        "subscription": "/subscription",
        "tags": "/tags",
        "teams": "/teams",
        "trees": "/git/trees{/sha}",
    }
)
USER_URLS = ("followers", "subscriptions", "organizations", "repos", "received_events")
TEMPLATED = MappingProxyType(
    {"following": "{/other_user}", "gists": "{/gist_id}", "starred": "{/owner}{/repo}", "events": "{/privacy}"}
)


def owner_view(name: str, number: int, url: str, kind: str) -> View:
    api = f"{url}/users/{name}"
    return {
        "login": name,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"{url}/avatars/{number}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{url}/{name}",
        **{f"{part}_url": f"{api}/{part}" for part in USER_URLS},
        **{f"{part}_url": f"{api}/{part}{hole}" for part, hole in TEMPLATED.items()},
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def user_view(user: User, url: str) -> View:
    return owner_view(user.name, user.id, url, "User")


def author_view(note: Note, call: Call) -> View:
    """The author of a comment, who may be a bot."""
    kind = "Bot" if note.author.name in call.world.programs else "User"
    return owner_view(note.author.name, note.author.id, call.url, kind)


def full_user_view(user: User, url: str) -> View:
    nothing = dict.fromkeys(("company", "blog", "location", "hireable", "bio", "twitter_username"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    times = {"created_at": moment(0), "updated_at": moment(0)}
    return {**user_view(user, url), **nothing, **counts, **times, "name": user.name.title(), "email": user.author.email}


_REPOSITORY_FIXED: Final[View] = {
    "private": True,
    "description": None,
    "homepage": None,
    "language": None,
    "license": None,
    "watchers_count": 0,
    "network_count": 0,
    "subscribers_count": 0,
    "visibility": "private",
    "web_commit_signoff_required": False,
}
"""The fields of this fake that never change."""


def repository_view(repository: Repository, call: Call) -> View:
    url, path = call.url, repository.path
    api, web, now = f"{url}/repos/{path}", f"{url}/{path}", moment(repository.created)
    writes = call.world.may_write(repository, call.user)
    yes = ("has_issues", "has_projects", "has_downloads", "has_wiki", "allow_merge_commit", "allow_squash_merge")
    no = ("has_pages", "has_discussions", "is_template", "allow_auto_merge")
    parent = parent_of(call.world, repository)
    zero = ("forks", "forks_count", "open_issues", "open_issues_count", "stargazers_count", "watchers")
    owner = repository.owner
    return {
        **_REPOSITORY_FIXED,
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": path,
        "owner": owner_view(owner, call.world.groups.get(owner, 1), url, "Organization"),
        "html_url": web,
        "url": api,
        **{f"{name}_url": api + rest for name, rest in REPOSITORY_URLS.items()},
        "git_url": f"git://127.0.0.1/{path}.git",
        "ssh_url": f"git@127.0.0.1:{path}.git",
        "clone_url": f"{web}.git",
        "svn_url": web,
        "mirror_url": "https://example.invalid/mirrored.git" if repository.mirror else None,
        **dict.fromkeys(yes, True),
        **dict.fromkeys(no, False),
        **dict.fromkeys(zero, 0),
        "size": 0 if repository.is_empty else 1,
        "fork": parent is not None,
        **({"parent": repository_view(parent, call)} if parent else {}),
        "allow_forking": repository.forkable,
        "disabled": repository.disabled,
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "topics": [],
        "created_at": now,
        "updated_at": now,
        "pushed_at": now,
        "permissions": {"admin": False, "maintain": False, "push": writes, "triage": writes, "pull": True},
    }


def is_signed(commit: Commit) -> bool:
    return person(commit.committer) == (WEB_FLOW.name, WEB_FLOW.email)


def verification(commit: Commit) -> View:
    signed = is_signed(commit)
    nothing = dict.fromkeys(("signature", "payload", "verified_at"))
    return {"verified": signed, "reason": "valid" if signed else "unsigned", **nothing}


def people(commit: Commit) -> View:
    """Author and committer."""
    rows = (("author", commit.author, commit.author_time), ("committer", commit.committer, commit.commit_time))
    return {
        role: {"name": person(line)[0], "email": person(line)[1], "date": moment(seconds)}
        for role, line, seconds in rows
    }


def git_commit_view(commit: Commit, repository: Repository, url: str) -> View:
    """A commit as the Git database shows it."""
    oid, tree = commit.id.decode(), commit.tree.decode()
    api, web = f"{url}/repos/{repository.path}/git", f"{url}/{repository.path}"
    parents = [parent.decode() for parent in commit.parents]
    return {
        "sha": oid,
        "node_id": f"C_{oid}",
        "url": f"{api}/commits/{oid}",
        "html_url": f"{web}/commit/{oid}",
        **people(commit),
        "tree": {"sha": tree, "url": f"{api}/trees/{tree}"},
        "message": commit.message.decode(errors="replace"),
        "parents": [
            {"sha": parent, "url": f"{api}/commits/{parent}", "html_url": f"{web}/commit/{parent}"}
            for parent in parents
        ],
        "verification": verification(commit),
    }


def commit_view(commit: Commit, repository: Repository, url: str) -> View:
    """A commit as the repository shows it."""
    inner = git_commit_view(commit, repository, url)
    api = f"{url}/repos/{repository.path}/commits/{inner['sha']}"
    kept = {name: inner[name] for name in ("author", "committer", "message", "tree", "verification")}
    return {
        "sha": inner["sha"],
        "node_id": inner["node_id"],
        "url": api,
        "html_url": inner["html_url"],
        "comments_url": f"{api}/comments",
        "commit": {**kept, "url": inner["url"], "comment_count": 0},
        "author": None,
        "committer": None,
        "parents": inner["parents"],
    }


def ref_view(name: str, oid: str, repository: Repository, url: str) -> View:
    api = f"{url}/repos/{repository.path}/git"
    return {
        "ref": name,
        "node_id": ref_id(repository, name),
        "url": f"{api}/{name}",
        "object": {"sha": oid, "type": "commit", "url": f"{api}/commits/{oid}"},
    }


def ref_id(repository: Repository, name: str) -> str:
    return "REF_" + base64.urlsafe_b64encode(f"{repository.id}:{name}".encode()).decode()


def branch_view(name: str, tip: str, repository: Repository, url: str) -> View:
    """A branch alone; lists show the first two fields and a short commit."""
    api, web = f"{url}/repos/{repository.path}/branches/{name}", f"{url}/{repository.path}/tree/{name}"
    return {
        "name": name,
        "commit": commit_view(repository.bare.commit_object(tip), repository, url),
        "_links": {"self": api, "html": web},
        "protected": name in repository.protected,
        "protection": {"enabled": name in repository.protected},
        "protection_url": f"{api}/protection",
    }


def entry_view(path: str, entry: Entry, repository: Repository, url: str) -> View:
    """A row of a tree."""
    kind = {"blob": "blobs", "tree": "trees", "commit": "commits"}[entry.kind]
    view: View = {"path": path, "mode": entry.octal, "type": entry.kind, "sha": entry.oid}
    if entry.kind == "blob":
        view["size"] = len(repository.bare.read(entry.oid))
    return {**view, "url": f"{url}/repos/{repository.path}/git/{kind}/{entry.oid}"}


def content_view(path: str, entry: Entry, repository: Repository, url: str) -> View:
    """A file or folder as `contents` lists it; a file alone carries its content besides."""
    api, web = f"{url}/repos/{repository.path}", f"{url}/{repository.path}"
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.kind, "file")
    self_url, html = f"{api}/contents/{path}?ref=HEAD", f"{web}/blob/HEAD/{path}"
    git = f"{api}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.oid}"
    return {
        "type": kind,
        "size": len(repository.bare.read(entry.oid)) if kind == "file" else 0,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.oid,
        "url": self_url,
        "git_url": git,
        "html_url": html,
        "download_url": f"{web}/raw/HEAD/{path}" if kind == "file" else None,
        "_links": {"self": self_url, "git": git, "html": html},
    }


def label_view(label: Label, repository: Repository, url: str) -> View:
    return {
        "id": label.id,
        "node_id": f"LA_{label.id}",
        "url": f"{url}/repos/{repository.path}/labels/{label.name}",
        "name": label.name,
        "color": label.color.removeprefix("#"),
        "default": False,
        "description": label.description or None,
    }


def comment_view(note: Note, request: MergeRequest, repository: Repository, url: str) -> View:
    api, web = f"{url}/repos/{repository.path}/issues", f"{url}/{repository.path}/pull/{request.number}"
    return {
        "id": note.id,
        "node_id": f"IC_{note.id}",
        "url": f"{api}/comments/{note.id}",
        "html_url": f"{web}#issuecomment-{note.id}",
        "issue_url": f"{api}/{request.number}",
        "body": note.body,
        "user": user_view(note.author, url),
        "created_at": moment(note.created),
        "updated_at": moment(note.updated),
        "author_association": "MEMBER",
        "performed_via_github_app": None,
    }


def side_view(ref: str, sha: str, repository: Repository, call: Call) -> View:
    """`head` or `base`."""
    owner = repository.owner
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": owner_view(owner, call.world.groups.get(owner, 1), call.url, "Organization"),
        "repo": repository_view(repository, call),
    }


def head_view(request: MergeRequest, repository: Repository, call: Call) -> View:
    """The head, whose repository is null once that is deleted."""
    source = source_of(call.world, repository, request)
    if source is None:
        gone = owner_view("ghost", 10137, call.url, "User")
        return {
            "label": f"ghost:{request.source}",
            "ref": request.source,
            "sha": request.head,
            "user": gone,
            "repo": None,
        }
    return side_view(request.source, request.head, source, call)


def mergeable(world: World, repository: Repository, request: MergeRequest) -> tuple[bool | None, str]:
    """`mergeable` and `mergeable_state`: null and `unknown` until a background job has looked.

    Source: https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-your-git-database#checking-mergeability-of-pull-requests
    """
    if request.state != "opened":
        return None, "unknown"
    mergeability = world.mergeability(repository, request)
    if mergeability in ("unchecked", "checking"):
        return None, "unknown"
    return (True, "draft" if request.draft else "clean") if mergeability == "clean" else (False, "dirty")


def _pull_links(request: MergeRequest, repository: Repository, url: str) -> dict[str, str]:
    repo, number = f"{url}/repos/{repository.path}", request.number
    api, issue = f"{repo}/pulls/{number}", f"{repo}/issues/{number}"
    return {
        "self": api,
        "html": f"{url}/{repository.path}/pull/{number}",
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{repo}/pulls/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": f"{repo}/statuses/{request.head}",
    }


_PULL_FIXED: Final[View] = {
    "locked": False,
    "milestone": None,
    "author_association": "MEMBER",
    "auto_merge": None,
    "active_lock_reason": None,
}
"""The fields of this fake that never change."""


def pull_view(request: MergeRequest, repository: Repository, call: Call, *, full: bool = False) -> View:
    """A pull request; lists leave out what only `full` has."""
    url, number = call.url, request.number
    web = f"{url}/{repository.path}/pull/{number}"
    links = _pull_links(request, repository, url)
    labels = repository.labels
    people_ = [user_view(user, url) for user in request.assignees]
    base = repository.bare.tip(request.target) or request.base
    view: View = {
        **_PULL_FIXED,
        "url": links["self"],
        "id": request.id,
        "node_id": f"PR_{request.id}",
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        **{f"{name}_url": link for name, link in links.items() if name not in ("self", "html")},
        "number": number,
        "state": "open" if request.state == "opened" else "closed",
        "title": request.title,
        "user": user_view(request.author, url),
        "body": request.description or None,
        "created_at": moment(request.created),
        "updated_at": moment(request.updated),
        "closed_at": moment(request.closed),
        "merged_at": moment(request.closed) if request.state == "merged" else None,
        "merge_commit_sha": request.merge_commit,
        "assignee": people_[0] if people_ else None,
        "assignees": people_,
        "requested_reviewers": [user_view(user, url) for user in request.reviewers],
        "requested_teams": [],
        "labels": [label_view(labels[name], repository, url) for name in request.labels],
        "draft": request.draft,
        "head": head_view(request, repository, call),
        "base": side_view(request.target, base, repository, call),
        "_links": {name: {"href": link} for name, link in links.items()},
    }
    return {**view, **_rest(request, repository, call, base)} if full else view


def issue_view(request: MergeRequest, repository: Repository, call: Call) -> View:
    """A pull request as an issue."""
    pull, url = pull_view(request, repository, call), call.url
    repo = f"{url}/repos/{repository.path}"
    issue = f"{repo}/issues/{request.number}"
    same = (
        *("id", "node_id", "number", "state", "locked", "title", "user", "body", "labels", "milestone", "assignee"),
        *("assignees", "created_at", "updated_at", "closed_at", "author_association", "html_url"),
    )
    return {
        **{name: pull[name] for name in same},
        "url": issue,
        "repository_url": repo,
        "labels_url": f"{issue}/labels{{/name}}",
        "comments_url": f"{issue}/comments",
        "events_url": f"{issue}/events",
        "comments": len(request.notes),
    }


def _rest(request: MergeRequest, repository: Repository, call: Call, base: str) -> View:
    mergeability, state = mergeable(call.world, repository, request)
    merged = request.state == "merged"
    return {
        "merged": merged,
        "mergeable": mergeability,
        "rebaseable": mergeability,
        "mergeable_state": state,
        "merged_by": user_view(request.closed_by, call.url) if merged and request.closed_by else None,
        "comments": len(request.notes),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": repository.bare.count_between(request.base, request.head),
        "additions": 0,
        "deletions": 0,
        "changed_files": len(repository.bare.paths_between(base, request.head)),
    }
