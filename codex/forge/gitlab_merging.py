"""Auto-merge of GitLab: once the pipeline succeeds, by the merge train of a project that has one.

A pipeline has to exist: without one, GitLab merges at once. Sources:
https://docs.gitlab.com/api/merge_requests/#merge-a-merge-request, https://docs.gitlab.com/api/merge_trains/.
"""

from collections.abc import Callable
from typing import Final

from codex.forge.gitlab_responses import GitLabMergeRequest
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.response import Response
from skills_build.frozen import dataclass

_TRIES: Final = 8
_LOOKUPS: Final = 5
_RUNNING: Final = frozenset(
    {"created", "waiting_for_resource", "preparing", "pending", "running", "scheduled", "manual"}
)
"""Statuses of a pipeline that has not ended: https://docs.gitlab.com/api/pipelines/#list-project-pipelines."""
_REFUSALS: Final = {
    400: "GitLab does not allow the merge",
    401: "the token is not allowed to merge the merge request",
    403: "the token is not allowed to merge the merge request",
    405: "GitLab does not allow the merge",
    406: "GitLab does not allow the merge",
    409: "the branch has changed",
    422: "the merge request cannot be merged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """The request that sets a merge request to merge."""

    method: str
    path: str
    data: object


def merge_of_request(project: str, number: int, expected: str) -> Merging:
    """Return the request that merges at this commit, once its pipeline succeeds; `project` is its path in the API."""
    data = {"auto_merge": True, "merge_when_pipeline_succeeds": True, "should_remove_source_branch": True}
    path = f"{project}/merge_requests/{number}/merge"
    return Merging(method="PUT", path=path, data={**data, "sha": expected})


def merge_of_train(project: str, number: int, expected: str) -> Merging:
    """Return the request that puts this commit on the merge train, once its pipeline succeeds.

    GitLab takes a merge request off the train again without `sha`: https://gitlab.com/gitlab-org/gitlab/-/issues/409339.
    """
    data = {"auto_merge": True, "when_pipeline_succeeds": True, "sha": expected}
    return Merging(method="POST", path=f"{project}/merge_trains/merge_requests/{number}", data=data)


def merge_later(client: Client, send: Callable[[str, str, object], Response], place: str, merging: Merging) -> str:
    """Set a merge request to merge; returns why GitLab refuses, or "".

    GitLab answers 405 where that is not allowed, but also until it has checked the merge request, which it does when
    that is read: https://gitlab.com/gitlab-org/gitlab/-/issues/353984.
    """
    for attempt in range(_TRIES):
        try:
            send(merging.method, merging.path, merging.data)
        except HttpError as error:
            if error.status == 405 and attempt < _TRIES - 1:
                client.get(place)
                reason = "GitLab is still checking whether the merge request can be merged"
                client.rate_limiter.back_off(attempt, reason)
                continue
            if error.status in _REFUSALS:
                return _REFUSALS[error.status]
            raise
        return ""
    raise AssertionError


def without_pipeline(client: Client, place: str, expected: str) -> str:
    """Return why a merge request cannot wait for a pipeline, or "": GitLab starts one some time after a push."""
    for attempt in range(_LOOKUPS):
        row = client.get(place).decode(GitLabMergeRequest)
        if row.get("sha") not in (None, expected):
            return _REFUSALS[409]
        pipeline = row.get("head_pipeline") or {}
        status = pipeline.get("status")
        if status in _RUNNING or (status == "success" and pipeline.get("sha") == expected):
            return ""
        if attempt < _LOOKUPS - 1:
            client.rate_limiter.back_off(attempt, "GitLab has not started a pipeline yet")
    return "no pipeline was started for the commit; without a pipeline, GitLab merges immediately"
