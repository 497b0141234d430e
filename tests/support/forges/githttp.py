"""Git over smart HTTP: `git http-backend` itself, with a token before it and the forge's own work after it.

Nothing of git is imitated: packs, compare-and-swap, hooks and refusals are git's. Only the commands and push options
at the head of a push are read along, and a forge's messages (`remote: ...`) are put into its answer.

Source: https://git-scm.com/docs/git-http-backend, https://git-scm.com/docs/gitprotocol-pack#_reference_update_request
"""

import base64
import gzip
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from tests.support.forges.state import Repository, User, World
from tests.support.forges.wire import Answer, Request, text_answer

SERVICES = ("/info/refs", "/git-upload-pack", "/git-receive-pack")

HOOK = """\
#!/bin/sh
while read -r old new ref; do
  if grep -qxF "$ref" protected; then
    cat protected-message
    exit 1
  fi
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What one push did: branches that really moved, and the options that came with it."""

    world: World
    repository: Repository
    user: User
    url: str
    options: tuple[str, ...]
    moved: dict[str, str | None]
    """Each moved branch and its new tip; `None` where it was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitWords:
    """How a forge answers requests of git."""

    realm: str
    absent: str
    archived: str
    read_only: str
    protected: str
    pushed: Callable[[Push], tuple[str, ...]]
    """The forge's own work after a push; answers the lines that the pusher is shown."""


def split(path: str) -> tuple[str, str] | None:
    """The repository and the service of a path; `None` where it is no path of git's."""
    for service in SERVICES:
        if path.endswith(service):
            return unquote(path.removesuffix(service).strip("/")).removesuffix(".git"), service
    return None


def token_of(request: Request) -> str | None:
    """The token of a request: the password of `Basic` (any name goes with it), or `Bearer`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return value
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return password if password not in ("", "x-oauth-basic") else name


def protect(repository: Repository, message: str) -> None:
    """Have git refuse pushes to the protected branches, by a hook."""
    if not repository.protected:
        return
    folder = repository.bare.folder
    (folder / "hooks").mkdir(exist_ok=True)
    hook = folder / "hooks" / "pre-receive"
    hook.write_text(HOOK, encoding="utf-8")
    hook.chmod(0o755)
    names = "".join(f"refs/heads/{branch}\n" for branch in sorted(repository.protected))
    (folder / "protected").write_text(names, encoding="utf-8")
    (folder / "protected-message").write_text(message + "\n", encoding="utf-8")


def serve_git(request: Request, world: World, words: GitWords, url: str) -> Answer:
    """Answer one request of git's."""
    parts = split(request.path)
    assert parts is not None
    path, service = parts
    writes = "git-receive-pack" in (service.strip("/"), request.asked.text("service"))
    token = token_of(request)
    user = world.user_of_token(token) if token else None
    if user is None:
        return text_answer("HTTP Basic: Access denied\n", 401, (("WWW-Authenticate", f'Basic realm="{words.realm}"'),))
    with world.lock:
        repository = world.find(path, user)
        refusal = _refusal(repository, world, user, words, writes=writes)
    if repository is None or refusal is not None:
        return refusal or text_answer(words.absent, 404)
    if service != "/git-receive-pack":
        return run_backend(request, repository, service)
    before = repository.bare.heads()
    answer = run_backend(request, repository, service)
    with world.lock:
        world.refresh(repository)
        after = repository.bare.heads()
        names = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        pushed = {name for name in commands(request) if name in names}
        moved = {name: after.get(name) for name in sorted(pushed)}
        push = Push(world=world, repository=repository, user=user, url=url, options=push_options(request), moved=moved)
        return with_messages(answer, words.pushed(push) if moved else ())


def _refusal(
    repository: Repository | None, world: World, user: User, words: GitWords, *, writes: bool
) -> Answer | None:
    if repository is None:
        return text_answer(words.absent, 404)
    if writes and repository.archived:
        return text_answer(words.archived, 403)
    if writes and not world.may_write(repository, user):
        return text_answer(words.read_only, 403)
    return None


def run_backend(request: Request, repository: Repository, service: str) -> Answer:
    """Run `git http-backend` as a web server would."""
    folder = repository.bare.folder
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{folder.name}{service}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "REMOTE_USER": "somebody",
        "REMOTE_ADDR": "127.0.0.1",
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
    }
    run = subprocess.run(["git", "http-backend"], input=request.body, env=environment, capture_output=True, check=False)
    head, _, body = run.stdout.partition(b"\r\n\r\n")
    if not head:
        return text_answer(run.stderr.decode(errors="replace"), 500)
    headers = [line.partition(": ")[::2] for line in head.decode().split("\r\n")]
    status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
    kept = tuple((name, value) for name, value in headers if name not in ("Status", "Content-Length"))
    return Answer(status=status, body=body, headers=kept)


def body_of(request: Request) -> bytes:
    packed = request.headers.get("content-encoding") == "gzip"
    return gzip.decompress(request.body) if packed else request.body


def sections(body: bytes) -> Iterator[list[bytes]]:
    """The packet lines of a push up to its pack, in sections that end with a flush."""
    place, section = 0, list[bytes]()
    while body[place : place + 4] not in (b"PACK", b""):
        size = int(body[place : place + 4], 16)
        if size < 4:
            yield section
            place, section = place + 4, []
        else:
            section.append(body[place + 4 : place + size])
            place += size


def commands(request: Request) -> tuple[str, ...]:
    """The branches that a push asks to move."""
    lines = next(sections(body_of(request)), [])
    names = (line.split(b"\0")[0].split()[2].decode() for line in lines if len(line.split(b"\0")[0].split()) == 3)
    return tuple(name.removeprefix("refs/heads/") for name in names if name.startswith("refs/heads/"))


def push_options(request: Request) -> tuple[str, ...]:
    """The `-o` of a push."""
    blocks = sections(body_of(request))
    first = next(blocks, [])
    if not first or b"push-options" not in first[0].partition(b"\0")[2]:
        return ()
    return tuple(line.decode().rstrip("\n") for line in next(blocks, []))


def with_messages(answer: Answer, lines: tuple[str, ...]) -> Answer:
    """The answer to a push with lines for the pusher's eyes before the report."""
    if not lines or answer.status != 200:
        return answer
    text = b"\x02" + "".join(f"{line}\n" for line in ("", *lines, "")).encode()
    return Answer(status=200, body=f"{len(text) + 4:04x}".encode() + text + answer.body, headers=answer.headers)
