"""An organisation or a user of GitHub, by GraphQL, with cursors: no repository is missed while the list changes.

API: https://docs.github.com/graphql/reference/interfaces#repositoryowner. GitHub ends queries that take too long with
502 or 504 (https://github.com/cli/cli/issues/12715); the page is then requested again with half as many entries.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from codex.catalog.kept_size import KeptSize
from codex.catalog.model import CatalogResult, Unmapped, merge_by_id
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.pagination import follow
from codex.http.response import convert
from codex.http.urls import split_address
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

QUERY: Final = """
query($login: String!, $first: Int!, $after: String) {
  repositoryOwner(login: $login) {
    repositories(
      first: $first, after: $after, ownerAffiliations: [OWNER], orderBy: {field: CREATED_AT, direction: ASC}
    ) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        nameWithOwner url isArchived isDisabled isEmpty isMirror
        defaultBranchRef { name }
        languages(first: 10, orderBy: {field: SIZE, direction: DESC}) { nodes { name } }
        repositoryTopics(first: 20) { nodes { topic { name } } }
      }
    }
  }
}
"""
_PAGE: Final = 100
_SMALLEST_PAGE: Final = 10


class _Named(msgspec.Struct, frozen=True):
    name: str


class _Languages(msgspec.Struct, frozen=True):
    nodes: tuple[_Named, ...] = ()


class _Topic(msgspec.Struct, frozen=True):
    topic: _Named


class _Topics(msgspec.Struct, frozen=True):
    nodes: tuple[_Topic, ...] = ()


class _Node(msgspec.Struct, frozen=True, rename="camel"):
    name_with_owner: str
    url: str
    is_archived: bool = False
    is_disabled: bool = False
    is_empty: bool | None = None
    is_mirror: bool = False
    default_branch_ref: _Named | None = None
    languages: _Languages | None = None
    repository_topics: _Topics | None = None


class _PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Connection(msgspec.Struct, frozen=True, rename="camel"):
    page_info: _PageInfo
    nodes: tuple[dict[str, Any] | None, ...]
    total_count: int = 0


class _Owner(msgspec.Struct, frozen=True):
    repositories: _Connection


class _Data(msgspec.Struct, frozen=True, rename="camel"):
    repository_owner: _Owner | None = None


@dataclass(slots=True, kw_only=True)
class GitHubCatalog:
    """The repositories of `owner`; the base of `client` is `https://api.github.com/` or `https://host/api/`."""

    client: Client
    owner: str
    first: int = _PAGE

    def read(self) -> CatalogResult:
        """Return every repository that the token may see; GitHub lists the others as null."""
        repositories: list[Repository] = []
        broken: list[Unmapped] = []
        hidden = total = 0
        size = KeptSize(name=f"the repositories of {self.owner}")
        for page in follow(self._page, what=size.name):
            for row in page.nodes:
                result = None if row is None else self._read(row)
                size.add(result)
                if isinstance(result, Repository):
                    repositories.append(result)
                elif result is not None:
                    broken.append(result)
            hidden += sum(node is None for node in page.nodes)
            total = page.total_count
        notes = [f"{hidden:,} repositories of {self.owner} are hidden from this token"] if hidden else []
        count = len(repositories)
        if count + len(broken) + hidden < total:
            notes.append(f"{self.owner} changed while being read: only {count:,} of {total:,} repositories are listed")
        return merge_by_id(repositories, broken, notes)

    def _read(self, row: dict[str, Any]) -> Repository | Unmapped:
        """Decode one repository; an invalid one is reported alone."""
        try:
            return _repository(convert(row, _Node, where=f"POST {self.client.base}graphql"))
        except (HttpError, ValueError) as error:
            name = row.get("nameWithOwner")
            return Unmapped(name=name[:200] if isinstance(name, str) else "an unnamed entry", reason=str(error))

    def _page(self, cursor: str | None) -> tuple[_Connection, str | None]:
        while True:
            try:
                page = self._requested(cursor)
            except HttpError as error:
                if error.status not in (502, 504) or self.first // 2 < _SMALLEST_PAGE:
                    raise
                self.first //= 2
            else:
                return page, page.page_info.end_cursor if page.page_info.has_next_page else None

    def _requested(self, cursor: str | None) -> _Connection:
        variables: Mapping[str, object] = {"login": self.owner, "first": self.first, "after": cursor}
        response = self.client.graphql("graphql", QUERY, variables)
        data: _Data = convert(response.data or {}, _Data, where=f"POST {self.client.base}graphql")
        if data.repository_owner is None:
            raise _refused(self.owner, response.errors)
        return data.repository_owner.repositories


def _refused(owner: str, errors: Any) -> CodexError:
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    message = first.get("message")
    if message and first.get("type") != "NOT_FOUND":
        return HttpError(f"GitHub refused to list the repositories of `{owner}`: {message}", status=200)
    return CodexError(
        f"GitHub has no organisation or user `{owner}`", hint="check the name, and that the token can read this account"
    )


def _repository(node: _Node) -> Repository:
    host = split_address(node.url).netloc
    return Repository(
        id=f"{host}/{node.name_with_owner}",
        forge="github",
        host=host,
        path=node.name_with_owner,
        default_branch=node.default_branch_ref.name if node.default_branch_ref else None,
        clone_url=f"{node.url}.git",
        archived=node.is_archived or node.is_disabled,
        empty=node.is_empty,
        mirror=node.is_mirror,
        topics=tuple(topic.topic.name for topic in (node.repository_topics or _Topics()).nodes),
        languages=tuple(language.name for language in (node.languages or _Languages()).nodes),
    )
