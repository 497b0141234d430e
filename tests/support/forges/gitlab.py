"""GitLab's REST API, as far as a bot with merge requests needs it, with GitLab's refusals.

Source: https://docs.gitlab.com/api/rest/ (statuses and words from recorded answers and issue threads).
"""

from urllib.parse import quote

from tests.support.forges import githttp, reviewing
from tests.support.forges.flavour import Flavour, no_gate
from tests.support.forges.gitlab_common import API, token_of
from tests.support.forges.gitlab_graphql import graphql
from tests.support.forges.gitlab_repositories import (
    branch,
    branches,
    commit,
    commits,
    compare,
    create_branch,
    create_commit,
    create_fork,
    current_user,
    delete_branch,
    file,
    group,
    group_projects,
    merge_base,
    project,
    projects,
    raw_file,
    tree,
    users,
    version,
)
from tests.support.forges.gitlab_requests import (
    all_requests,
    approvals,
    board,
    create_label,
    create_note,
    create_request,
    edit_note,
    edit_request,
    group_requests,
    labels,
    merge_request,
    notes,
    project_requests,
    show_request,
)
from tests.support.forges.state import MergeRequest
from tests.support.forges.wire import Headers, Route, json_answer

# Git.


def pushed(push: githttp.Push) -> tuple[str, ...]:
    """Open or edit merge requests by push options; tell where to open one.

    Source: https://docs.gitlab.com/topics/git/commit/#push-options
    """
    lines: list[str] = []
    for name, tip in push.moved.items():
        if tip is None or name == push.repository.default_branch:
            continue
        request = push.repository.open_from(name)
        if request is None and "merge_request.create" in push.options and push.repository.requests_enabled:
            request = opened_by_push(push, name, tip)
        web = f"{push.url}/{push.repository.path}/-/merge_requests"
        if request is None:
            query = quote(name, safe="")
            link = f"{web}/new?merge_request%5Bsource_branch%5D={query}"
            lines += [f"To create a merge request for {name}, visit:", f"  {link}"]
            continue
        edited_by_push(push, request)
        lines += [f"View merge request for {name}:", f"  {web}/{request.number}"]
    return tuple(lines)


def option(push: githttp.Push, name: str) -> str | None:
    values = [option.partition("=")[2] for option in push.options if option.startswith(f"merge_request.{name}=")]
    return values[-1].replace("\\n", "\n") if values else None


def opened_by_push(push: githttp.Push, name: str, tip: str) -> MergeRequest:
    title = push.repository.bare.commit_object(tip).message.decode().partition("\n")[0]
    return push.world.open_request(
        push.repository,
        push.user,
        source=name,
        target=option(push, "target") or push.repository.default_branch,
        title=title,
        description="",
    )


def edited_by_push(push: githttp.Push, request: MergeRequest) -> None:
    request.title = option(push, "title") or request.title
    request.description = option(push, "description") or request.description
    labels = [option.partition("=")[2] for option in push.options if option.startswith("merge_request.label=")]
    for name in labels:
        if name not in push.repository.labels:
            push.world.add_label(push.repository, name)
    request.labels += [name for name in labels if name not in request.labels]
    unlabelled = [option.partition("=")[2] for option in push.options if option.startswith("merge_request.unlabel=")]
    request.labels = [name for name in request.labels if name not in unlabelled]


PROJECT = f"{API}/projects/{{id}}"


REQUEST = f"{PROJECT}/merge_requests/{{iid}}"


