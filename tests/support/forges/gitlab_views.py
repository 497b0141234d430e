"""GitLab's entities as JSON. Source: https://docs.gitlab.com/api/rest/ and the published description."""

import re
from datetime import UTC, datetime
from typing import Final

from dulwich.objects import Commit

from tests.support.forges.forking import parent_of, source_of
from tests.support.forges.state import Label, MergeRequest, Note, Repository, User, World
from tests.support.forges.wire import Call

View = dict[str, object]


def moment(seconds: float | None) -> str | None:
    """A time as GitLab writes it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def user_view(user: User, url: str) -> View:
    return {
        "id": user.id,
        "username": user.name,
        "public_email": None,
        "name": user.name.title(),
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{url}/{user.name}",
    }


def namespace_view(namespace: str, call: Call) -> View:
    return {
        "id": call.world.groups.get(namespace, 1),
        "name": namespace,
        "path": namespace.rpartition("/")[2],
        "kind": "group",
        "full_path": namespace,
        "parent_id": None,
        "avatar_url": None,
        "web_url": f"{call.url}/groups/{namespace}",
    }


_PROJECT_FIXED: Final[View] = {
    "description": None,
    "readme_url": None,
    "forks_count": 0,
    "avatar_url": None,
    "star_count": 0,
    "visibility": "private",
    "packages_enabled": True,
    "resolve_outdated_diff_discussions": False,
    "issues_enabled": True,
    "repository_access_level": "enabled",
    "wiki_enabled": False,
    "jobs_enabled": True,
    "snippets_enabled": False,
    "open_issues_count": 0,
    "merge_method": "merge",
    "squash_option": "default_off",
    "remove_source_branch_after_merge": True,
}
"""The fields of this fake that never change."""


def project_view(repository: Repository, call: Call) -> View:
    web = f"{call.url}/{repository.path}"
    api = f"{call.url}/api/v4/projects/{repository.id}"
    enabled = "enabled" if repository.requests_enabled else "disabled"
    level = 30 if call.world.may_write(repository, call.user) else 20
    return {
        **_PROJECT_FIXED,
        "id": repository.id,
        "import_status": _import_status(repository),
        "forking_access_level": "enabled" if repository.forkable else "disabled",
        **(
            {"forked_from_project": _forked_from(parent, call)} if (parent := parent_of(call.world, repository)) else {}
        ),
        "name": repository.name,
        "name_with_namespace": repository.path.replace("/", " / "),
        "path": repository.name,
        "path_with_namespace": repository.path,
        "created_at": moment(repository.created),
        "updated_at": moment(repository.created),
        "default_branch": None if repository.is_empty else repository.default_branch,
        "tag_list": [],
        "topics": [],
        "ssh_url_to_repo": f"git@127.0.0.1:{repository.path}.git",
        "http_url_to_repo": f"{web}.git",
        "web_url": web,
        "last_activity_at": moment(repository.created),
        "namespace": namespace_view(repository.owner, call),
        "_links": {"self": api, "merge_requests": f"{api}/merge_requests", "labels": f"{api}/labels"},
        "empty_repo": repository.is_empty,
        "archived": repository.archived,
        "merge_requests_enabled": repository.requests_enabled,
        "merge_requests_access_level": enabled,
        "merge_trains_enabled": repository.trains,
        "mirror": repository.mirror,
        "creator_id": call.world.bot.id,
        "permissions": {
            "project_access": None,
            "group_access": {"access_level": level, "notification_level": 3},
        },
    }


def _import_status(repository: Repository) -> str:
    if repository.parent is None:
        return "none"
    return "started" if repository.pending is not None else "finished"


def _forked_from(parent: Repository, call: Call) -> View:
    names = ("id", "name", "name_with_namespace", "path", "path_with_namespace", "default_branch", "web_url")
    return {name: value for name, value in project_view(parent, call).items() if name in names}


def trailers_of(message: str) -> dict[str, str]:
    """The `Key: value` lines that end a message."""
    last = message.rstrip().rpartition("\n\n")[2]
    matches = [re.fullmatch(r"([A-Za-z][\w-]*): (.+)", line) for line in last.splitlines()]
    return {match[1]: match[2] for match in matches if match} if all(matches) and "\n\n" in message else {}


def commit_view(commit: Commit, repository: Repository, url: str) -> View:
    message = commit.message.decode(errors="replace")
    oid = commit.id.decode()
    name, email = person(commit.author)
    committer, committer_email = person(commit.committer)
    trailers = trailers_of(message)
    return {
        "id": oid,
        "short_id": oid[:8],
        "created_at": moment(commit.commit_time),
        "parent_ids": [parent.decode() for parent in commit.parents],
        "title": message.partition("\n")[0],
        "message": message,
        "author_name": name,
        "author_email": email,
        "authored_date": moment(commit.author_time),
        "committer_name": committer,
        "committer_email": committer_email,
        "committed_date": moment(commit.commit_time),
        "trailers": trailers,
        "extended_trailers": {name: [value] for name, value in trailers.items()},
        "web_url": f"{url}/{repository.path}/-/commit/{oid}",
    }


def person(line: bytes) -> tuple[str, str]:
    """Name and address of a commit's author."""
    name, _, address = line.decode(errors="replace").partition(" <")
    return name, address.rstrip(">")


