"""Reads the settings of a project of GitLab (https://docs.gitlab.com/api/projects/, /api/protected_branches/)."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict
from urllib.parse import quote

from codex.forge.gitlab_heads import api_path
from codex.forge.repository_settings import RepositorySettings, known
from codex.forge.responses import Name, Number
from codex.http.client import Client
from codex.sync.repository import Repository


class _Project(TypedDict):
    visibility: NotRequired[Name | None]
    default_branch: NotRequired[Name | None]


class _Protected(TypedDict):
    name: Name
    allow_force_push: NotRequired[bool | None]
    code_owner_approval_required: NotRequired[bool | None]


class _Rule(TypedDict):
    approvals_required: NotRequired[Number | None]


def read_settings(client: Client, target: Repository) -> RepositorySettings:
    """Read the settings of a project. The free tier has no rules for approvals, so their number is not known there."""
    project: _Project = client.get(api_path(target)).decode(_Project)
    branch = project.get("default_branch") or ""
    place = f"{api_path(target)}/protected_branches/{quote(branch, safe='')}"
    answer = client.get(place, ok_statuses=(401, 403, 404))
    protection = [answer.decode(_Protected)] if answer.status == 200 else []
    rules = client.get(f"{api_path(target)}/approval_rules", {"per_page": 100}, ok_statuses=(401, 403, 404))
    rows: Sequence[_Rule] | None = rules.decode(list[_Rule]) if rules.status == 200 else None
    one = protection[0] if protection else None
    values = {
        "visibility": project.get("visibility"),
        "default_branch.name": branch or None,
        "default_branch.protected": {200: True, 404: False}.get(answer.status),
        "default_branch.force_push": one.get("allow_force_push") if one else {404: True}.get(answer.status),
        "default_branch.code_owners": one.get("code_owner_approval_required") if one else None,
        "default_branch.required_approvals": _approvals(rows),
    }
    return known(3, values)


def _approvals(rows: Sequence[_Rule] | None) -> int | None:
    return None if rows is None else max((row.get("approvals_required") or 0 for row in rows), default=0)
