"""Fake hosts to publish to, on loopback, as documented; they keep what is uploaded, and fail on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.publish_github import GitHubHost
from tests.support.publish_gitlab import GitLabHost
from tests.support.publish_host import READS, TOKEN, Fault, Host, words
from tests.support.publish_oci import MANIFEST, OciHost
from tests.support.scripted import scripted

__all__ = [
    "MANIFEST",
    "READS",
    "TOKEN",
    "Fault",
    "GitHubHost",
    "GitLabHost",
    "Host",
    "OciHost",
    "github",
    "gitlab",
    "oci",
    "words",
]


@contextmanager
def gitlab(**settings: Any) -> Iterator[GitLabHost]:
    """Serve a GitLab until the block ends."""
    host = GitLabHost(**settings)
    with scripted(host.answer) as server:
        host.url = server.url
        yield host


@contextmanager
def github(**settings: Any) -> Iterator[GitHubHost]:
    """Serve a GitHub until the block ends."""
    host = GitHubHost(**settings)
    with scripted(host.answer) as server:
        host.url = host.uploads = server.url
        yield host


@contextmanager
def oci(**settings: Any) -> Iterator[OciHost]:
    """Serve a registry until the block ends."""
    host = OciHost(**settings)
    with scripted(host.answer) as server:
        host.url = server.url
        yield host