def branch_view(name: str, tip: str, repository: Repository, call: Call) -> View:
    protected = name in repository.protected
    return {
        "name": name,
        "commit": commit_view(repository.bare.commit_object(tip), repository, call.url),
        "merged": False,
        "protected": protected,
        "developers_can_push": False,
        "developers_can_merge": False,
        "can_push": call.world.may_write(repository, call.user) and not protected and not repository.archived,
        "default": name == repository.default_branch,
        "web_url": f"{call.url}/{repository.path}/-/tree/{name}",
    }


def label_view(label: Label) -> View:
    return {
        "id": label.id,
        "name": label.name,
        "description": label.description or None,
        "description_html": "",
        "text_color": "#FFFFFF",
        "color": label.color,
        "open_issues_count": 0,
        "closed_issues_count": 0,
        "open_merge_requests_count": 0,
        "subscribed": False,
        "priority": None,
        "is_project_label": True,
        "archived": False,
    }


def note_view(note: Note, request: MergeRequest, repository: Repository, url: str) -> View:
    return {
        "id": note.id,
        "type": None,
        "body": note.body,
        "author": user_view(note.author, url),
        "created_at": moment(note.created),
        "updated_at": moment(note.updated),
        "system": False,
        "noteable_id": request.id,
        "noteable_type": "MergeRequest",
        "project_id": repository.id,
        "noteable_iid": request.number,
        "resolvable": False,
        "confidential": False,
        "internal": False,
        "imported": False,
        "imported_from": "none",
        "commands_changes": {},
    }


def merge_status(world: World, repository: Repository, request: MergeRequest) -> tuple[str, str]:
    """`merge_status` and `detailed_merge_status`: `preparing`, then `checking`, then what is so.

    Source: https://docs.gitlab.com/api/merge_requests/#merge-status
    """
    if request.state != "opened":
        return "can_be_merged", "not_open"
    mergeability = world.mergeability(repository, request)
    if mergeability == "unchecked":
        return "preparing", "preparing"
    if mergeability == "checking":
        return "checking", "checking"
    if mergeability == "conflict":
        return "cannot_be_merged", "conflict"
    return "can_be_merged", "draft_status" if is_draft(request) else "mergeable"


def is_draft(request: MergeRequest) -> bool:
    return request.title.lower().startswith(("draft:", "[draft]", "(draft)"))


_REQUEST_FIXED: Final[View] = {
    "upvotes": 0,
    "downvotes": 0,
    "imported": False,
    "imported_from": "none",
    "milestone": None,
    "merge_after": None,
    "squash_commit_sha": None,
    "discussion_locked": None,
    "should_remove_source_branch": None,
    "force_remove_source_branch": True,
    "time_stats": {
        "time_estimate": 0,
        "total_time_spent": 0,
        "human_time_estimate": None,
        "human_total_time_spent": None,
    },
    "squash": False,
    "squash_on_merge": False,
    "task_completion_status": {"count": 0, "completed_count": 0},
    "blocking_discussions_resolved": True,
    "approvals_before_merge": None,
}
"""The fields of this fake that never change."""


