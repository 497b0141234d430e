"""A plain client for tests of the fakes, and git as a person would call it. It retries nothing and hides nothing."""

import http.client
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.forges.forge import Forge
from tests.support.forges.state import User

HEADER = {"gitlab": "PRIVATE-TOKEN"}
SCHEME = {"gitlab": "", "bitbucket": "Bearer "}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `json` is where types end."""

    status: int
    body: bytes
    headers: http.client.HTTPMessage

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    forge: Forge,
    method: str,
    path: str,
    body: object = None,
    *,
    user: User | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request on a connection of its own; `path` follows the API's beginning unless it starts with `/api/`."""
    token = (user or forge.world.bot).token
    usual = {HEADER.get(forge.kind, "Authorization"): f"{SCHEME.get(forge.kind, 'token ')}{token}"}
    data = None if body is None else json.dumps(body).encode()
    usual |= {"User-Agent": "tests"}
    usual |= {"Content-Type": "application/json"} if data else {}
    where = urlsplit(forge.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        full = path if path.startswith("/api/") else forge.flavour.api + path
        connection.request(method, full, data, {**usual, **(headers or {})})
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(), answer.headers)
    finally:
        connection.close()


def ask_graphql(forge: Forge, query: str, **variables: object) -> Reply:
    """One GraphQL document."""
    path = "/api/graphql" if forge.kind == "gitlab" else "/graphql"
    return ask(forge, "POST", path, {"query": query, "variables": variables})


@dataclass(frozen=True, slots=True)
class GitRun:
    code: int
    out: str
    err: str


def git(*arguments: str | Path, cwd: Path | None = None) -> GitRun:
    """Run git as a named person; never prompts."""
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in PERSON.items()}
    run = subprocess.run(
        ["git", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, **who, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
    )
    return GitRun(run.returncode, run.stdout, run.stderr)


PERSON = {"NAME": "Grace", "EMAIL": "grace@example.invalid"}


def clone(forge: Forge, path: str, folder: Path, user: User | None = None) -> Path:
    """A work tree of a repository; fails where git fails."""
    run = git("clone", "--quiet", forge.clone_url(path, user), folder)
    assert run.code == 0, run.err
    return folder


def commit(folder: Path, name: str, text: str, message: str = "Change by git") -> str:
    """Write a file and commit it; answers the commit's id."""
    (folder / name).write_text(text, encoding="utf-8")
    for arguments in (("add", name), ("commit", "--quiet", "-m", message)):
        run = git(*arguments, cwd=folder)
        assert run.code == 0, run.err
    return git("rev-parse", "HEAD", cwd=folder).out.strip()
