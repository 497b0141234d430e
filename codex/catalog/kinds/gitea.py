"""An organisation or a user of Gitea or Forgejo.

API: `GET /orgs/{org}/repos`, `GET /users/{username}/repos` (https://docs.gitea.com/api/). A page has at most as many
items as the server allows, 50 by default, whatever `limit` is requested
(https://docs.gitea.com/administration/config-cheat-sheet#api-api, `MAX_RESPONSE_ITEMS`). Any key may be null. The list
itself is never null: `listUserRepos` allocates it first, so null does not mean an empty organisation
(https://github.com/go-gitea/gitea/blob/main/routers/api/v1/user/repo.go).
"""

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from codex.catalog.consistent_pages import NumberedPage, items_of, read_consistently
from codex.catalog.model import CatalogResult, merge_by_id
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.urls import split_address
from codex.limits import PAGES_PER_LIST
from codex.shell.isolation import LimitError
from codex.sync.repository import Repository, Rights
from skills_build.frozen import dataclass
from skills_build.numbers import whole_number


class Permissions(msgspec.Struct, frozen=True):
    """The rights of the token's account."""

    push: bool | None = None


class Repo(msgspec.Struct, frozen=True):
    """The fields of a repository that are read."""

    id: int
    full_name: str
    default_branch: str | None = None
    clone_url: str | None = None
    archived: bool | None = None
    empty: bool | None = None
    mirror: bool | None = None
    topics: tuple[str, ...] | None = None
    language: str | None = None
    permissions: Permissions | None = None
    has_pull_requests: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaCatalog:
    """The repositories of `owner`; the base of `client` is `https://host/api/v1/`."""

    client: Client
    owner: str

    def read(self) -> CatalogResult:
        """Return every repository that the token may see."""
        try:
            result = read_consistently(lambda: self._pages("orgs"), name=f"the organisation {self.owner}")
        except HttpError as error:
            if error.status not in (404, 405):
                raise
            result = read_consistently(lambda: self._pages("users"), name=f"the user {self.owner}")
        host = split_address(self.client.base).netloc
        account = self.client.account
        return merge_by_id((_repository(item, host, account) for item in result.items), result.broken, result.notes)

    def _pages(self, kind: str) -> Iterator[NumberedPage[Repo]]:
        count = 0
        for number in range(1, PAGES_PER_LIST + 1):
            params = {"page": number, "limit": 50}
            response = self.client.get(f"{kind}/{quote(self.owner, safe='')}/repos", params)
            items = items_of(response, Repo, name="full_name")
            total = whole_number(response.headers.get("x-total-count", ""))
            count += len(items)
            yield NumberedPage(items=items, total=total)
            if not items or (total is not None and count >= total):
                return
        raise LimitError(f"the repository list of {self.owner} has more than {PAGES_PER_LIST:,} pages")


def _repository(repo: Repo, host: str, account: str) -> Repository:
    return Repository(
        id=f"{host}/{repo.full_name}",
        forge="gitea",
        host=host,
        path=repo.full_name,
        default_branch=repo.default_branch or None,
        clone_url=repo.clone_url,
        archived=bool(repo.archived),
        empty=repo.empty,
        mirror=bool(repo.mirror),
        topics=repo.topics or (),
        languages=(repo.language,) if repo.language else (),
        rights=_rights(repo, account),
    )


def _rights(repo: Repo, account: str) -> Rights | None:
    """What the token may do, if the host says so: as the forge reads it (codex/forge/gitea_rows.py)."""
    if repo.permissions is None:
        return None
    return Rights(
        account=account,
        writable=repo.permissions.push is not False,
        requests_off=repo.has_pull_requests is False,
    )
