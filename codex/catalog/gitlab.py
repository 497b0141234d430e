"""The projects of a GitLab group and its sub-groups. Source: https://docs.gitlab.com/api/groups/#list-projects"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from codex.http.client import Answer, Client, HttpError
from codex.sync.fleet import Target
from skills_build.errors import CodexError

_DEVELOPER: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLabGroup:
    """A group; an empty one stands for all projects that the token's owner is a member of."""

    client: Client
    group: str = ""

    def targets(self) -> Iterator[Target]:
        """Yield the projects in order of their age. Raises `CodexError` where the group may not be seen."""
        seen: set[int] = set()
        try:
            for page in self._pages():
                for one in page.json():
                    if one["id"] not in seen:
                        seen.add(one["id"])
                        yield _target(one)
        except HttpError as error:
            if error.status != 404:
                raise
            hint = "may the token read it?"
            raise CodexError(f"GitLab shows no group `{self.group}`", hint=hint) from error

    def _pages(self) -> Iterator[Answer]:
        """Yield pages by keys, which no list is too long for; by numbers where GitLab does not do that."""
        asked: dict[str, object] = {"per_page": 100, "order_by": "id", "sort": "asc"}
        path = "api/v4/projects"
        if self.group:
            path = f"api/v4/groups/{quote(self.group, safe='')}/projects"
            asked |= {"include_subgroups": "true", "with_shared": "false"}
        else:
            asked |= {"membership": "true"}
        first = True
        try:
            for page in self.client.pages(path, {**asked, "pagination": "keyset"}):
                first = False
                yield page
        except HttpError as error:
            if error.status not in (400, 405) or not first:
                raise
            yield from self.client.pages(path, asked)


def _target(one: Mapping[str, Any]) -> Target:
    return Target(
        id=str(one["id"]),
        path=one["path_with_namespace"],
        url=one.get("web_url", ""),
        default_branch=None if one.get("empty_repo") else one.get("default_branch"),
        archived=bool(one.get("archived")),
        mirror=bool(one.get("mirror")),
        requests_off=one.get("merge_requests_enabled") is False or one.get("merge_requests_access_level") == "disabled",
        writable=_writable(one.get("permissions")),
        topics=tuple(one.get("topics") or ()),
    )


def _writable(permissions: Mapping[str, Any] | None) -> bool:
    """Whether the token's owner may push; where GitLab does not say (a role inherited from above), it is tried."""
    levels = [one["access_level"] for one in (permissions or {}).values() if one]
    return not levels or max(levels) >= _DEVELOPER
