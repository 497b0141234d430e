"""Threads on lines and statuses of commits, as each fake forge has them.

GitLab: https://docs.gitlab.com/api/discussions/ and /api/commits/. GitHub: https://docs.github.com/en/rest/pulls/comments
and /rest/commits/statuses. Gitea and Forgejo: their Swagger descriptions, `repoCreatePullReview` and `repoCreateStatus`.
"""

import subprocess

from tests.support.forges import (
    gitea_common,
    gitea_views,
    github_common,
    github_requests,
    github_views,
    gitlab_common,
    gitlab_views,
)
from tests.support.forges.state import MergeRequest, Note, Repository, Status, Thread
from tests.support.forges.wire import Answer, Call, json_answer, moment, text_answer

View = dict[str, object]


def add_thread(call: Call, request: MergeRequest, body: str, place: tuple[str, int], commit: str) -> Thread:
    now = call.world.clock()
    note = Note(call.world.next_id(), call.user, body, now, now)
    thread = Thread(id=f"{note.id:040x}", note=note, path=place[0], line=place[1], commit=commit)
    request.threads.append(thread)
    return thread


def add_status(call: Call, repository: Repository, name: str, state: str) -> Status:
    status = Status(
        id=call.world.next_id(),
        name=name,
        state=state,
        description=call.sent.text("description"),
        author=call.user,
        created=call.world.clock(),
    )
    repository.statuses.setdefault(call.parts["sha"], []).append(status)
    return status


def is_added(repository: Repository, request: MergeRequest, place: tuple[str, int]) -> bool:
    """Whether the head of a request has this line."""
    entry = repository.bare.entry(request.head, place[0])
    lines = repository.bare.read(entry.oid).decode("utf-8", "replace").split("\n") if entry else []
    return 0 < place[1] <= len(lines)


def diff_of(repository: Repository, request: MergeRequest) -> Answer:
    """The diff of a request, by git, since its branch left the other one."""
    folder = repository.bare.folder
    done = subprocess.run(
        ["git", "diff", "--no-color", f"{request.target}...{request.head}"], cwd=folder, capture_output=True, check=True
    )
    return text_answer(done.stdout.decode("utf-8", "replace"), 200)


def gitlab_diff(call: Call) -> Answer:
    """https://docs.gitlab.com/api/merge_requests/#show-merge-request-raw-diffs"""
    repository = gitlab_common.project_of(call)
    return diff_of(repository, gitlab_common.request_of(call, repository))


def gitea_diff(call: Call) -> Answer:
    repository = gitea_common.repository_of(call)
    return diff_of(repository, gitea_common.request_of(call, repository))


# GitLab.


def gitlab_discussions(call: Call) -> Answer:
    repository = gitlab_common.project_of(call)
    request = gitlab_common.request_of(call, repository)
    rows = [discussion_view(t, request, repository, call.url) for t in request.threads]
    for note in request.notes:
        view = gitlab_views.note_view(note, request, repository, call.url)
        rows.append({"id": f"{note.id:040x}", "individual_note": True, "notes": [view]})
    return gitlab_common.listing(call, rows)


def discussion_view(thread: Thread, request: MergeRequest, repository: Repository, url: str) -> gitlab_views.View:
    note = gitlab_views.note_view(thread.note, request, repository, url)
    position = {"new_path": thread.path, "new_line": thread.line, "position_type": "text"}
    note = {**note, "type": "DiffNote", "resolvable": True, "resolved": thread.resolved, "position": position}
    replies = [gitlab_views.note_view(reply, request, repository, url) for reply in thread.replies]
    return {"id": thread.id, "individual_note": False, "notes": [note, *replies]}