def request_view(request: MergeRequest, repository: Repository, call: Call, *, full: bool = False) -> View:
    """A merge request; lists leave out what only `full` has."""
    url, users = call.url, [user_view(user, call.url) for user in request.assignees]
    reference = f"{repository.path}!{request.number}"
    status, detailed = merge_status(call.world, repository, request)
    view: View = {
        **_REQUEST_FIXED,
        "id": request.id,
        "iid": request.number,
        "project_id": repository.id,
        "title": request.title,
        "description": request.description,
        "state": request.state,
        "created_at": moment(request.created),
        "updated_at": moment(request.updated),
        **_ending(request, url),
        "target_branch": request.target,
        "source_branch": request.source,
        "user_notes_count": len(request.notes),
        "author": user_view(request.author, url),
        "assignees": users,
        "assignee": users[0] if users else None,
        "reviewers": [user_view(user, url) for user in request.reviewers],
        "source_project_id": source.id if (source := source_of(call.world, repository, request)) else None,
        "target_project_id": repository.id,
        "labels": sorted(request.labels),
        "draft": is_draft(request),
        "work_in_progress": is_draft(request),
        "merge_when_pipeline_succeeds": request.auto_merge,
        "merge_status": status,
        "detailed_merge_status": detailed,
        "sha": request.head or None,
        "merge_commit_sha": request.merge_commit,
        "prepared_at": moment(request.created) if detailed != "preparing" else None,
        "reference": f"!{request.number}",
        "references": {
            "short": f"!{request.number}",
            "relative": f"!{request.number}",
            "full": reference,
        },
        "web_url": f"{url}/{repository.path}/-/merge_requests/{request.number}",
        "has_conflicts": detailed == "conflict",
    }
    return {**view, **_rest(request, repository, detailed, call)} if full else view


def _ending(request: MergeRequest, url: str) -> View:
    """Who merged or closed a merge request, and when."""
    closed = moment(request.closed)
    by = user_view(request.closed_by, url) if request.closed_by else None
    merged, declined = request.state == "merged", request.state == "closed"
    return {
        "merged_by": by if merged else None,
        "merge_user": by if merged else None,
        "merged_at": closed if merged else None,
        "closed_by": by if declined else None,
        "closed_at": closed if declined else None,
    }


def pipeline_view(request: MergeRequest, repository: Repository, call: Call) -> View:
    """The pipeline of the head, which runs: it is there some time after the push."""
    started, number = moment(request.updated), request.id
    return {
        "id": number,
        "iid": request.number,
        "project_id": repository.id,
        "sha": request.head,
        "ref": request.source,
        "status": "running",
        "source": "push",
        "created_at": started,
        "updated_at": started,
        "web_url": f"{call.url}/{repository.path}/-/pipelines/{number}",
        "before_sha": "0" * 40,
        "tag": False,
        "yaml_errors": None,
        "user": user_view(request.author, call.url),
        "started_at": started,
        "finished_at": None,
        "committed_at": None,
        "duration": None,
        "queued_duration": 1,
        "coverage": None,
    }


def _rest(request: MergeRequest, repository: Repository, detailed: str, call: Call) -> View:
    bare = repository.bare
    ready = detailed != "preparing"
    target = bare.tip(request.target) or request.base
    base = bare.merge_base(target, request.head) if request.head else None
    return {
        "subscribed": request.author == call.user,
        "changes_count": str(len(bare.paths_between(base, request.head))) if base and ready else None,
        "latest_build_started_at": None,
        "latest_build_finished_at": None,
        "first_deployed_to_production_at": None,
        "pipeline": None,
        "head_pipeline": pipeline_view(request, repository, call) if repository.pipelines and request.reads else None,
        "diff_refs": {"base_sha": base, "head_sha": request.head, "start_sha": target} if ready else None,
        "merge_error": None,
        "first_contribution": False,
        "user": {"can_merge": call.world.may_write(repository, call.user)},
    }
