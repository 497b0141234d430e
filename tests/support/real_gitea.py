"""A real Gitea or Forgejo under the contract: started once, on loopback, with people who work in it by API and by git.

`CODEX_GITEA` names the program where it is not on the PATH as `gitea` or `forgejo`; without it the row is not there.
"""

import atexit
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from codex.forge.base import Forge as Port
from codex.forge.gitea import GiteaForge
from codex.forge.gitea_heads import FORGEJO, GITEA
from codex.http.client import Client
from codex.http.credentials import Token
from codex.sync.repository import Repository
from tests.support.contract import BRANCH, README, REAL_GITEA, FakeClock, Shown
from tests.support.fleet import git
from tests.support.forges import Forge as Fake

_ASSETS: Final = os.environ.get("CODEX_GITEA_ASSETS")
"""Where its templates are, if they are not in the program."""
BOT: Final = "codex-bot"
PERSON: Final = "dev"
_PEOPLE: Final = (PERSON, BOT, "ada", "bob")
_WRITES: Final = re.compile(r"completed (POST|PUT|PATCH|DELETE) (\S+) for [^,]+, (\d+)")
_REQUESTS: Final = re.compile(r"completed [A-Z]+ (\S+) for [^,]+, \d+")
_LOGGED: Final = 0.5
"""Seconds until the server has written what it logs."""
_NO_WRITES: Final = ("/api/internal/", "/api/v1/orgs", "/api/v1/teams")
_WAIT: Final = 60.0
_CHECKED: Final = 1.0
"""Seconds after a push until the server has checked which pull requests can still be merged; it does not report when."""
_INI: Final = """
RUN_USER = {user}
RUN_MODE = prod
WORK_PATH = {folder}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
STATIC_ROOT_PATH = {static}
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = {root}
START_SSH_SERVER = false
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = {folder}/data.db
[repository]
ROOT = {folder}/repositories
[security]
INSTALL_LOCK = true
SECRET_KEY = not-a-secret
PASSWORD_HASH_ALGO = pbkdf2$1$8
[service]
DISABLE_REGISTRATION = true
[log]
MODE = file
LEVEL = Info
logger.router.MODE = file
ROOT_PATH = {folder}/log
[queue]
TYPE = channel
[indexer]
ISSUE_INDEXER_TYPE = db
[cron]
ENABLED = false
[mailer]
ENABLED = false
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its address, where its repositories lie, and a token of everybody."""

    url: str
    repositories: Path
    tokens: Mapping[str, str]
    forgejo: bool

    def ask(self, method: str, place: str, sent: object = None, *, of: str = PERSON) -> Any:
        """Send a request to its API as a user. Raises `HTTPError`."""
        headers = {"authorization": f"token {self.tokens[of]}", "content-type": "application/json"}
        data = None if sent is None else json.dumps(sent).encode()
        request = Request(f"{self.url}api/v1/{place}", data=data, method=method, headers=headers)
        with urlopen(request, timeout=_WAIT) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def writes(self) -> list[str]:
        """Every request that wrote something, by its log: method, path, status."""
        text = "".join(path.read_text() for path in sorted(self.repositories.parent.glob("log/*.log")))
        return [" ".join(found) for found in _WRITES.findall(text) if not found[1].startswith(_NO_WRITES)]

    def requests(self, path: str) -> tuple[int, int]:
        """How many requests to the API and to git a repository has had, by its log, once that is written."""
        counts, before = (0, 0), None
        while counts != before:
            before = counts
            time.sleep(_LOGGED)
            text = "".join(log.read_text() for log in sorted(self.repositories.parent.glob("log/*.log")))
            paths = [place for place in _REQUESTS.findall(text) if "/api/internal/" not in place]
            counts = (
                sum(f"/repos/{path}/" in place for place in paths),
                sum(f"/{path}.git/" in place for place in paths),
            )
        return counts

    def bare(self, path: str) -> Path:
        """The bare repository on its disk."""
        return self.repositories / f"{path.lower()}.git"


@cache
def server() -> Server:
    """Start it; it ends with the tests."""
    return start()


