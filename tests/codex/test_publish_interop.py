"""Real installers get published bundles byte for byte."""

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from codex.publish.publication import Publication
from codex.workflow.publish import open_publication
from codex.workflow.trust import Trust
from skills_build.emit.tree import sha256
from tests.support.data import ROOT
from tests.support.goals import IDENTITY, PASSWORD, Bundles, files, goal, released, run_git
from tests.support.registries import MANIFEST
from tests.support.releasing import contents
from tests.support.running import codexc
from tools.npx import SKILLS, npx

pytestmark = [pytest.mark.interop, pytest.mark.slow]

CLAUDE: Final = os.environ.get("CODEX_CLAUDE") or shutil.which("claude")
REGISTRY: Final = os.environ.get("CODEX_REGISTRY") or shutil.which("docker-registry") or shutil.which("registry")
HASHED: Final = "$2b$04$5vL3m5eQ3J4KHGCfptnLL.M/A5qVIDfIt/D061ofPgh8EkOmeBqh."
"""PASSWORD by bcrypt, the only hash that the registry accepts:
https://distribution.github.io/distribution/about/configuration/#htpasswd."""

needs_claude = pytest.mark.skipif(not CLAUDE, reason="`claude` is not on the PATH, nor named by CODEX_CLAUDE")
needs_registry = pytest.mark.skipif(
    not REGISTRY, reason="`docker-registry` is not on the PATH, nor named by CODEX_REGISTRY"
)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    return released(tmp_path_factory.mktemp("released"))


def put(bundle: Path, to: str, **env: Any) -> list[str]:
    """Publish with the command; returns the status of each step."""
    run = codexc("publish", bundle, "--to", to, "--format", "json", **IDENTITY, **env)
    assert run.code == 0, run.err
    return [load["done"] for load in json.loads(run.out)["steps"]]


def skills(what: Publication) -> dict[str, bytes]:
    """The files of a bundle's skills."""
    return {
        artifact.path.removeprefix("skills/"): artifact.data
        for artifact in what.tree
        if artifact.path.startswith("skills/")
    }


# npx skills


def added(source: str, folder: Path, home: Path) -> dict[str, bytes]:
    """Return the files that `npx skills add` installs into a new repository."""
    folder.mkdir()
    run_git(folder, "init", "--quiet")
    done = npx(SKILLS, "add", source, "--skill", "*", "--agent", "codex", "--yes", "--copy", cwd=folder, home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return contents(folder / ".agents" / "skills")


@contextmanager
def site(root: Path) -> Iterator[str]:
    """Serve a folder as any web server does."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_npx_skills_installs_the_newest_version_from_a_site(bundles: Bundles, tmp_path: Path, npm_home: Path) -> None:
    with site(tmp_path / "site") as address:
        for number, bundle in enumerate((bundles.first, bundles.second)):
            put(bundle, f"well-known:{tmp_path / 'site'}")
            installed = added(address, tmp_path / str(number), npm_home)
            assert installed == skills(open_publication(str(bundle), Trust()))
        put(bundles.first, f"well-known:{tmp_path / 'site'}")
        assert added(address, tmp_path / "again", npm_home) == installed


def test_npx_skills_installs_the_newest_version_from_a_repository(
    bundles: Bundles, tmp_path: Path, npm_home: Path
) -> None:
    with goal("git", tmp_path) as fresh:
        for number, bundle in enumerate((bundles.first, bundles.second)):
            put(bundle, fresh.to)
            installed = added(f"file://{tmp_path / 'goal'}", tmp_path / str(number), npm_home)
            assert installed == skills(open_publication(str(bundle), Trust()))


# Claude Code


def claude(home: Path, *arguments: str | Path) -> str:
    """Call `claude plugin` as somebody who never used it; returns what it says."""
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLAUDE", "ANTHROPIC", "XDG"))}
    quiet = {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        [str(CLAUDE), "plugin", *map(str, arguments)],
        cwd=home,
        env={**kept, **quiet, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "warning" not in output.lower(), output
    return output


def plugin(home: Path, marketplace: Path) -> dict[str, bytes]:
    """Return the files that Claude Code keeps of a marketplace's plugin, without its own notes."""
    market = json.loads((marketplace / ".claude-plugin" / "marketplace.json").read_bytes())
    (listed,) = market["plugins"]
    claude(home, "marketplace", "add", marketplace)
    claude(home, "install", f"{listed['name']}@{market['name']}")
    assert f"{listed['name']}@{market['name']}" in claude(home, "list")
    installed = contents(home / ".claude" / "plugins" / "cache" / market["name"] / listed["name"] / listed["version"])
    return {name: data for name, data in installed.items() if not name.startswith((".git/", ".in_use/"))}


@needs_claude
def test_claude_takes_what_a_build_wrote(tmp_path: Path) -> None:
    copy = tmp_path / "codex"
    for name in ("dist", ".claude-plugin"):
        shutil.copytree(ROOT / name, copy / name)
    for folder in (copy, copy / "dist"):
        assert "passed" in claude(tmp_path / "home", "validate", folder)
    assert plugin(tmp_path / "home", copy) == contents(ROOT / "dist")


@needs_claude
@pytest.mark.parametrize("kind", ["folder", "git"])
def test_claude_takes_what_was_published(kind: str, bundles: Bundles, tmp_path: Path) -> None:
    what = open_publication(str(bundles.second), Trust())
    with goal(kind, tmp_path) as fresh:
        put(bundles.first, fresh.to)
        put(bundles.second, fresh.to)
    root = tmp_path / "goal"
    if kind == "git":  # Claude Code accepts no file:// address, but clones paths the same way
        root = tmp_path / "clone"
        run_git(tmp_path, "clone", "--quiet", str(tmp_path / "goal"), str(root))
    assert "passed" in claude(tmp_path / "home", "validate", root)
    assert plugin(tmp_path / "home", root) == {artifact.path: artifact.data for artifact in what.tree}


# CNCF Distribution


@contextmanager
def registry(folder: Path, *, closed: bool) -> Iterator[str]:
    """Run the reference registry with a folder as its storage; yields `host:port`.

    One that is `closed` wants a password.
    """
    version = subprocess.run([str(REGISTRY), "--version"], capture_output=True, text=True, check=False, timeout=30)
    if "distribution" not in version.stdout + version.stderr:
        pytest.skip(f"`{REGISTRY}` is no CNCF Distribution")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir()
    (folder / "users").write_text(f"robot:{HASHED}\n")
    config = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": host},
        **({"auth": {"htpasswd": {"realm": "Registry", "path": str(folder / "users")}}} if closed else {}),
    }
    (folder / "config.yml").write_text(json.dumps(config))  # which is YAML too
    env = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(REGISTRY), "serve", str(folder / "config.yml")], env=env, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            for _ in range(200):
                assert process.poll() is None, (folder / "log").read_text()
                with socket.socket() as asking:
                    if asking.connect_ex(("127.0.0.1", int(host.rpartition(":")[2]))) == 0:
                        break
                time.sleep(0.05)
            yield host
        finally:
            process.terminate()
            process.wait(timeout=30)


