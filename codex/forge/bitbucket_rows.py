"""Where the API of Bitbucket Cloud has things, and its rows as our types.

Source: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from codex.forge import bitbucket_responses as responses
from codex.forge.api_forge import Row, normalize_newlines
from codex.http.client import Client
from codex.http.response import Response
from codex.sync.observed import ClosedRequest, MergeRequest
from codex.sync.repository import Repository

PER_PAGE: Final = 50
"""Lists of pull requests have at most 50 on a page, others 100:
https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination."""
CLOSED: Final = ("DECLINED", "MERGED", "SUPERSEDED")


def api_path(target: Repository) -> str:
    """The path of a repository in the API."""
    return f"repositories/{quote(target.path)}"


def workspace_path(target: Repository) -> str:
    """The path of a repository's workspace in the API."""
    return f"workspaces/{quote(target.path.partition('/')[0])}"


def quoted(text: str) -> str:
    """A text as a literal of a filter: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#filtering."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _next_of(response: Response) -> str | None:
    if response.status != 200:
        return None
    page: responses.BitbucketPage = response.decode(responses.BitbucketPage)
    return page.get("next")


def values_of(
    client: Client,
    path: str,
    page_type: Any,
    params: Mapping[str, object] | None = None,
    *,
    ok_statuses: tuple[int, ...] = (),
) -> Iterator[Row]:
    """Yield the values of a list, page by page; none where the host answers with one of `ok_statuses`."""
    sent = {"pagelen": PER_PAGE, **(params or {})}
    for response in client.pages(path, sent, ok_statuses=ok_statuses, next_of=_next_of):
        if response.status == 200:
            yield from response.decode(page_type)["values"]


def branch_of(row: Row, side: str) -> str | None:
    """The branch of the `source` or the `destination` of a pull request."""
    name: str | None = ((row.get(side) or {}).get("branch") or {}).get("name")
    return name


def source_of(row: Row) -> str | None:
    """The path of the repository that a pull request is from; None if that was deleted."""
    path: str | None = ((row.get("source") or {}).get("repository") or {}).get("full_name")
    return path


def uuid_of(account: Row | None) -> str:
    """The UUID of an account, in braces; empty if it is gone."""
    return str((account or {}).get("uuid") or "")


def raw_of(text: Row | None) -> str:
    """A text as it was written."""
    return normalize_newlines((text or {}).get("raw"))


def _url_of(row: Row) -> str:
    return str(((row.get("links") or {}).get("html") or {}).get("href") or "")


def open_request(row: Row, labels: tuple[str, ...] = ()) -> MergeRequest:
    """An open pull request. The API does not say whether it can be merged, and lists do not name its reviewers."""
    return MergeRequest(
        number=row["id"],
        url=_url_of(row),
        title=row.get("title") or "",
        body=raw_of(row.get("summary")),
        labels=labels,
        created=str(row.get("created_on") or "")[:10],
        draft=bool(row.get("draft")),
    )


def closed_request(row: Row, labels: tuple[str, ...]) -> ClosedRequest:
    """A pull request that was declined or merged."""
    return ClosedRequest(
        number=row["id"],
        url=_url_of(row),
        body=raw_of(row.get("summary")),
        merged=row["state"] == "MERGED",
        labels=labels,
    )
