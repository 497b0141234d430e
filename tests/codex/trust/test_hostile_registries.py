"""Registries and bundles that ask for a password elsewhere, or for more memory and time than a bundle takes."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from codex.workflow.bundles import open_bundle
from codex.workflow.trust import Trust
from skills_build.errors import CodexError
from skills_build.json_input import MAX_JSON_BYTES, MAX_JSON_VALUES, OversizeError, parse_limited_json
from skills_build.release.verify import read_manifest
from tests.support.goals import Goal, goal
from tests.support.publish_host import reply
from tests.support.publishing import offered, steps
from tests.support.registries import OciHost
from tests.support.releasing import Codex
from tests.support.scripted import RecordedRequest, Reply, scripted


@pytest.fixture
def registry(released: Codex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Goal]:
    """A registry with a release, and the password for it."""
    with goal("registry", tmp_path) as one:
        for name, value in one.env.items():
            monkeypatch.setenv(name, value)
        steps(offered(released.bundle("2.0.0")), one.open())
        yield one


@pytest.mark.parametrize("part", ["/blobs/", "/manifests/"])
def test_a_host_to_which_a_registry_redirects_names_no_server_that_gets_the_password(registry: Goal, part: str) -> None:
    with scripted(lambda *_: reply(200, {"token": "t"})) as thief:
        challenge = {"WWW-Authenticate": f'Bearer realm="{thief.url}/token",service="s",scope="x"'}
        with scripted(lambda *_: Reply(401, b"", challenge)) as storage:
            away = Reply(307, b"", {"Location": f"{storage.url}/blob"})
            assert registry.host
            registry.host.bend = lambda request, answer: away if part in request.path else answer
            with pytest.raises(CodexError, match="/blob: 401"):
                open_bundle(registry.to, Trust())
        assert storage.requests
        assert thief.requests == []


def test_the_highest_version_is_found_on_any_page(registry: Goal) -> None:
    host = registry.host
    assert isinstance(host, OciHost)

    def paged(request: RecordedRequest, answer: Reply) -> Reply:
        if answer.status != 200 or "/tags/list" not in request.path:
            return answer
        if "last=" in request.path:
            return reply(200, {"tags": ["2.0.0"]})
        return reply(200, {"tags": ["1.0.0"]}, Link=f'<{request.path}?last=1.0.0>; rel="next"')

    host.bend = paged
    assert open_bundle(registry.to, Trust()).codex.version == "2.0.0"


def _many(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    titles = ({"org.opencontainers.image.title": f"{number}"} for number in range(2001))
    return [{**layers[0], "annotations": title} for title in titles]


LAYERS: Mapping[str, Callable[[list[dict[str, Any]]], object]] = {
    "without a size": lambda layers: [{**layer, "size": None} for layer in layers],
    "a negative size": lambda layers: [{**layer, "size": -1} for layer in layers],
    "a name twice": lambda layers: [*layers, layers[0]],
    "a name that is no text": lambda layers: [{**layers[0], "annotations": {"org.opencontainers.image.title": 7}}],
    "too many": _many,
    "too large": lambda layers: [{**layer, "size": 2**28} for layer in layers],
    "larger than stated": lambda layers: [{**layer, "size": 1} for layer in layers],
}


@pytest.mark.parametrize("change", LAYERS.values(), ids=LAYERS)
def test_layers_without_bounds_are_refused_before_they_are_kept(
    registry: Goal, change: Callable[[list[dict[str, Any]]], object]
) -> None:
    def changed(request: RecordedRequest, answer: Reply) -> Reply:
        if "/manifests/" not in request.path or answer.status != 200:
            return answer
        manifest = json.loads(answer.body)
        return reply(200, {**manifest, "layers": change(manifest["layers"])})

    assert registry.host
    registry.host.bend = changed
    with pytest.raises(CodexError, match=r"has a layer without|has more than|is larger than"):
        open_bundle(registry.to, Trust())
    assert sum("/blobs/" in request.path for request in registry.host.requests if request.method == "GET") <= 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[" + b"[]," * (MAX_JSON_VALUES // 2) + b"[]]", "the JSON has more than 1,000,000 values"),
        (b"[" + b"{}," * (MAX_JSON_VALUES // 2) + b"{}]", "the JSON has more than 1,000,000 values"),
        (b'"' + b"x" * MAX_JSON_BYTES + b'"', "the JSON is larger than 33,554,432 bytes"),
    ],
    ids=["lists", "objects", "text"],
)
def test_json_of_a_bundle_that_would_take_much_memory_is_not_parsed(data: bytes, problem: str) -> None:
    with pytest.raises(OversizeError, match=problem):
        parse_limited_json(data)
    manifest, faults = read_manifest(data, "{}")
    assert manifest is None
    assert faults[0].message == f"the manifest is too large: {problem}"