def pulled(host: str, path: str, user: str) -> tuple[bytes, dict[str, str]]:
    """What the registry gives for a path below the repository: bytes and headers, their names in lower case."""
    connection = HTTPConnection(host, timeout=30)
    headers = {"Accept": MANIFEST} if path.startswith("manifests/") else {}
    if user:
        headers["Authorization"] = "Basic " + b64encode(user.encode()).decode()
    try:
        connection.request("GET", f"/v2/codex/acme/{path}", headers=headers)
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status == 200, data
        return data, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


@needs_registry
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_a_real_registry_keeps_what_a_layout_does(closed: bool, bundles: Bundles, tmp_path: Path) -> None:
    env: dict[str, Any] = {"CODEXC_OCI_USER": "robot", "CODEXC_OCI_PASSWORD": PASSWORD} if closed else {}
    user = f"robot:{PASSWORD}" if closed else ""
    layout = tmp_path / "layout"
    with registry(tmp_path / "registry", closed=closed) as host:
        to = f"oci://{host}/codex/acme"
        for bundle in (bundles.first, bundles.second):
            assert "uploaded" in put(bundle, to, **env)
            before = files(tmp_path / "registry" / "data")
            assert set(put(bundle, to, **env)) == {"there"}
            assert files(tmp_path / "registry" / "data") == before
            put(bundle, f"oci:{layout}")
        refused = codexc("publish", bundles.other, "--to", to, **env)
        assert refused.code == 1, refused.err
        assert files(tmp_path / "registry" / "data") == before
        assert sorted(json.loads(pulled(host, "tags/list", user)[0])["tags"]) == [
            "1.0.0",
            "1.1.0",
        ]  # older ones do not sort
        kept = set()
        for entry in json.loads((layout / "index.json").read_bytes())["manifests"]:
            tag = entry["annotations"]["org.opencontainers.image.ref.name"]
            manifest, headers = pulled(host, f"manifests/{tag}", user)
            assert (headers["content-type"], headers["docker-content-digest"]) == (entry["mediaType"], entry["digest"])
            assert manifest == pulled(host, f"manifests/{entry['digest']}", user)[0] == blob(layout, entry["digest"])
            parsed = json.loads(manifest)
            for layer in (parsed["config"], *parsed["layers"]):
                data, _ = pulled(host, f"blobs/{layer['digest']}", user)
                assert data == blob(layout, layer["digest"])
                assert f"sha256:{sha256(data)}" == layer["digest"]
            kept |= {entry["digest"], parsed["config"]["digest"], *(layer["digest"] for layer in parsed["layers"])}
        assert kept == {f"sha256:{path.name}" for path in (layout / "blobs" / "sha256").iterdir()}


def blob(layout: Path, digest: str) -> bytes:
    return layout.joinpath("blobs", *digest.split(":")).read_bytes()
