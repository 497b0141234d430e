"""A pusher for all-repos, written for `benchmarks.gitea`: pushes the branch and opens a pull request on Gitea.

all-repos has pushers for GitHub, GitLab and others, and none for Gitea. This one does the least that a pusher can do:
one push and one request.
"""

import json
import subprocess
from typing import NamedTuple
from urllib.request import Request, urlopen

from all_repos import autofix_lib  # type: ignore[import-not-found]


class Settings(NamedTuple):
    """The section `push_settings` of all-repos.json: the address of the API, a token, and the default branch."""

    api: str
    token: str
    base: str


def push(settings: Settings, branch_name: str) -> None:
    """Push the branch of the repository in the current folder, and open a pull request."""
    autofix_lib.run("git", "push", "--quiet", "origin", f"HEAD:{branch_name}")
    origin = subprocess.run(["git", "remote", "get-url", "origin"], check=True, capture_output=True, text=True).stdout
    owner, name = origin.strip().removesuffix(".git").split("/")[-2:]
    headers = {"authorization": f"token {settings.token}", "content-type": "application/json"}
    payload = {"head": branch_name, "base": settings.base, "title": "Codex", "body": "Codex"}
    request = Request(f"{settings.api}repos/{owner}/{name}/pulls", json.dumps(payload).encode(), headers)
    urlopen(request).close()