def start(*, root: str = "", more: str = "") -> Server:
    """Start one that ends with this program; `root` is the address that it gives of itself, `more` ends its settings."""
    assert REAL_GITEA is not None
    folder = Path(tempfile.mkdtemp(prefix="gitea-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ini = folder / "app.ini"
    user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
    root = root or f"http://127.0.0.1:{port}/"
    ini.write_text(_INI.format(user=user, folder=folder, port=port, root=root, static=_ASSETS or folder) + more)
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {"HOME": str(folder), "USER": user}  # it writes git's settings, wherever they are
    base = [REAL_GITEA, "--config", str(ini), "--work-path", str(folder)]

    def run(*words: str) -> str:
        done = subprocess.run([*base, *words], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    run("migrate")
    for name in _PEOPLE:
        rights = ["--admin"] if name == PERSON else []
        words = ["--username", name, "--password", "Passwd-12345", "--email", f"{name}@example.com"]
        run("admin", "user", "create", *words, "--must-change-password=false", *rights)
    tokens = {
        name: run("admin", "user", "generate-access-token", "--username", name, "--scopes", "all", "--raw")
        for name in _PEOPLE
    }
    process = subprocess.Popen([*base, "web"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop() -> None:
        process.terminate()
        process.wait(_WAIT)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    version = run("--version")
    server = Server(f"http://127.0.0.1:{port}/", folder / "repositories", tokens, "forgejo" in version.lower())
    until(lambda: _answers(server))
    return server


def _answers(server: Server) -> bool:
    try:
        server.ask("GET", "version")
    except (URLError, OSError):
        return False
    return True


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds: a server does much after it has answered."""
    end = time.monotonic() + _WAIT
    while not holds():
        assert time.monotonic() < end, "the server does not come to it"
        time.sleep(0.1)


@dataclass(slots=True)
class Real:
    """A stage on it."""

    server: Server
    folder: Path
    clients: list[Client]
    port: Port = field(init=False)
    fake: Fake | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    targets: dict[str, Repository] = field(default_factory=dict)
    readers: list[tuple[int, str]] = field(default_factory=list)
    """Teams that we were removed from."""

    def __post_init__(self) -> None:
        self.port = self.fresh()

    def fresh(self) -> Port:
        token = self.server.tokens[BOT]
        self.clients.append(Client(self.server.url, credential=Token(source=lambda: token, kind="token")))
        return GiteaForge(self.clients[-1], variant=FORGEJO if self.server.forgejo else GITEA)

    def add(self, path: str, files: Mapping[str, str | bytes] = README, **fields: Any) -> Repository:
        owner, _, name = path.partition("/")
        self._organisation(owner)
        sent = {"name": name, "default_branch": "main", "auto_init": False}
        body = self.server.ask("POST", f"orgs/{owner}/repos", sent)
        self.targets[path] = Repository(id=str(body["id"]), path=path, **fields)
        if files:
            self.commit(path, files)
            until(lambda: not self.server.ask("GET", f"repos/{path}")["empty"])
        return self.targets[path]

    def _organisation(self, name: str) -> None:
        try:
            self.server.ask("GET", f"orgs/{name}")
        except HTTPError:
            self.server.ask("POST", "orgs", {"username": name})
            team = self.server.ask("GET", f"orgs/{name}/teams")[0]["id"]
            for who in _PEOPLE:
                self.server.ask("PUT", f"teams/{team}/members/{who}")

    def commit(self, path: str, files: Mapping[str, str | bytes | None], branch: str = "main") -> str:
        work = Path(tempfile.mkdtemp(dir=self.folder))
        pair = b64encode(f"{PERSON}:{self.server.tokens[PERSON]}".encode()).decode()
        door = ("-c", f"http.extraHeader=Authorization: Basic {pair}")
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
        git(self.folder, *door, "clone", "--quiet", f"{self.server.url}{path}.git", str(work))
        names = git(work, "branch", "--remotes", "--format=%(refname:lstrip=3)").split()
        if names:
            git(work, "checkout", "--quiet", "-B", branch, f"origin/{branch if branch in names else 'main'}")
        for name, text in files.items():
            file = work / name
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text.encode() if isinstance(text, str) else text)
        git(work, "add", "--all")
        git(work, *who, "commit", "--quiet", "--allow-empty", "--message", "Work of a person")
        git(work, *door, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        if names and self.server.ask("GET", f"repos/{path}/pulls?state=open"):
            time.sleep(_CHECKED)
        return git(work, "rev-parse", "HEAD")

    def tip(self, path: str, branch: str = BRANCH) -> str | None:
        return git(self.git(path), "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}") or None

    def show(self, path: str, file: str, branch: str = "main") -> bytes:
        done = subprocess.run(["git", "show", f"{branch}:{file}"], cwd=self.git(path), check=True, capture_output=True)
        return done.stdout

    def git(self, path: str) -> Path:
        return self.server.bare(path)

    def requests(self, path: str) -> list[Shown]:
        rows = self.server.ask("GET", f"repos/{path}/pulls?state=all&limit=50")
        return [self._shown(path, row) for row in sorted(rows, key=lambda row: int(row["number"]))]

    def _shown(self, path: str, row: Mapping[str, Any]) -> Shown:
        notes = self.server.ask("GET", f"repos/{path}/issues/{row['number']}/comments")
        events = self.server.ask("GET", f"repos/{path}/issues/{row['number']}/timeline")
        return Shown(
            number=row["number"],
            state="merged" if row["merged"] else row["state"],
            title=row["title"].removeprefix("WIP: "),
            body=row["body"],
            labels=tuple(label["name"] for label in row["labels"] or ()),
            reviewers=tuple(user["login"] for user in row["requested_reviewers"] or ()),
            notes=tuple(note["body"] for note in notes),
            draft=bool(row.get("draft")),
            assignees=tuple(user["login"] for user in row["assignees"] or ()),
            auto_merge=any(event["type"] == "pull_scheduled_merge" for event in events),
        )

    def close(self, path: str, number: int) -> None:
        self.server.ask("PATCH", f"repos/{path}/pulls/{number}", {"state": "closed"})

    def merge(self, path: str, number: int) -> None:
        until(lambda: self._merged(path, number))

    def _merged(self, path: str, number: int) -> bool:
        """Whether it could be merged; a server first has to find out."""
        try:
            self.server.ask("POST", f"repos/{path}/pulls/{number}/merge", {"Do": "merge"})
        except HTTPError as error:
            if error.code != 405:
                raise
            return False
        return True

    def label(self, path: str, number: int, *names: str) -> None:
        ids = {label["name"]: label["id"] for label in self.server.ask("GET", f"repos/{path}/labels")}
        for name in names:
            if name not in ids:
                sent = {"name": name, "color": "#112233"}
                ids[name] = self.server.ask("POST", f"repos/{path}/labels", sent)["id"]
        self.server.ask("POST", f"repos/{path}/issues/{number}/labels", {"labels": [ids[name] for name in names]})

    def entitle(self, path: str, number: int, title: str) -> None:
        self.server.ask("PATCH", f"repos/{path}/pulls/{number}", {"title": title})

    def describe(self, path: str, number: int, body: str) -> None:
        self.server.ask("PATCH", f"repos/{path}/pulls/{number}", {"body": body})

    def redraft(self, path: str, number: int, *, draft: bool) -> None:
        title = str(self.server.ask("GET", f"repos/{path}/pulls/{number}")["title"]).removeprefix("WIP: ")
        self.entitle(path, number, f"WIP: {title}" if draft else title)

    def drop_branch(self, path: str, branch: str = BRANCH) -> None:
        self.server.ask("DELETE", f"repos/{path}/branches/{quote(branch)}")

    def require_approvals(self, path: str, count: int) -> None:
        sent = {"branch_name": "main", "rule_name": "main", "enable_push": True, "required_approvals": count}
        self.server.ask("POST", f"repos/{path}/branch_protections", sent)

    def share_label(self, path: str, name: str) -> None:
        sent = {"name": name, "color": "#112233"}
        self.server.ask("POST", f"orgs/{path.partition('/')[0]}/labels", sent)

    def labels(self, path: str) -> list[str]:
        return [label["name"] for label in self.server.ask("GET", f"repos/{path}/labels")]

    def restrict(
        self, path: str, *, read_only: bool = False, requests_off: bool = False, archived: bool = False
    ) -> None:
        if archived:
            self.server.ask("PATCH", f"repos/{path}", {"archived": True})
        if requests_off:
            self.server.ask("PATCH", f"repos/{path}", {"has_pull_requests": False})
        if read_only:
            owner = path.partition("/")[0]
            team = self.server.ask("GET", f"orgs/{owner}/teams")[0]["id"]
            self.server.ask("DELETE", f"teams/{team}/members/{BOT}")
            self.server.ask("PUT", f"repos/{path}/collaborators/{BOT}", {"permission": "read"})
            self.readers.append((team, BOT))

    def clear(self) -> None:
        """Take the repositories away again."""
        for team, name in self.readers:
            self.server.ask("PUT", f"teams/{team}/members/{name}")
        for path in self.targets:
            self.server.ask("DELETE", f"repos/{quote(path)}")


@contextmanager
def begin(folder: Path) -> Iterator[Real]:
    """A stage, without a trace of it afterwards."""
    stage = Real(server(), folder, [])
    try:
        yield stage
    finally:
        for client in stage.clients:
            client.close()
        stage.clear()
