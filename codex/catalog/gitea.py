"""An organisation or a user of Gitea or Forgejo.

API: `GET /orgs/{org}/repos`, `GET /users/{username}/repos` (docs.gitea.com/api). A page holds as many items as the
server allows, 50 unless configured, whatever is asked for; any key may be null. The list itself never is: Gitea makes
it before it fills it (routers/api/v1/user/repo.go, `listUserRepos`), so null is no empty organisation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import msgspec

from codex.catalog.consistent_pages import NumberedPage, items_of, read_consistently
from codex.catalog.model import CatalogResult, Repository, merge_by_id
from codex.http.client import Client, HttpError
from codex.limits import PAGES_PER_LIST
from codex.shell.isolation import LimitError


class Repo(msgspec.Struct, frozen=True):
    """What we read of a repository."""

    id: int
    full_name: str
    default_branch: str | None = None
    clone_url: str | None = None
    archived: bool | None = None
    empty: bool | None = None
    mirror: bool | None = None
    topics: tuple[str, ...] | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaCatalog:
    """The repositories of `owner`; `client` asks `https://host/api/v1/`."""

    client: Client
    owner: str

    def read(self) -> CatalogResult:
        """Every repository that the token may see."""
        try:
            found = read_consistently(lambda: self._pages("orgs"), name=f"the organisation {self.owner}")
        except HttpError as error:
            if error.status not in (404, 405):
                raise
            found = read_consistently(lambda: self._pages("users"), name=f"the user {self.owner}")
        host = urlsplit(self.client.base).netloc
        return merge_by_id((_repository(item, host) for item in found.items), found.broken, found.notes)

    def _pages(self, kind: str) -> Iterator[NumberedPage[Repo]]:
        read = 0
        for number in range(1, PAGES_PER_LIST + 1):
            params = {"page": number, "limit": 50}
            answer = self.client.get(f"{kind}/{quote(self.owner, safe='')}/repos", params)
            items = items_of(answer, Repo, name="full_name")
            said = answer.headers.get("x-total-count", "")
            total = int(said) if said.isdigit() else None
            read += len(items)
            yield NumberedPage(items=items, total=total)
            if not items or (total is not None and read >= total):
                return
        raise LimitError(f"the repositories of {self.owner}: more than {PAGES_PER_LIST:,} pages")


def _repository(one: Repo, host: str) -> Repository:
    return Repository(
        id=f"{host}/{one.full_name}",
        forge="gitea",
        host=host,
        path=one.full_name,
        default_branch=one.default_branch or None,
        clone_url=one.clone_url,
        archived=bool(one.archived),
        empty=one.empty,
        mirror=bool(one.mirror),
        topics=one.topics or (),
        languages=(one.language,) if one.language else (),
    )
