"""Clients of forges, as sections of codex.yaml describe them: `url`, `token` and `ca`. For forges and catalogs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codex.http.client import Client
from codex.http.credentials import token_of
from skills_build.errors import CodexError


def authorities(data: Mapping[str, Any], root: Path) -> Path | None:
    """The file of certificates that a section names."""
    return root / data["ca"] if "ca" in data else None


def connect(data: Mapping[str, Any], root: Path, *, url: str | None, variable: str, header: str) -> Client:
    """The client of a section. `variable` holds the token where the section is silent; `header` is how it is sent."""
    address = data.get("url", url)
    if address is None:
        raise CodexError("codex.yaml does not say where the forge is", hint="add its `url`")
    credential = token_of(data.get("token") or {"env": variable}, root, kind=header)
    return Client(address, credential=credential, authorities=authorities(data, root))


def gitlab(data: Mapping[str, Any], root: Path) -> Client:
    """The client of a GitLab."""
    return connect(data, root, url="https://gitlab.com", variable="GITLAB_TOKEN", header="private-token")
