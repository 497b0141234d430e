"""A GitLab group and all its sub-groups.

API: `GET /groups/:id/projects` (https://docs.gitlab.com/api/groups/), pages by Link header. `X-Total` is
missing for more than 10,000 projects: https://docs.gitlab.com/api/rest/#pagination-response-headers. The response has
no languages.
"""

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from codex.catalog.consistent_pages import NumberedPage, items_of, read_consistently
from codex.catalog.model import CatalogResult, merge_by_id
from codex.http.client import Client
from codex.http.urls import split_address
from codex.sync.repository import Repository
from skills_build.frozen import dataclass
from skills_build.numbers import whole_number


class Project(msgspec.Struct, frozen=True):
    """The fields of a project that are read; GitLab omits those that the token may not see."""

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
    """The projects of `group` (`acme/platform`); the base of `client` is `https://host/api/v4/`."""

    client: Client
    group: str

    def read(self) -> CatalogResult:
        """Return every project that the token may see."""
        result = read_consistently(self._pages, name=f"the group {self.group}")
        host = split_address(self.client.base).netloc
        return merge_by_id((_repository(item, host) for item in result.items), result.broken, result.notes)

    def _pages(self) -> Iterator[NumberedPage[Project]]:
        params = {
            "include_subgroups": "true",
            "with_shared": "false",
            "order_by": "id",
            "sort": "asc",
            "per_page": 100,
        }
        for response in self.client.pages(f"groups/{quote(self.group, safe='')}/projects", params):
            yield NumberedPage(
                items=items_of(response, Project, name="path_with_namespace"),
                total=whole_number(response.headers.get("x-total", "")),
            )


def _repository(project: Project, host: str) -> Repository:
    empty = project.empty_repo if project.empty_repo is not None else (True if project.default_branch is None else None)
    return Repository(
        id=f"{host}/{project.path_with_namespace}",
        forge="gitlab",
        host=host,
        path=project.path_with_namespace,
        default_branch=project.default_branch,
        clone_url=project.http_url_to_repo,
        archived=project.archived,
        empty=empty,
        mirror=bool(project.mirror),
        topics=project.topics or (),
    )