ROUTES = (
    Route("POST", "/api/graphql", graphql),
    Route("GET", f"{API}/version", version),
    Route("GET", f"{API}/user", current_user),
    Route("GET", f"{API}/users", users),
    Route("GET", f"{API}/users/{{user}}", reviewing.gitlab_user),
    Route("GET", f"{PROJECT}/protected_branches/{{branch}}", reviewing.gitlab_protected_branch),
    Route("GET", f"{PROJECT}/approval_rules", reviewing.gitlab_approval_rules),
    Route("GET", f"{PROJECT}/members/all/{{user}}", reviewing.gitlab_member),
    Route("GET", f"{API}/groups/{{id}}", group),
    Route("GET", f"{API}/groups/{{id}}/projects", group_projects),
    Route("GET", f"{API}/groups/{{id}}/merge_requests", group_requests),
    Route("GET", f"{API}/merge_requests", all_requests),
    Route("GET", f"{API}/projects", projects),
    Route("GET", PROJECT, project),
    Route("POST", f"{PROJECT}/fork", create_fork),
    Route("GET", f"{PROJECT}/repository/tree", tree),
    Route("GET", f"{PROJECT}/repository/files/{{path}}", file),
    Route("GET", f"{PROJECT}/repository/files/{{path}}/raw", raw_file),
    Route("GET", f"{PROJECT}/repository/branches", branches),
    Route("POST", f"{PROJECT}/repository/branches", create_branch),
    Route("GET", f"{PROJECT}/repository/branches/{{branch}}", branch),
    Route("DELETE", f"{PROJECT}/repository/branches/{{branch}}", delete_branch),
    Route("GET", f"{PROJECT}/repository/commits", commits),
    Route("POST", f"{PROJECT}/repository/commits", create_commit),
    Route("GET", f"{PROJECT}/repository/commits/{{sha}}", commit),
    Route("GET", f"{PROJECT}/repository/compare", compare),
    Route("GET", f"{PROJECT}/repository/merge_base", merge_base),
    Route("GET", f"{PROJECT}/merge_requests", project_requests),
    Route("POST", f"{PROJECT}/merge_requests", create_request),
    Route("GET", REQUEST, show_request),
    Route("PUT", REQUEST, edit_request),
    Route("PUT", f"{REQUEST}/merge", merge_request),
    Route("POST", f"{PROJECT}/merge_trains/merge_requests/{{iid}}", board),
    Route("GET", f"{REQUEST}/approvals", approvals),
    Route("GET", f"{REQUEST}/notes", notes),
    Route("POST", f"{REQUEST}/notes", create_note),
    Route("PUT", f"{REQUEST}/notes/{{note}}", edit_note),
    Route("GET", f"{REQUEST}/raw_diffs", reviewing.gitlab_diff),
    Route("GET", f"{REQUEST}/discussions", reviewing.gitlab_discussions),
    Route("POST", f"{REQUEST}/discussions", reviewing.gitlab_create_discussion),
    Route("PUT", f"{REQUEST}/discussions/{{discussion}}", reviewing.gitlab_resolve),
    Route("PUT", f"{REQUEST}/discussions/{{discussion}}/notes/{{note}}", reviewing.gitlab_edit_discussion),
    Route("GET", f"{PROJECT}/repository/commits/{{sha}}/statuses", reviewing.gitlab_statuses),
    Route("POST", f"{PROJECT}/statuses/{{sha}}", reviewing.gitlab_create_status),
    Route("GET", f"{PROJECT}/labels", labels),
    Route("POST", f"{PROJECT}/labels", create_label),
)


def limits(count: int) -> Headers:
    """The rate-limit headers of gitlab.com, in every response."""
    left = max(0, 2000 - count)
    return (("RateLimit-Limit", "2000"), ("RateLimit-Observed", str(count + 1)), ("RateLimit-Remaining", str(left)))


ABSENT = "The project you were looking for could not be found or you don't have permission to view it.\n"


FLAVOUR = Flavour(
    kind="gitlab",
    api=API,
    prefixes=(),
    routes=ROUTES,
    git=githttp.GitWords(
        realm="GitLab",
        absent=ABSENT,
        archived="You can't push code to a read-only project.\n",
        read_only="You are not allowed to push code to this project.\n",
        protected="GitLab: You are not allowed to push code to protected branches on this project.",
        pushed=pushed,
    ),
    token_of=token_of,
    unauthorised=json_answer({"message": "401 Unauthorized"}, 401),
    unknown=json_answer({"error": "404 Not Found"}, 404),
    request_ref="refs/merge-requests/{number}/head",
    settles_after=2,
    closes_with_branch=False,
    tagged=True,
    headers=limits,
    bad_name=json_answer({"message": "Invalid reference name"}, 400),
    gate=no_gate,
)