def gitlab_create_discussion(call: Call) -> Answer:
    repository = gitlab_common.writable(call)
    request = gitlab_common.request_of(call, repository)
    position = call.sent.values.get("position")
    if not isinstance(position, dict):
        raise gitlab_common.invalid("position is missing")
    lacking = [n for n in ("base_sha", "head_sha", "start_sha", "position_type", "new_path") if not position.get(n)]
    if lacking:
        raise gitlab_common.invalid(", ".join(f"position[{name}] is missing" for name in lacking))
    place = (str(position["new_path"]), int(position["new_line"]))
    if not is_added(repository, request, place):
        raise gitlab_common.refused(400, '400 Bad request - Note {:line_code=>["can\'t be blank"]}')
    thread = add_thread(call, request, call.sent.text("body"), place, str(position["head_sha"]))
    return json_answer(discussion_view(thread, request, repository, call.url), 201)


def _discussion(call: Call) -> tuple[Repository, MergeRequest, Thread]:
    repository = gitlab_common.writable(call)
    request = gitlab_common.request_of(call, repository)
    thread = next((one for one in request.threads if one.id == call.parts["discussion"]), None)
    if thread is None:
        raise gitlab_common.not_found("Discussion")
    return repository, request, thread


def gitlab_resolve(call: Call) -> Answer:
    repository, request, thread = _discussion(call)
    thread.resolved = bool(call.sent.values.get("resolved"))
    return json_answer(discussion_view(thread, request, repository, call.url))


def gitlab_edit_discussion(call: Call) -> Answer:
    repository, request, thread = _discussion(call)
    if str(thread.note.id) != call.parts["note"]:
        raise gitlab_common.not_found("Note")
    if thread.note.author != call.user:
        raise gitlab_common.refused(403, "403 Forbidden")
    thread.note.body = call.sent.text("body", thread.note.body)
    return json_answer(gitlab_views.note_view(thread.note, request, repository, call.url))


def gitlab_statuses(call: Call) -> Answer:
    repository = gitlab_common.project_of(call)
    every = repository.statuses.get(call.parts["sha"], [])
    shown = every if call.asked.text("all") == "true" else {one.name: one for one in every}.values()
    name = call.asked.text("name")
    rows = [_gitlab_status(one, call.parts["sha"], call.url) for one in shown if name in ("", one.name)]
    return gitlab_common.listing(call, rows)


def _gitlab_status(status: Status, sha: str, url: str) -> gitlab_views.View:
    return {
        "id": status.id,
        "sha": sha,
        "status": status.state,
        "name": status.name,
        "description": status.description,
        "author": gitlab_views.user_view(status.author, url),
        "created_at": gitlab_views.moment(status.created),
    }


def gitlab_user(call: Call) -> Answer:
    user = call.world.user_of_id(int(call.parts["user"]))
    if user is None:
        raise gitlab_common.not_found("User")
    return json_answer({**gitlab_views.user_view(user, call.url), "bot": user.name in call.world.programs})


def gitlab_member(call: Call) -> Answer:
    """https://docs.gitlab.com/api/project_members/"""
    repository = gitlab_common.project_of(call)
    user = call.world.user_of_id(int(call.parts["user"]))
    if not repository.tells_roles:
        raise gitlab_common.refused(403, "403 Forbidden")
    if user is None:
        raise gitlab_common.not_found("Not found")
    level = 40 if user.name in repository.maintainers else 30
    return json_answer({**gitlab_views.user_view(user, call.url), "access_level": level, "membership_state": "active"})


def gitlab_create_status(call: Call) -> Answer:
    repository = gitlab_common.writable(call)
    state = call.sent.text("state")
    if state not in ("pending", "running", "success", "failed", "canceled"):
        raise gitlab_common.invalid("state does not have a valid value")
    status = add_status(call, repository, call.sent.text("name", "default"), state)
    return json_answer(_gitlab_status(status, call.parts["sha"], call.url), 201)


def gitlab_protected_branch(call: Call) -> Answer:
    """https://docs.gitlab.com/api/protected_branches/#get-a-single-protected-branch-or-wildcard-protected-branch"""
    repository, name = gitlab_common.project_of(call), call.parts["branch"]
    if name not in repository.protected:
        raise gitlab_common.not_found("")
    return json_answer({"id": 1, "name": name, "allow_force_push": False, "code_owner_approval_required": False})


