"""Pushes to one branch in one request, for hosts whose git does not expect that its refs are asked for first.

git-receive-pack compares the old commit of the command with the branch itself. What it refuses, and why, is left to a
push that asks first. Source: https://git-scm.com/docs/gitprotocol-pack#_pushing_data_to_a_server
"""

from typing import Final

from codex.http.client import Client

_CAPABILITIES: Final = "report-status object-format=sha1 agent=codexc"
_ZERO: Final = "0" * 40


class DirectPusher:
    """Pushes to the repositories of one host. Safe to use from several threads."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def moved(self, path: str, branch: str, old: str | None, new: str, pack: bytes) -> bool:
        """Move a branch of the repository at `path` from `old` (None: absent); returns whether the host did.

        `pack` has the objects that the host lacks.

        Raises `UncertainError` where the response was lost.
        """
        command = f"{old or _ZERO} {new} refs/heads/{branch}\0{_CAPABILITIES}\n".encode()
        body = f"{len(command) + 4:04x}".encode() + command + b"0000" + pack
        headers = {
            "content-type": "application/x-git-receive-pack-request",
            "accept": "application/x-git-receive-pack-result",
        }
        place = f"{path}/git-receive-pack"
        response = self._client.request(
            "POST", place, content=body, headers=headers, write=True, ok_statuses=tuple(range(400, 500))
        )
        return response.status == 200 and f"ok refs/heads/{branch}\n".encode() in response.body
