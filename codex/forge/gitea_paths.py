"""Where the API of Gitea and Forgejo has the repositories: https://docs.gitea.com/api/#tag/repository."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from codex.forge.base import repository_not_found
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.response import Response
from codex.sync.repository import Repository

API: Final = "api/v1/"


def api_path(target: Repository) -> str:
    """The path of a repository in the API."""
    return f"{API}repos/{quote(target.path)}"


def get_of(client: Client, target: Repository, path: str, params: Mapping[str, object]) -> Response:
    """Read something of a repository. Raises `GoneError` for a 404."""
    try:
        return client.get(f"{api_path(target)}/{path}", params)
    except HttpError as error:
        raise (repository_not_found(target) if error.status == 404 else error) from error
