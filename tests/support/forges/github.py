"""GitHub's REST API, as far as a bot with pull requests needs it, with GitHub's refusals.

Source: https://docs.github.com/rest (words from recorded answers and issue threads).
"""

from tests.support.forges import githttp, reviewing
from tests.support.forges.flavour import Flavour
from tests.support.forges.github_common import DOCS, RESET, needs_agent, token_of
from tests.support.forges.github_graphql import graphql
from tests.support.forges.github_repositories import (
    branch,
    branch_protection,
    branch_rules,
    branches,
    commits,
    contents,
    create_blob,
    create_fork,
    create_git_commit,
    create_ref,
    create_tree,
    current_user,
    delete_content,
    delete_ref,
    organisation_repositories,
    own_repositories,
    put_content,
    rate_limit,
    repository,
    show_blob,
    show_git_commit,
    show_ref,
    show_tree,
    update_ref,
)
from tests.support.forges.github_requests import (
    add_assignees,
    add_issue_labels,
    ask_reviewers,
    comments,
    create_comment,
    create_label,
    create_pull,
    edit_comment,
    edit_pull,
    issue_labels,
    labels,
    merge_pull,
    pulls,
    remove_issue_label,
    reviewers,
    set_issue_labels,
)
from tests.support.forges.wire import Headers, Route, json_answer

# Git.


def pushed(push: githttp.Push) -> tuple[str, ...]:
    """Tell where to open a pull request."""
    new = [name for name, tip in push.moved.items() if tip and not push.repository.open_from(name)]
    lines: list[str] = []
    for name in new:
        if name != push.repository.default_branch:
            link = f"{push.url}/{push.repository.path}/pull/new/{name}"
            lines += [f"Create a pull request for '{name}' on GitHub by visiting:", f"     {link}"]
    return tuple(lines)


REPO = "/repos/{owner}/{repo}"


PULL = f"{REPO}/pulls/{{number}}"


ISSUE = f"{REPO}/issues/{{number}}"


ROUTES = (
    Route("POST", "/graphql", graphql),
    Route("GET", "/user", current_user),
    Route("GET", "/user/repos", own_repositories),
    Route("GET", "/rate_limit", rate_limit),
    Route("GET", "/orgs/{org}/repos", organisation_repositories),
    Route("GET", REPO, repository),
    Route("POST", f"{REPO}/forks", create_fork),
    Route("GET", f"{REPO}/branches", branches),
    Route("GET", f"{REPO}/rules/branches/{{branch...}}", branch_rules),
    Route("GET", f"{REPO}/branches/{{branch}}/protection", branch_protection),
    Route("GET", f"{REPO}/branches/{{branch...}}", branch),
    Route("GET", f"{REPO}/commits", commits),
    Route("GET", f"{REPO}/git/ref/{{ref...}}", show_ref),
    Route("POST", f"{REPO}/git/refs", create_ref),
    Route("PATCH", f"{REPO}/git/refs/{{ref...}}", update_ref),
    Route("DELETE", f"{REPO}/git/refs/{{ref...}}", delete_ref),
    Route("POST", f"{REPO}/git/trees", create_tree),
    Route("GET", f"{REPO}/git/trees/{{sha...}}", show_tree),
    Route("POST", f"{REPO}/git/blobs", create_blob),
    Route("GET", f"{REPO}/git/blobs/{{sha}}", show_blob),
    Route("POST", f"{REPO}/git/commits", create_git_commit),
    Route("GET", f"{REPO}/git/commits/{{sha}}", show_git_commit),
    Route("GET", f"{REPO}/contents", contents),
    Route("GET", f"{REPO}/contents/{{path...}}", contents),
    Route("PUT", f"{REPO}/contents/{{path...}}", put_content),
    Route("DELETE", f"{REPO}/contents/{{path...}}", delete_content),
    Route("GET", f"{REPO}/pulls", pulls),
    Route("POST", f"{REPO}/pulls", create_pull),
    Route("GET", PULL, reviewing.github_pull),
    Route("PATCH", PULL, edit_pull),
    Route("PUT", f"{PULL}/merge", merge_pull),
    Route("GET", f"{PULL}/requested_reviewers", reviewers),
    Route("POST", f"{PULL}/requested_reviewers", ask_reviewers),
    Route("GET", f"{PULL}/comments", reviewing.github_review_comments),
    Route("POST", f"{PULL}/comments", reviewing.github_create_review_comment),
    Route("PATCH", f"{REPO}/pulls/comments/{{comment}}", reviewing.github_edit_review_comment),
    Route("GET", f"{REPO}/collaborators/{{login}}/permission", reviewing.github_permission),
    Route("GET", f"{REPO}/commits/{{sha}}/statuses", reviewing.github_statuses),
    Route("GET", f"{REPO}/commits/{{sha}}/status", reviewing.github_combined_status),
    Route("GET", f"{REPO}/commits/{{sha}}/check-runs", reviewing.github_check_runs),
    Route("POST", f"{REPO}/statuses/{{sha}}", reviewing.github_create_status),
    Route("GET", f"{REPO}/labels", labels),
    Route("POST", f"{REPO}/labels", create_label),
    Route("PATCH", f"{REPO}/issues/comments/{{comment}}", edit_comment),
    Route("GET", f"{ISSUE}/labels", issue_labels),
    Route("POST", f"{ISSUE}/labels", add_issue_labels),
    Route("POST", f"{ISSUE}/assignees", add_assignees),
    Route("PUT", f"{ISSUE}/labels", set_issue_labels),
    Route("DELETE", f"{ISSUE}/labels/{{name}}", remove_issue_label),
    Route("GET", f"{ISSUE}/comments", comments),
    Route("POST", f"{ISSUE}/comments", create_comment),
)


def limits(count: int) -> Headers:
    """The headers of the primary rate limit, in every response."""
    left = max(0, 5000 - count)
    return (
        ("X-GitHub-Request-Id", f"FAKE:{count}"),
        ("X-RateLimit-Limit", "5000"),
        ("X-RateLimit-Remaining", str(left)),
        ("X-RateLimit-Used", str(5000 - left)),
        ("X-RateLimit-Reset", str(RESET)),
        ("X-RateLimit-Resource", "core"),
    )


FLAVOUR = Flavour(
    kind="github",
    api="",
    prefixes=("/api/v3", "/api"),
    routes=ROUTES,
    git=githttp.GitWords(
        realm="GitHub",
        absent="Repository not found.\n",
        archived="This repository was archived so it is read-only.\n",
        read_only="Write access to repository not granted.\n",
        protected="error: GH006: Protected branch update failed.",
        pushed=pushed,
    ),
    token_of=token_of,
    unauthorised=json_answer({"message": "Bad credentials", "documentation_url": DOCS, "status": "401"}, 401),
    unknown=json_answer({"message": "Not Found", "documentation_url": DOCS, "status": "404"}, 404),
    request_ref="refs/pull/{number}/head",
    settles_after=1,
    closes_with_branch=True,
    tagged=True,
    headers=limits,
    bad_name=json_answer({"message": "Reference name is not valid", "documentation_url": DOCS, "status": "422"}, 422),
    gate=needs_agent,
)