def gitlab_approval_rules(call: Call) -> Answer:
    """https://docs.gitlab.com/api/merge_request_approvals/#list-all-approval-rules-for-a-project"""
    needed = gitlab_common.project_of(call).required_approvals
    if not needed:
        raise gitlab_common.not_found("")  # as in the free tier
    return json_answer([{"id": 1, "name": "All", "approvals_required": needed}])


# GitHub.


def github_pull(call: Call) -> Answer:
    """A pull request, or its diff: https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request"""
    if "diff" not in call.request.headers.get("accept", ""):
        return github_requests.show_pull(call)
    repository = github_common.repository_of(call)
    return diff_of(repository, github_common.request_of(call, repository))


def github_review_comments(call: Call) -> Answer:
    repository = github_common.repository_of(call)
    request = github_common.request_of(call, repository)
    rows = [_github_view(one, request, repository, call) for one in request.threads]
    for thread in request.threads:
        for reply in thread.replies:
            row = _github_view(thread, request, repository, call, note=reply)
            rows.append({**row, "in_reply_to_id": thread.note.id})
    return github_common.listing(call, rows)


def _github_view(
    thread: Thread, request: MergeRequest, repository: Repository, call: Call, *, note: Note | None = None
) -> github_views.View:
    note = note or thread.note
    view = github_views.comment_view(note, request, repository, call.url)
    user = github_views.author_view(note, call)
    place = {"path": thread.path, "line": thread.line, "side": "RIGHT", "commit_id": thread.commit}
    return {**view, **place, "user": user}


def github_permission(call: Call) -> Answer:
    """https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user"""
    repository = github_common.repository_of(call)
    if not repository.tells_roles:
        raise github_common.refused(403, "Resource not accessible by integration")
    user = call.world.users.get(call.parts["login"])
    if user is None:
        raise github_common.refused(404, "Not Found")
    role = "maintain" if user.name in repository.maintainers else "write"
    return json_answer({"permission": "write", "role_name": role, "user": github_views.user_view(user, call.url)})


def github_statuses(call: Call) -> Answer:
    repository = github_common.repository_of(call)
    rows = repository.statuses.get(call.parts["sha"], [])[::-1]
    made = (
        {"creator": github_views.user_view(one.author, call.url), "created_at": moment(one.created)} for one in rows
    )
    return github_common.listing(call, [{**_github_status(one), **more} for one, more in zip(rows, made, strict=True)])


def github_create_review_comment(call: Call) -> Answer:
    repository, sent = github_common.writable(call), call.sent
    request = github_common.request_of(call, repository)
    place = (sent.text("path"), int(str(sent.values.get("line") or 0)))
    if sent.text("commit_id") != request.head or not is_added(repository, request, place):
        raise github_common.refused(422, "Validation Failed")
    thread = add_thread(call, request, sent.text("body"), place, sent.text("commit_id"))
    return json_answer(_github_view(thread, request, repository, call), 201)


def github_edit_review_comment(call: Call) -> Answer:
    repository = github_common.writable(call)
    pairs = ((request, one) for request in repository.requests for one in request.threads)
    found = next(((r, one) for r, one in pairs if str(one.note.id) == call.parts["comment"]), None)
    if found is None:
        raise github_common.refused(404, "Not Found")
    found[1].note.body = call.sent.text("body", found[1].note.body)
    return json_answer(_github_view(found[1], found[0], repository, call))


def github_combined_status(call: Call) -> Answer:
    repository = github_common.repository_of(call)
    newest = {one.name: one for one in repository.statuses.get(call.parts["sha"], [])}
    rows = [_github_status(status) for status in newest.values()]
    return github_common.listing(
        call, rows, lambda page: {"state": "pending", "sha": call.parts["sha"], "statuses": page}
    )


