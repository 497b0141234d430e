"""One destination of every kind, each with what a test asks of any of them; and small released codices to publish."""

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from codex.http.client import Client
from codex.http.credentials import Anonymous, Credential, Token
from codex.http.rate_limit import RateLimiter
from codex.publish import git, gitlab, oci
from codex.publish.folder import FolderPublisher
from codex.publish.github import GitHubPublisher
from codex.publish.publication import Publication, Publisher
from codex.publish.well_known import FOLDER, WellKnownPublisher
from skills_build.emit.tree import sha256
from tests.codex.http.test_rate_limit import FakeClock
from tests.support import registries
from tests.support.data import ROOT
from tests.support.registries import TOKEN, GitHubHost, GitLabHost, Host, OciHost
from tests.support.running import codexc

KINDS: Final = ("folder", "git", "well-known", "gitlab", "github", "layout", "registry")
HOSTS: Final = ("gitlab", "github", "registry")
PASSWORD: Final = "robot-password-0123456789"
IDENTITY: Final[dict[str, Any]] = {
    **{f"GIT_{who}_NAME": "CI" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ci@example.com" for who in ("AUTHOR", "COMMITTER")},
}
NO_TOKENS: Final[dict[str, Any]] = {"GITLAB_TOKEN": "", "CI_JOB_TOKEN": "", "GITHUB_TOKEN": ""}
RULE: Final = """
### Secrets SHOULD expire within a year (SEC-9)

**Why:** what leaks is worth less.
"""


@dataclass(frozen=True, slots=True)
class Bundles:
    """The folders of bundles: two releases of one codex, and the first release of another that has its name."""

    codex: Path
    first: Path
    second: Path
    other: Path


def released(root: Path) -> Bundles:
    """Release a small codex twice, and one that differs from its first release in a word."""
    codex = _codex(root / "codex", "is used before")
    page = codex / "standards" / "security.md"
    page.write_text(page.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    run_git(codex, "commit", "--quiet", "--all", "--message", "Let secrets expire")
    _release(codex)
    other = _codex(root / "other", "hurts before")
    bundles = codex / "build" / "bundles"
    return Bundles(
        codex=codex,
        first=bundles / "acme-1.0.0",
        second=bundles / "acme-1.1.0",
        other=other / "build" / "bundles" / "acme-1.0.0",
    )


def _codex(folder: Path, words: str) -> Path:
    shutil.copytree(ROOT / "tests" / "golden" / "mini" / "standards", folder / "standards")
    page = folder / "standards" / "security.md"
    page.write_text(page.read_text(encoding="utf-8").replace("is used before", words), encoding="utf-8")
    (folder / ".gitignore").write_text("build/\n")
    run_git(folder, "init", "--quiet")
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--message", "Write our standards down")
    _release(folder)
    return folder


def _release(folder: Path) -> None:
    run = codexc("release", "--tag", cwd=folder, **IDENTITY)
    assert run.code == 0, run.err


def run_git(folder: Path, *arguments: str) -> str:
    """Run git as somebody, without the machine's configuration, and return what it prints."""
    env = {**os.environ, **IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "surrogateescape")


def files(folder: Path) -> dict[str, tuple[bytes, bool, int]]:
    """All files below a folder by path: bytes, whether they may be run, and when they were written."""
    content = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        if stat.S_ISREG(facts.st_mode):
            name = path.relative_to(folder).as_posix()
            content[name] = (path.read_bytes(), bool(facts.st_mode & 0o111), facts.st_mtime_ns)
    return content


def tree_of(offer: Publication) -> dict[str, tuple[bytes, bool]]:
    """The files that a bundle unpacks to."""
    return {file.path: (file.data, bool(file.mode & 0o111)) for file in offer.tree}


def git_tree(repository: Path, ref: str) -> dict[str, tuple[bytes, bool]]:
    """The files of a commit: bytes as they are stored, and whether they may be run."""
    content = {}
    for line in run_git(repository, "ls-tree", "-r", "-z", ref).split("\0")[:-1]:
        facts, _, name = line.partition("\t")
        mode, _, blob = facts.split()
        done = subprocess.run(["git", "cat-file", "blob", blob], cwd=repository, capture_output=True, check=True)
        content[name] = (done.stdout, mode == "100755")
    return content


@dataclass(slots=True, kw_only=True)
class Goal:
    """A destination.

    `state` is all that is there, `latest` the version that people get who name none, `check` fails where a version
    is not there as a whole, `sound` where anything that people see is not.
    """

    kind: str
    to: str
    state: Callable[[], object]
    latest: Callable[[], str | None]
    check: Callable[[Publication], None]
    sound: Callable[[], None]
    open: Callable[[], Publisher]
    host: Host | None = None
    env: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def goal(kind: str, root: Path) -> Iterator[Goal]:
    """A destination that holds nothing yet."""
    if kind in HOSTS:
        with {"gitlab": _gitlab, "github": _github, "registry": _registry}[kind]() as host:
            yield host
    else:
        yield {"folder": _folder, "git": _git, "well-known": _well_known, "layout": _layout}[kind](root / "goal")


def client(base: str, credential: Credential | None = None) -> Client:
    """A client that never waits for real."""
    return Client(base, credential=credential, rate_limiter=RateLimiter("h", clock=FakeClock()))


def _folder(path: Path) -> Goal:
    def latest() -> str | None:
        manifest = path / "manifest.json"
        return str(json.loads(manifest.read_bytes())["version"]) if manifest.is_file() else None

    def check(offer: Publication) -> None:
        assert {name: file[:2] for name, file in files(path).items()} == tree_of(offer)

    return Goal(
        kind="folder",
        to=f"folder:{path}",
        state=lambda: files(path.parent),
        latest=latest,
        check=check,
        sound=lambda: None,
        open=lambda: FolderPublisher(path=path),
    )


def _git(path: Path) -> Goal:
    path.mkdir()
    run_git(path, "init", "--quiet", "--bare", "--initial-branch=main")

    def refs() -> dict[str, str]:
        listing = run_git(path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return {name: commit for name, _, commit in (line.partition(" ") for line in listing)}

    def latest() -> str | None:
        if "refs/heads/main" not in refs():
            return None
        return str(json.loads(git_tree(path, "main")["manifest.json"][0])["version"])

    def check(offer: Publication) -> None:
        assert git_tree(path, f"v{offer.version}") == tree_of(offer)

    def sound() -> None:
        assert ("refs/heads/main" in refs()) == any(name.startswith("refs/tags/v") for name in refs())

    return Goal(
        kind="git",
        to=f"git:{path}",
        state=refs,
        latest=latest,
        check=check,
        sound=sound,
        open=lambda: git.GitPublisher(address=str(path)),
        env=IDENTITY,
    )


def _well_known(path: Path) -> Goal:
    root = path / FOLDER

    def latest() -> str | None:
        if not (root / "index.json").is_file():
            return None
        urls = {load["url"].split("/")[1] for load in json.loads((root / "index.json").read_bytes())["skills"]}
        (version,) = urls
        assert json.loads((root / "versions.json").read_bytes())["latest"] == version
        return str(version)

    def resolved(index: Path) -> set[str]:
        index_data = json.loads(index.read_bytes())
        for skill in index_data["skills"]:
            data = (index.parent / skill["url"]).read_bytes()
            assert skill["digest"] == f"sha256:{sha256(data)}"
            assert skill["type"] == ("skill-md" if skill["url"].endswith("/SKILL.md") else "archive")
        return {skill["name"] for skill in index_data["skills"]}

    def check(offer: Publication) -> None:
        inside = root / "releases" / offer.version
        assert resolved(inside / "index.json") == {skill["name"] for skill in offer.manifest["skills"]}
        assert offer.version in json.loads((root / "versions.json").read_bytes())["versions"]
        for name, (data, *_) in files(inside).items():
            assert name == "index.json" or data == offer.files.get(name.removeprefix("bundle/"), data)
        sound()
        assert not [name for name in files(path) if name.endswith(".new")]

    def sound() -> None:
        for index in (root / "index.json", *root.glob("releases/*/index.json")):
            if index.is_file():
                resolved(index)

    return Goal(
        kind="well-known",
        to=f"well-known:{path}",
        state=lambda: files(path),
        latest=latest,
        check=check,
        sound=sound,
        open=lambda: WellKnownPublisher(path=path),
    )


def _layout(path: Path) -> Goal:
    def index() -> dict[str, Any]:
        content: dict[str, Any] = {"manifests": []}
        if (path / "index.json").is_file():
            content = json.loads((path / "index.json").read_bytes())
            assert json.loads((path / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
        return content

    def blob(descriptor: Mapping[str, Any]) -> bytes:
        data: bytes = path.joinpath("blobs", "sha256", descriptor["digest"].removeprefix("sha256:")).read_bytes()
        assert descriptor["digest"] == f"sha256:{sha256(data)}"
        assert descriptor["size"] == len(data)
        return data

    def held(entry: Mapping[str, Any]) -> dict[str, bytes]:
        return artifact(json.loads(blob(entry)), blob)

    def tagged() -> dict[str, dict[str, bytes]]:
        entries = index()["manifests"]
        content = {entry["annotations"]["org.opencontainers.image.ref.name"]: held(entry) for entry in entries}
        assert len(content) == len(entries)
        return content

    def check(offer: Publication) -> None:
        assert tagged()[offer.version] == offer.files
        assert not [name for name in files(path) if name.endswith(".new")]

    def sound() -> None:
        tagged()

    return Goal(
        kind="layout",
        to=f"oci:{path}",
        state=lambda: files(path),
        latest=lambda: None,
        check=check,
        sound=sound,
        open=lambda: oci.OciLayoutPublisher(path=path),
    )


def artifact(manifest: Mapping[str, Any], blob: Callable[[Mapping[str, Any]], bytes]) -> dict[str, bytes]:
    """The files of an artifact by their titles."""
    assert manifest["artifactType"] == oci.ARTIFACT
    assert blob(manifest["config"]) == b"{}"
    return {layer["annotations"]["org.opencontainers.image.title"]: blob(layer) for layer in manifest["layers"]}


@contextmanager
def _gitlab() -> Iterator[Goal]:
    with registries.gitlab() as host, ExitStack() as clients:
        credential = Token(source=lambda: TOKEN, kind="private-token")
        yield Goal(
            kind="gitlab",
            to=f"gitlab:{host.base}",
            state=lambda: deepcopy((host.packages, host.files, host.releases, host.latest)),
            latest=lambda: host.latest.removeprefix("codex-v") if host.latest else None,
            check=lambda offer: _check_gitlab(host, offer),
            sound=lambda: _sound_gitlab(host),
            open=lambda: gitlab.GitLabPublisher(
                client=clients.enter_context(client(f"{host.url}/api/v4/", credential)), project=host.project
            ),
            host=host,
            env={**NO_TOKENS, "GITLAB_TOKEN": TOKEN},
        )


def _check_gitlab(host: GitLabHost, offer: Publication) -> None:
    kept = host.kept(offer.namespace, offer.version)
    assert kept == {name: [data] for name, data in offer.files.items()}
    assert offer.tag in host.releases
    _sound_gitlab(host)


def _sound_gitlab(host: GitLabHost) -> None:
    for release in host.releases.values():
        assert release["assets"]["links"]
        for link in release["assets"]["links"]:
            address = re.fullmatch(r".*/packages/generic/([^/]+)/([^/]+)/([^/]+)", link["url"])
            assert address
            assert address[3] == link["name"]
            assert address[3] in host.kept(address[1], address[2])


@contextmanager
def _github() -> Iterator[Goal]:
    with registries.github() as host, ExitStack() as clients:
        credential = Token(source=lambda: TOKEN)
        yield Goal(
            kind="github",
            to=f"github:{host.base}",
            state=lambda: deepcopy((host.releases, host.assets, host.latest)),
            latest=lambda: host.latest.removeprefix("codex-v") if host.latest else None,
            check=lambda offer: _check_github(host, offer),
            sound=lambda: _sound_github(host),
            open=lambda: GitHubPublisher(
                client=clients.enter_context(client(f"{host.url}/api/v3/", credential)),
                open_client=lambda base: client(base, credential),
                repository=host.repository,
            ),
            host=host,
            env={**NO_TOKENS, "GITHUB_TOKEN": TOKEN},
        )


def _check_github(host: GitHubHost, offer: Publication) -> None:
    assert host.published().count(offer.tag) == 1
    assert [release["tag_name"] for release in host.releases].count(offer.tag) == 1
    assert host.kept(offer.tag) == offer.files
    _sound_github(host)


def _sound_github(host: GitHubHost) -> None:
    counts = {tag: len(host.kept(tag)) for tag in host.published()}
    assert set(counts.values()) <= {7}
    states = [
        asset["state"] for release in host.releases if not release["draft"] for asset in host.assets[release["id"]]
    ]
    assert set(states) <= {"uploaded"}


@contextmanager
def _registry() -> Iterator[Goal]:
    with registries.oci(user="robot", password=PASSWORD) as host, ExitStack() as clients:
        yield Goal(
            kind="registry",
            to=host.reference("codex/acme"),
            state=lambda: deepcopy((host.blobs, host.manifests)),
            latest=lambda: None,
            check=lambda offer: check_registry(host, offer),
            sound=lambda: None,
            open=lambda: oci.OciRegistryPublisher(
                client=clients.enter_context(client(host.url, Anonymous())),
                open_client=lambda base: client(base, Anonymous()),
                name="codex/acme",
                user="robot",
                password=PASSWORD,
            ),
            host=host,
            env={"CODEXC_OCI_USER": "robot", "CODEXC_OCI_PASSWORD": PASSWORD},
        )


def check_registry(host: OciHost, offer: Publication, name: str = "codex/acme") -> None:
    """Fail where the registry does not hold a version under its tag; that its blobs are there, it checked itself."""
    manifest = json.loads(host.manifests[name][offer.version])
    assert artifact(manifest, lambda descriptor: host.blobs[name][descriptor["digest"]]) == offer.files
    assert "latest" not in host.tags(name)
