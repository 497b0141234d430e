"""Gitea's API, and Forgejo's where it differs, as far as a bot with pull requests needs it, with their refusals.

Source: https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/ and their published descriptions.
"""

from collections.abc import Callable, Mapping
from functools import partial

from tests.support.forges import githttp, reviewing
from tests.support.forges.faults import Kind
from tests.support.forges.flavour import Flavour, no_gate, no_headers
from tests.support.forges.gitea_common import DOCS, FORGEJO_DIALECT, GITEA_DIALECT, MISSING, Dialect, token_of
from tests.support.forges.gitea_repositories import (
    branch,
    branches,
    change_files,
    contents,
    create_branch,
    create_fork,
    current_user,
    delete_branch,
    organisation_repositories,
    raw,
    references,
    repository,
    settings,
    tree,
    version,
)
from tests.support.forges.gitea_requests import (
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
    organisation_labels,
    pull_by_branches,
    pulls,
    remove_issue_label,
    set_issue_labels,
    show_pull,
)
from tests.support.forges.wire import Answer, Call, Route, json_answer

# Git.


def pushed(push: githttp.Push) -> tuple[str, ...]:
    """Tell where the pull request is, or where to open one."""
    lines: list[str] = []
    web = f"{push.url}/{push.repository.path}"
    for name, tip in push.moved.items():
        if tip is None or name == push.repository.default_branch:
            continue
        request = push.repository.open_from(name)
        if request is None:
            target = push.repository.default_branch
            lines += [f"Create a new pull request for '{name}':", f"  {web}/compare/{target}...{name}"]
        else:
            lines += ["Visit the existing pull request:", f"  {web}/pulls/{request.number}"]
    return tuple(lines)


REPO = "/repos/{owner}/{repo}"


PULL = f"{REPO}/pulls/{{index}}"


ISSUE = f"{REPO}/issues/{{index}}"


def routes(dialect: Dialect) -> tuple[Route, ...]:
    """All endpoints of one of the two."""
    own: Mapping[str, Callable[[Call], Answer]] = {
        "version": partial(version, dialect=dialect),
        "change": partial(change_files, dialect=dialect),
        "create": partial(create_pull, dialect=dialect),
        "merge": partial(merge_pull, dialect=dialect),
    }
    return (
        Route("GET", "/version", own["version"]),
        Route("GET", "/settings/api", settings),
        Route("GET", "/user", current_user),
        Route("GET", "/orgs/{org}/repos", organisation_repositories),
        Route("GET", "/orgs/{org}/labels", organisation_labels),
        Route("GET", REPO, repository),
        Route("POST", f"{REPO}/forks", create_fork),
        Route("GET", f"{REPO}/branches", branches),
        Route("POST", f"{REPO}/branches", create_branch),
        Route("GET", f"{REPO}/branches/{{branch...}}", branch),
        Route("DELETE", f"{REPO}/branches/{{branch...}}", delete_branch),
        Route("GET", f"{REPO}/git/refs/{{ref...}}", references),
        Route("GET", f"{REPO}/git/trees/{{sha}}", tree),
        Route("GET", f"{REPO}/contents", contents),
        Route("POST", f"{REPO}/contents", own["change"]),
        Route("GET", f"{REPO}/contents/{{path...}}", contents),
        Route("GET", f"{REPO}/raw/{{path...}}", raw),
        Route("GET", f"{REPO}/pulls", pulls),
        Route("POST", f"{REPO}/pulls", own["create"]),
        Route("GET", f"{PULL}.diff", reviewing.gitea_diff),
        Route("GET", PULL, show_pull),
        Route("PATCH", PULL, edit_pull),
        Route("POST", f"{PULL}/merge", own["merge"]),
        Route("POST", f"{PULL}/requested_reviewers", ask_reviewers),
        Route("GET", f"{PULL}/reviews", reviewing.gitea_reviews),
        Route("POST", f"{PULL}/reviews", reviewing.gitea_create_review),
        Route("GET", f"{PULL}/reviews/{{review}}/comments", reviewing.gitea_review_comments),
        Route("GET", f"{REPO}/pulls/{{base}}/{{head...}}", pull_by_branches),
        Route("GET", f"{REPO}/collaborators/{{login}}/permission", reviewing.gitea_permission),
        Route("GET", f"{REPO}/commits/{{sha}}/statuses", reviewing.gitea_statuses),
        Route("POST", f"{REPO}/statuses/{{sha}}", reviewing.gitea_create_status),
        Route("GET", f"{REPO}/labels", labels),
        Route("POST", f"{REPO}/labels", create_label),
        Route("PATCH", f"{REPO}/issues/comments/{{comment}}", edit_comment),
        Route("GET", f"{ISSUE}/labels", issue_labels),
        Route("POST", f"{ISSUE}/labels", add_issue_labels),
        Route("PUT", f"{ISSUE}/labels", set_issue_labels),
        Route("DELETE", f"{ISSUE}/labels/{{label}}", remove_issue_label),
        Route("GET", f"{ISSUE}/comments", comments),
        Route("POST", f"{ISSUE}/comments", create_comment),
    )


def flavour(kind: Kind, realm: str, dialect: Dialect) -> Flavour:
    archived = "This repo is archived. You can view files and clone it, but cannot push or open issues/pull-requests.\n"
    return Flavour(
        kind=kind,
        api="/api/v1",
        prefixes=("/api/v1",),
        routes=routes(dialect),
        git=githttp.GitWords(
            realm=realm,
            absent="Repository not found\n",
            archived=archived,
            read_only="User permission denied for writing.\n",
            protected=f"{realm}: Not allowed to push to protected branch",
            pushed=pushed,
        ),
        token_of=token_of,
        unauthorised=json_answer({"message": "token is required", "url": DOCS}, 401),
        unknown=json_answer(MISSING, 404),
        request_ref="refs/pull/{number}/head",
        settles_after=1,
        closes_with_branch=True,
        tagged=False,
        headers=no_headers,
        bad_name=json_answer({"message": "the branch's name is not valid", "url": DOCS}, 422),
        gate=no_gate,
    )


GITEA = flavour("gitea", "Gitea", GITEA_DIALECT)


FORGEJO = flavour("forgejo", "Forgejo", FORGEJO_DIALECT)
