"""Hosts with unexpected responses: each is a clear error, and nothing visible is incomplete."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codex.publish.publication import Publication
from skills_build.errors import CodexError
from tests.support.goals import (
    Bundles,
    Goal,
    goal,
)
from tests.support.publishing import fails, offered, steps
from tests.support.registries import Fault
from tests.support.scripted import Reply

ODD: tuple[bytes, ...] = (
    b"",
    b"<html>down for maintenance</html>",
    b"null",
    b"[]",
    b"{}",
    b"1",
    b'"text"',
    b"[null]",
    b"[{}]",
    b"[[]]",
    b'{"id": null}',
    b'{"token": null}',
    b'[{"id": null, "name": null, "version": null, "file_name": null, "tag_name": null, "state": null}]',
    b"[" * 5000,
    b"\xff\xfe",
)


@pytest.mark.parametrize(
    "odd",
    [pytest.param(body, marks=[pytest.mark.slow] if number else []) for number, body in enumerate(ODD)],
    ids=range(len(ODD)),
)
def test_unexpected_responses_are_errors(hosted: Goal, odd: bytes, bundles: Bundles, tmp_path: Path) -> None:
    """Replace each response of a first and of a second run by an undocumented one."""
    what = offered(bundles.first)
    assert hosted.host
    steps(what, hosted.open())
    first = len(hosted.host.requests)
    steps(what, hosted.open())
    total = len(hosted.host.requests)
    for number in range(total):
        with goal(hosted.kind, tmp_path) as fresh:
            if number >= first:
                steps(what, fresh.open())
            _bent(fresh, number if number < first else number - first, lambda reply: replace(reply, body=odd))
            _survives(what, fresh)


FIELDS = {
    "gitlab": ("id", "name", "version", "file_name", "file_sha256", "status", "tag_name", "released_at"),
    "github": ("id", "tag_name", "draft", "upload_url", "name", "state", "size", "digest"),
}


@pytest.mark.parametrize("value", [None, 1, "x", [], {}], ids=str)
@pytest.mark.parametrize("kind", ["gitlab", pytest.param("github", marks=pytest.mark.slow)])
def test_unexpected_fields_are_errors(kind: str, value: object, bundles: Bundles, tmp_path: Path) -> None:
    """Remove or change each field in the responses of a second run."""
    what = offered(bundles.first)
    for complete in (True, False):
        for name in FIELDS[kind]:
            with goal(kind, tmp_path) as fresh:
                assert fresh.host
                if not complete:
                    fresh.host.fail(Fault(3))
                fails(what, fresh)
                fresh.host.fail(None)
                fresh.host.bend = lambda _, reply, name=name: replace(reply, body=_changed(reply.body, name, value))
                _survives(what, fresh)


def _changed(body: bytes, name: str, value: object) -> bytes:
    """Return JSON with another value of a field, or without it if the value is "x"."""
    if not body:
        return body

    def change(data: Any) -> Any:
        if isinstance(data, list):
            return [change(item) for item in data]
        if isinstance(data, dict):
            kept = {key: change(item) for key, item in data.items() if key != name}
            return kept if value == "x" or name not in data else {**kept, name: value}
        return data

    return json.dumps(change(json.loads(body))).encode()


def _bent(to: Goal, number: int, change: Callable[[Reply], Reply]) -> None:
    """Change the response to request `number` from now."""
    assert to.host
    to.host.requests.clear()
    host = to.host
    to.host.bend = lambda _, reply: change(reply) if len(host.requests) == number + 1 and reply.status < 400 else reply


def _survives(what: Publication, to: Goal) -> None:
    """Publish: this may fail with a clear error, and nothing visible is incomplete."""
    with suppress(CodexError):
        steps(what, to.open())
    to.sound()
