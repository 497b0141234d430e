"""Publishes bundles to destinations in tests."""

from functools import cache
from pathlib import Path

from codex.http.errors import HttpError
from codex.publish.publication import Publication, Publisher
from codex.workflow.publish import open_publication
from codex.workflow.trust import Trust
from tests.support.goals import (
    Goal,
)
from tests.support.running import Run, codexc


def publish(what: Path, to: Goal, *options: str) -> Run:
    """Publish with the command, in a separate process."""
    return codexc("publish", what, "--to", to.to, *options, **to.env)


@cache
def offered(folder: Path) -> Publication:
    """Open a bundle once; tests never change it."""
    return open_publication(str(folder), Trust())


def put(what: Path, to: Goal) -> None:
    """Publish in this process, which is faster."""
    steps(offered(what), to.open())


def steps(what: Publication, destination: Publisher, *, dry: bool = False) -> list[str]:
    """Publish to an open destination; return the status of each step."""
    return [step.status.value for step in destination.publish(what, dry=dry)]


def fails(what: Publication, to: Goal) -> bool:
    """Publish; return whether the host failed."""
    try:
        steps(what, to.open())
    except HttpError:
        return True
    return False
