"""Merge requests of a bare repository, in a JSON file next to it; people may write there too."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from codex.forge.responses import Name, Number, Text
from codex.http.errors import HttpError
from codex.http.response import decode_json
from codex.limits import BYTES_PER_RESPONSE
from codex.shell.atomic import append_to, write_file
from codex.shell.isolation import LimitError
from codex.shell.locking import wait_for_lock
from codex.shell.reading import read_file
from codex.sync.observed import ClosedRequest, MergeRequest
from skills_build.emit.json import dumps
from skills_build.errors import CodexError


class LocalRequest(TypedDict):
    """A merge request."""

    repository: Name
    number: Number
    state: Name
    branch: Name
    title: Text
    body: Text
    labels: list[Name]
    reviewers: list[Name]
    notes: list[Text]
    assignees: NotRequired[list[Name]]
    created: NotRequired[Name]
    draft: NotRequired[bool]
    auto_merge: NotRequired[bool]


class LocalRequests(TypedDict):
    """The file."""

    requests: list[LocalRequest]


def read_requests(path: Path) -> list[dict[str, Any]]:
    """Read the merge requests of a file; none where there is no file. Raises `CodexError` for a damaged one."""
    try:
        if not os.path.lexists(path):
            return []
        if path.stat().st_size > BYTES_PER_RESPONSE:
            raise LimitError(f"`{path}` is larger than {BYTES_PER_RESPONSE:,} bytes", hint="restore or remove the file")
        content = decode_json(read_file(path), LocalRequests, where=f"`{path}` is damaged")
    except OSError as error:
        raise CodexError(f"`{path}` cannot be read: {error.strerror}") from error
    except HttpError as error:
        raise CodexError(error.message, hint="restore or remove the file") from error
    requests: list[dict[str, Any]] = content["requests"]
    return requests


def write_requests(path: Path, requests: Sequence[Mapping[str, Any]]) -> None:
    """Replace the merge requests of a file."""
    write_file(path, dumps({"requests": list(requests)}, depth=3))


def change_request(path: Path, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change one merge request of a file, while no other process does. Raises `CodexError` if it is not there."""
    with exclusive(path):
        requests = read_requests(path)
        request = next((row for row in requests if row["number"] == number), None)
        if request is None:
            raise CodexError(f"there is no merge request {number} in `{path}`")
        change(request)
        write_requests(path, requests)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Lock the merge requests of a file against other processes.

    Raises `CodexError` if another process keeps the lock, which anyone with access to the directory can take.
    """
    lock = path.with_suffix(".lock")
    with append_to(lock) as file:
        wait_for_lock(file, lock)
        yield


def open_request(row: Mapping[str, Any], *, mergeable: bool = True) -> MergeRequest:
    """An open merge request."""
    return MergeRequest(
        number=row["number"],
        url=f"{row['repository']}!{row['number']}",
        title=row["title"],
        body=row["body"],
        labels=tuple(row["labels"]),
        reviewers=tuple(row["reviewers"]),
        mergeable=mergeable,
        created=row.get("created", ""),
        draft=row.get("draft", False),
    )


def closed_request(row: Mapping[str, Any]) -> ClosedRequest:
    """A closed or merged merge request."""
    return ClosedRequest(
        number=row["number"],
        url=f"{row['repository']}!{row['number']}",
        body=row["body"],
        merged=row["state"] == "merged",
        labels=tuple(row["labels"]),
    )
