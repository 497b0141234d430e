"""Reads the settings of a repository of Gitea or Forgejo (https://docs.gitea.com/api/#tag/repository)."""

from typing import NotRequired, TypedDict
from urllib.parse import quote

from codex.forge.gitea_paths import api_path
from codex.forge.repository_settings import RepositorySettings, known
from codex.forge.responses import Name, Number
from codex.http.client import Client
from codex.sync.repository import Repository


class _Repository(TypedDict):
    private: NotRequired[bool | None]
    internal: NotRequired[bool | None]
    default_branch: NotRequired[Name | None]


class _Branch(TypedDict):
    protected: NotRequired[bool | None]
    required_approvals: NotRequired[Number | None]
    enable_status_check: NotRequired[bool | None]
    status_check_contexts: NotRequired[list[Name] | None]


def read_settings(client: Client, target: Repository) -> RepositorySettings:
    """Read the settings of a repository. Only its administrators see who may force a push."""
    row: _Repository = client.get(api_path(target)).decode(_Repository)
    branch = row.get("default_branch") or ""
    answer = client.get(f"{api_path(target)}/branches/{quote(branch)}", ok_statuses=(403, 404))
    found: _Branch = answer.decode(_Branch) if answer.status == 200 else _Branch()
    checks = (found.get("status_check_contexts") or []) if found.get("enable_status_check") else []
    private, internal = row.get("private"), row.get("internal")
    values = {
        "visibility": "internal" if internal else None if private is None else "private" if private else "public",
        "default_branch.name": branch or None,
        "default_branch.protected": found.get("protected"),
        "default_branch.required_approvals": found.get("required_approvals"),
        "default_branch.required_checks": checks if answer.status == 200 else None,
    }
    return known(2, values)
