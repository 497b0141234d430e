"""Whether CI fails on a commit, as each forge reports it. What is pending, skipped or may fail does not count."""

from typing import Final, NotRequired, TypedDict

from codex.forge.responses import Name, Number
from codex.http.client import Client


class GitLabStatus(TypedDict):
    """A job or an external status: https://docs.gitlab.com/api/commits/#list-commit-statuses."""

    status: Name
    allow_failure: NotRequired[bool | None]


class GitHubStatus(TypedDict):
    """A status of a program."""

    state: Name


class GitHubStatuses(TypedDict):
    """The newest status of each program: https://docs.github.com/rest/commits/statuses."""

    statuses: list[GitHubStatus]


class GitHubCheckRun(TypedDict):
    """A check run, such as a job of Actions."""

    conclusion: NotRequired[Name | None]


class GitHubCheckRuns(TypedDict):
    """The newest run of each check: https://docs.github.com/rest/checks/runs."""

    check_runs: list[GitHubCheckRun]


class GiteaStatus(TypedDict):
    """A status of a program: https://docs.gitea.com/api/, `repoListStatuses`."""

    id: Number
    context: Name
    status: Name


_FAILED_RUNS: Final = frozenset({"failure", "timed_out", "startup_failure"})


def gitlab_fails(client: Client, project: str, commit: str) -> bool:
    """Return whether a job of GitLab, or an external status, fails."""
    pages = client.pages(f"{project}/repository/commits/{commit}/statuses", {"per_page": 100})
    rows = (row for page in pages for row in page.decode(list[GitLabStatus]))
    return any(row["status"] == "failed" and not row.get("allow_failure") for row in rows)


def github_fails(client: Client, repository: str, commit: str) -> bool:
    """Return whether a check run or a status fails on GitHub; Actions report check runs only."""
    place, many = f"{repository}/commits/{commit}", {"per_page": 100}
    for page in client.pages(f"{place}/check-runs", many):
        if any(run.get("conclusion") in _FAILED_RUNS for run in page.decode(GitHubCheckRuns)["check_runs"]):
            return True
    pages = (page.decode(GitHubStatuses)["statuses"] for page in client.pages(f"{place}/status", many))
    return any(status["state"] in ("failure", "error") for page in pages for status in page)


def gitea_fails(client: Client, repository: str, commit: str, *, per_page: int) -> bool:
    """Return whether the newest status of a program, such as a job of Actions, fails on Gitea or Forgejo."""
    pages = client.pages(f"{repository}/commits/{commit}/statuses", {"limit": per_page})
    newest: dict[str, GiteaStatus] = {}
    for row in (row for page in pages for row in page.decode(list[GiteaStatus])):
        known = newest.get(row["context"])
        newest[row["context"]] = row if known is None or known["id"] < row["id"] else known
    return any(row["status"] in ("failure", "error") for row in newest.values())
