"""Git on a repository whose host responds slowly, with too much, or with a redirect."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codex.shell import git_remote
from codex.shell.repository import RemoteRepository
from skills_build.errors import CodexError
from tests.support.fleet import git
from tests.support.scripted import RecordedRequest, Reply, scripted

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"


@contextmanager
def silent() -> Iterator[str]:
    """A host that accepts a connection and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/a.git"


def opened(address: str) -> None:
    with RemoteRepository.opened(address):
        pass


def test_git_on_a_host_that_does_not_respond_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_remote, "SECONDS_PER_EXCHANGE", 1.0)
    started: list[int] = []
    below = git_remote._below

    def recorded(number: int) -> list[int]:
        found = list(below(number))
        started.extend(found)
        return found

    monkeypatch.setattr(git_remote, "_below", recorded)
    with silent() as address, pytest.raises(CodexError, match="Git did not end within 1 s"):
        opened(address)
    assert [one for one in started if Path(f"/proc/{one}/exe").exists()] == []


def test_git_follows_no_redirect() -> None:
    with scripted(lambda *_: Reply(404)) as other:
        leading = {"location": f"{other.url}/a.git/info/refs?service=git-upload-pack"}
        with (
            scripted(lambda *_: Reply(302, headers=leading)) as server,
            pytest.raises(CodexError, match="cannot be read"),
        ):
            opened(f"{server.url}/a.git")
        assert other.requests == []


def test_an_address_without_its_ending_is_that_of_the_repository(tmp_path: Path) -> None:
    """GitLab redirects it to the address that ends in `.git`."""

    def respond(request: RecordedRequest, _: int) -> Reply:
        ending = ".git/info/refs?service=git-upload-pack"
        if not request.path.startswith("/acme/skills.git/"):
            return Reply(301, headers={"location": f"/acme/skills{ending}"})
        return Reply(200, b"001e# service=git-upload-pack\n00000000", {"content-type": ADVERTISEMENT})

    with scripted(respond) as server, RemoteRepository.opened(f"{server.url}/acme/skills") as remote:
        assert remote.address == f"{server.url}/acme/skills.git"


def test_a_repository_that_is_too_large_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    (tmp_path / "noise").write_bytes(bytes(number * number * 7 % 251 for number in range(200_000)))
    git(tmp_path, "add", "noise")
    git(tmp_path, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "Start")
    opened(str(tmp_path))
    monkeypatch.setattr(git_remote, "BYTES_PER_PACK", 200)
    with pytest.raises(CodexError, match="cannot be read"):
        opened(str(tmp_path))
