"""Comments on pull requests of Bitbucket Cloud, and labels, which it does not have.

A label is a comment of a member of the workspace that consists of nothing but its name. It is removed by a reply of
ours, because only its author may delete it. Pull requests cannot be changed once they are declined, but commented on.
Sources: https://jira.atlassian.com/browse/BCLOUD-11976 (labels),
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

from codex.forge import bitbucket_responses as responses
from codex.forge.api_forge import Row, comment_marker, write_once
from codex.forge.bitbucket_rows import api_path, raw_of, uuid_of, values_of, workspace_path
from codex.http.client import Client
from codex.sync.repository import Repository

_LABEL: Final = re.compile(r"`?([a-z0-9][a-z0-9._:/-]{0,49})`?", re.IGNORECASE)


class BitbucketComments:
    """The comments on the pull requests of one host. `whoami` returns the UUID of the token's account."""

    def __init__(self, client: Client, whoami: Callable[[], str]) -> None:
        self._client = client
        self._whoami = whoami
        self._members: dict[tuple[str, str], bool] = {}
        """Whether an account is a member of a workspace, by their names."""

    def labels(self, target: Repository, row: Row) -> tuple[str, ...]:
        """Return the labels of a pull request, as a list has it; it takes no request if there are no comments."""
        if row.get("comment_count") == 0:
            return ()
        return tuple(dict.fromkeys(name for name, _ in self._labels(target, row["id"])))

    def remove_label(self, target: Repository, number: int, label: str) -> None:
        """Reply to each comment that is the label."""
        for name, comment in self._labels(target, number):
            if name == label:
                self._reply(target, number, comment["id"], f"Done: `{label}` no longer applies.")

    def write(self, target: Repository, number: int, note: str, topic: str) -> None:
        """Write our comment on a topic, or change it."""
        text = f"{comment_marker(topic)}\n{note}"
        place = _comments(target, number)

        def find() -> Row | None:
            return next((row for row in self._rows(target, number) if self._is_on(row, topic)), None)

        existing = find()
        if existing is None:
            write_once(lambda: self._send("POST", place, text), find)
        elif raw_of(existing.get("content")).strip() != text.strip():
            write_once(lambda: self._send("PUT", f"{place}/{existing['id']}", text))

    def _is_on(self, row: Row, topic: str) -> bool:
        return self._is_ours(row) and raw_of(row.get("content")).startswith(comment_marker(topic))

    def _is_ours(self, row: Row) -> bool:
        return uuid_of(row.get("user")) == self._whoami()

    def _labels(self, target: Repository, number: int) -> list[tuple[str, Row]]:
        rows = list(self._rows(target, number))
        answered = {(row.get("parent") or {}).get("id") for row in rows if self._is_ours(row)}
        return [
            (match[1], row)
            for row in rows
            if not row.get("parent") and not row.get("inline") and row["id"] not in answered
            if (match := _LABEL.fullmatch(raw_of(row.get("content")).strip()))
            if not self._is_ours(row) and self._is_member(target, uuid_of(row.get("user")))
        ]

    def _is_member(self, target: Repository, uuid: str) -> bool:
        """Whether an account is a member of the workspace: anyone may comment in a public repository."""
        key = target.path.partition("/")[0], uuid
        if uuid and key not in self._members:
            place = f"{workspace_path(target)}/members/{quote(uuid, safe='')}"
            self._members[key] = self._client.get(place, ok_statuses=(403, 404)).status == 200
        return self._members.get(key, False)

    def _reply(self, target: Repository, number: int, parent: int, text: str) -> None:
        def find() -> Row | None:
            replies = (row for row in self._rows(target, number) if self._is_ours(row))
            return next((row for row in replies if (row.get("parent") or {}).get("id") == parent), None)

        write_once(lambda: self._send("POST", _comments(target, number), text, parent=parent), find)

    def _rows(self, target: Repository, number: int) -> Iterable[Row]:
        """The comments, the oldest first. A deleted one with replies stays in the list, without its text."""
        rows = values_of(self._client, _comments(target, number), responses.BitbucketComments, {"pagelen": 100})
        return (row for row in rows if not row.get("deleted"))

    def _send(self, method: str, place: str, text: str, *, parent: int | None = None) -> Row:
        payload = {"content": {"raw": text}} | ({"parent": {"id": parent}} if parent is not None else {})
        row: Row = self._client.send(method, place, payload).decode(responses.BitbucketComment)
        return row


def _comments(target: Repository, number: int) -> str:
    return f"{api_path(target)}/pullrequests/{number}/comments"
