"""Names, links and arguments that are no bundle are refused."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from codex.cli.main import main
from tests.support.running import codexc
from tests.support.verifying import ARCHIVES, verify, wrong


def test_names_that_reach_for_the_terminal_are_escaped(bundle: Path) -> None:
    statement = json.loads((bundle / "provenance.json").read_bytes())
    statement["subject"].append({"name": "\x1b]0;owned\x07\nmanifest.json: fine", "digest": {"sha256": "0" * 64}})
    (bundle / "provenance.json").write_text(json.dumps(statement))
    first, *rest = wrong(bundle)
    assert first == r"\x1b]0;owned\x07\nmanifest.json: fine: the file is missing, but listed in the provenance"
    assert all(line.isprintable() for line in rest)


def test_names_that_are_not_text_are_reported(bundle: Path) -> None:
    names: list[Any] = [1, None, "\ud800", [], {}, "a" * 100_000]
    for name in names:
        statement = json.loads((bundle / "provenance.json").read_bytes())
        statement["subject"].append({"name": name, "digest": {"sha256": "0" * 64}})
        (bundle / "provenance.json").write_text(json.dumps(statement))
        assert wrong(bundle)


def test_links_in_a_bundle_are_refused(bundle: Path, tmp_path: Path) -> None:
    (bundle / ARCHIVES[0]).rename(tmp_path / "elsewhere")
    (bundle / ARCHIVES[0]).symlink_to(tmp_path / "elsewhere")
    run = verify(bundle)
    assert (run.code, run.out) == (2, "")
    assert f"`{bundle}/{ARCHIVES[0]}` is a link or not a regular file" in run.err
    (bundle / ARCHIVES[0]).unlink()
    (tmp_path / "elsewhere").rename(bundle / ARCHIVES[0])
    (bundle / "more").symlink_to(tmp_path)
    assert f"`{bundle}/more` is a link or not a regular file" in verify(bundle).err
    (bundle / "more").unlink()
    os.mkfifo(bundle / "pipe")
    assert f"`{bundle}/pipe` is a link or not a regular file" in verify(bundle).err


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("nowhere", "there is no bundle `nowhere`"),
        ("/dev/null", "there is no bundle `/dev/null`"),
    ],
)
def test_a_missing_bundle_is_an_error(where: str, message: str, tmp_path: Path) -> None:
    run = codexc("verify", where, cwd=tmp_path)
    assert run.code == 2
    assert message in run.err


def test_missing_and_extra_arguments_are_errors(bundle: Path) -> None:
    assert "nothing to verify" in codexc("verify").err
    assert codexc("verify").code == 2
    assert "cannot be combined with --installed" in verify(bundle, "--installed").err


def test_an_unreachable_address_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("codex.http.rate_limit.time.sleep", lambda _: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/acme-1.0.0.tar.gz"
        assert main(["verify", address]) == 2
    assert address in capsys.readouterr().err
