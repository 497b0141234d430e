"""Containers: a Dockerfile that starts something is built with `docker build`."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.model import Command, CommandKind, Fact, Rank, Technology

_STARTS: Final = re.compile(r"^[ \t]*(?:CMD|ENTRYPOINT)\b", re.MULTILINE)


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of a folder's Dockerfile. One without a command is an environment for tests or development."""
    if not folder.has("Dockerfile"):
        return
    evidence = folder.at("Dockerfile")
    yield Technology(name="docker", evidence=evidence)
    if _STARTS.search(folder.text("Dockerfile")):
        line = "docker build ."
        yield Command(kind=CommandKind.BUILD, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True, fit=4)