def github_check_runs(call: Call) -> Answer:
    repository = github_common.repository_of(call)
    runs = repository.check_runs.get(call.parts["sha"], [])
    rows = [
        {"id": number, "name": f"job {number}", "status": "completed", "conclusion": one}
        for number, one in enumerate(runs)
    ]
    return github_common.listing(call, rows, lambda page: {"total_count": len(rows), "check_runs": page})


def _github_status(status: Status) -> View:
    return {"id": status.id, "state": status.state, "context": status.name, "description": status.description}


def github_create_status(call: Call) -> Answer:
    repository = github_common.writable(call)
    if call.sent.text("state") not in ("error", "failure", "pending", "success"):
        raise github_common.refused(422, "Validation Failed")
    status = add_status(call, repository, call.sent.text("context", "default"), call.sent.text("state"))
    return json_answer(_github_status(status), 201)


# Gitea and Forgejo: a comment on a line belongs to a review, and is also a comment of the issue.


def gitea_reviews(call: Call) -> Answer:
    repository = gitea_common.repository_of(call)
    request = gitea_common.request_of(call, repository)
    rows = [
        {
            "id": one.note.id,
            "user": gitea_views.user_view(one.note.author, call.url),
            "comments_count": 1,
            "state": "COMMENT",
        }
        for one in request.threads
    ]
    return gitea_common.listing(call, rows)


def gitea_review_comments(call: Call) -> Answer:
    repository = gitea_common.repository_of(call)
    request = gitea_common.request_of(call, repository)
    threads = [one for one in request.threads if str(one.note.id) == call.parts["review"]]
    notes = ((one, note) for one in threads for note in (one.note, *one.replies))
    return json_answer([_gitea_view(one, note, request, repository, call.url) for one, note in notes])


def _gitea_view(
    thread: Thread, note: Note, request: MergeRequest, repository: Repository, url: str
) -> gitea_views.View:
    view = gitea_views.comment_view(note, request, repository, url)
    return {**view, "path": thread.path, "position": thread.line, "commit_id": thread.commit}


def gitea_permission(call: Call) -> Answer:
    """Seen in `GetRepoPermissions` of routers/api/v1/repo/collaborators.go."""
    repository = gitea_common.repository_of(call)
    if not repository.tells_roles:
        raise gitea_common.refused(403, "Only admins can query all permissions")
    user = call.world.users.get(call.parts["login"])
    if user is None:
        raise gitea_common.absent()
    role = "admin" if user.name in repository.maintainers else "write"
    return json_answer({"permission": role, "role_name": role, "user": gitea_views.user_view(user, call.url)})


def gitea_create_review(call: Call) -> Answer:
    repository = gitea_common.writable(call)
    request = gitea_common.request_of(call, repository)
    if call.sent.text("event") not in ("COMMENT", "APPROVED", "REQUEST_CHANGES"):
        raise gitea_common.refused(422, "review event is unknown")
    made = None
    for row in call.sent.records("comments"):
        place = (row.text("path"), row.number("new_position"))
        made = add_thread(call, request, row.text("body"), place, call.sent.text("commit_id"))
    if made is None:
        raise gitea_common.refused(422, "review is empty")
    return json_answer({"id": made.note.id, "user": gitea_views.user_view(call.user, call.url), "comments_count": 1})


def gitea_statuses(call: Call) -> Answer:
    repository = gitea_common.repository_of(call)
    return gitea_common.listing(
        call, [_gitea_status(one, call.url) for one in repository.statuses.get(call.parts["sha"], [])[::-1]]
    )


def _gitea_status(status: Status, url: str) -> View:
    creator = gitea_views.user_view(status.author, url)
    texts = {"context": status.name, "description": status.description, "created_at": moment(status.created)}
    return {"id": status.id, "status": status.state, "creator": creator, **texts}


def gitea_create_status(call: Call) -> Answer:
    repository = gitea_common.writable(call)
    if call.sent.text("state") not in ("pending", "success", "error", "failure", "warning"):
        raise gitea_common.refused(422, "invalid state")
    status = add_status(call, repository, call.sent.text("context"), call.sent.text("state"))
    return json_answer(_gitea_status(status, call.url), 201)
