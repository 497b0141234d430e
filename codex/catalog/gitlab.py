"""A GitLab group and all its sub-groups.

API: `GET /groups/:id/projects` (docs.gitlab.com/api/groups), pages by Link header. Languages are not in the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import msgspec

from codex.catalog.consistent_pages import NumberedPage, items_of, read_consistently
from codex.catalog.model import CatalogResult, Repository, merge_by_id
from codex.http.client import Client


class Project(msgspec.Struct, frozen=True):
    """What we read of a project; GitLab leaves keys out for whoever may not see them."""

    id: int
    path_with_namespace: str
    default_branch: str | None = None
    http_url_to_repo: str | None = None
    archived: bool = False
    empty_repo: bool | None = None
    mirror: bool | None = None
    topics: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLabCatalog:
    """The projects of `group` (`acme/platform`); `client` asks `https://host/api/v4/`."""

    client: Client
    group: str

    def read(self) -> CatalogResult:
        """Every project that the token may see."""
        found = read_consistently(self._pages, name=f"the group {self.group}")
        host = urlsplit(self.client.base).netloc
        return merge_by_id((_repository(item, host) for item in found.items), found.broken, found.notes)

    def _pages(self) -> Iterator[NumberedPage[Project]]:
        params = {
            "include_subgroups": "true",
            "with_shared": "false",
            "order_by": "id",
            "sort": "asc",
            "per_page": 100,
        }
        for answer in self.client.pages(f"groups/{quote(self.group, safe='')}/projects", params):
            total = answer.headers.get("x-total", "")
            yield NumberedPage(
                items=items_of(answer, Project, name="path_with_namespace"),
                total=int(total) if total.isdigit() else None,
            )


def _repository(one: Project, host: str) -> Repository:
    empty = one.empty_repo if one.empty_repo is not None else (True if one.default_branch is None else None)
    return Repository(
        id=f"{host}/{one.path_with_namespace}",
        forge="gitlab",
        host=host,
        path=one.path_with_namespace,
        default_branch=one.default_branch,
        clone_url=one.http_url_to_repo,
        archived=one.archived,
        empty=empty,
        mirror=bool(one.mirror),
        topics=one.topics or (),
    )
