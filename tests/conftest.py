"""Safety nets for every test: a home of its own, no git configuration of the machine, no network but loopback."""

import gc
import importlib
import itertools
import os
import re
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tools.npx import obstacle

# The verdict must not depend on what hypothesis happens to draw. CODEXC_TEST_EXPLORE lets it draw other examples each
# time. No deadline: how long an example takes says more of the machine's other work than of ours.
settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("exploring", deadline=None)
settings.load_profile("exploring" if os.environ.get("CODEXC_TEST_EXPLORE") else "same")

# `jsonschema` uses it for the format `iri`, which no schema of ours has, and it takes seconds to import.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

_NUMBERS = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark variants as slow: for Forgejo, which has the client of Gitea, for Bitbucket, which is experimental, and for
    tests of what all hosts share.

    A test that is marked `any_host` is a quick one for GitLab alone.
    """
    for item in items:
        others = (
            ("forgejo", "github", "gitea", "bitbucket", "local")
            if item.get_closest_marker("any_host")
            else ("forgejo", "bitbucket")
        )
        if re.search(rf"[\[-]({'|'.join(others)})[-\]]", item.name):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Leave what is imported and collected out of garbage collections: 300,000 objects that live as long as the tests."""
    gc.disable()
    _import_from_the_end(session)
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def _import_from_the_end(session: pytest.Session) -> None:
    """Import the last tests first in the second worker, so that the two rewrite the assertions of half the files each.

    What one has rewritten the other finds as bytecode.
    """
    worker = getattr(session.config, "workerinput", {}).get("workerid")
    if worker == "gw1" and session.config.args == session.config.getini("testpaths") and not sys.dont_write_bytecode:
        for path in sorted((session.config.rootpath / "tests").rglob("test_*.py"), reverse=True):
            importlib.import_module(".".join(path.relative_to(session.config.rootpath).with_suffix("").parts))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a failed program wrote to stderr: CalledProcessError has it, but its message does not."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, subprocess.CalledProcessError) and error.stderr:
        text = error.stderr if isinstance(error.stderr, str) else error.stderr.decode("utf-8", "replace")
        report.sections.append(("stderr of the program", text))
    return report


@pytest.fixture(scope="session", autouse=True)
def own_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the machine's settings, also from fixtures that live longer than a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("GIT_") and not n.startswith("GIT_SSL")]:
            patch.delenv(name)
        for name in ("NO_COLOR", "FORCE_COLOR"):
            patch.delenv(name, raising=False)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own, as pytest's fixture, which lists the folders of all earlier tests for each new one."""
    return _new_folder(tmp_path_factory, re.sub(r"\W", "_", request.node.name)[:30])


def _new_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    folder = factory.getbasetemp() / f"{name}-{next(_NUMBERS)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point HOME and the cache at a folder of the test's own."""
    home = _new_folder(tmp_path_factory, "home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    return home


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if isinstance(address, tuple) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def npm_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for npm; skips where npm cannot be used on this machine, and fails where it fails for another reason."""
    folder = tmp_path_factory.mktemp("npm-home")
    if missing := obstacle(folder):
        assert missing.expected, missing.reason
        pytest.skip(missing.reason)
    return folder
