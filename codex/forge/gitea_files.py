"""Files of repositories of Gitea and Forgejo: listed by the API, which has their sizes, and read by git.

Source: https://docs.gitea.com/api/#tag/repository/operation/GetTree
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from codex.forge.base import repository_not_found
from codex.forge.git.cache import ALWAYS_READ, RecentValues, is_blob
from codex.forge.git.inflate import OVERSIZED
from codex.forge.git.protocol_v2 import ProtocolV2Client
from codex.forge.gitea_responses import GiteaTree
from codex.http.client import Client
from codex.http.errors import HttpError
from codex.http.response import Response
from codex.limits import BYTES_PER_BLOB, ENTRIES_PER_TREE
from codex.profile.evidence import evidence_paths
from codex.profile.model import Listing, ListingEntry
from codex.shell.isolation import LimitError, check_time
from codex.sync.repository import Repository

API: Final = "api/v1/"
_ENTRIES_PER_PAGE: Final = 1000
_KEPT: Final = 64
"""Commits whose listing and files are kept."""


def api_path(target: Repository) -> str:
    """The path of a repository in the API."""
    return f"{API}repos/{quote(target.path)}"


def get_of(client: Client, target: Repository, path: str, params: Mapping[str, object]) -> Response:
    """Read something of a repository. Raises `GoneError` for a 404."""
    try:
        return client.get(f"{api_path(target)}/{path}", params)
    except HttpError as error:
        raise (repository_not_found(target) if error.status == 404 else error) from error


class GiteaFiles:
    """Lists and reads files of commits; keeps those of the last commits. Safe to use from several threads."""

    def __init__(self, client: Client, git: ProtocolV2Client) -> None:
        self._client = client
        self._git = git
        lock = threading.Lock()
        self._listings: RecentValues[tuple[str, str], Listing] = RecentValues(_KEPT, lock)
        self._files: RecentValues[tuple[str, str], dict[str, bytes]] = RecentValues(_KEPT, lock)

    def list_files(self, target: Repository, commit: str) -> Listing:
        """List the files of a commit; the files that a sync reads next are fetched with them."""
        key = target.path, commit
        listing = self._listings.get(key)
        if listing is None:
            listing = dict(self._entries(target, commit))
            self._listings.put(key, listing)
            self.read_files(target, commit, (*ALWAYS_READ, *evidence_paths(listing)))
        return listing

    def _entries(self, target: Repository, commit: str) -> Iterator[tuple[str, ListingEntry]]:
        """Yield paths and entries, page by page.

        `truncated` is set while there are more pages, and a page may be shorter than asked for:
        https://docs.gitea.com/administration/config-cheat-sheet#api-api (`DEFAULT_GIT_TREES_PER_PAGE`).
        """
        page, seen = 1, 0
        while True:
            params = {"recursive": "true", "per_page": _ENTRIES_PER_PAGE, "page": page}
            tree = get_of(self._client, target, f"git/trees/{commit}", params).decode(GiteaTree)
            rows = tree.get("tree") or []
            if seen + len(rows) > ENTRIES_PER_TREE:
                raise LimitError(f"the commit has more than {ENTRIES_PER_TREE:,} files and folders")
            check_time()
            for row in rows:
                if row["type"] != "tree" and row["path"].isprintable():
                    yield row["path"], ListingEntry(size=row.get("size"), mode=int(row["mode"], 8), blob=row["sha"])
            page, seen = page + 1, seen + len(rows)
            if not rows or not (tree.get("truncated") or seen < (tree.get("total_count") or 0)):
                return

    def read_files(self, target: Repository, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read files of a commit, all of them in one request; one that is too large is `OVERSIZED`."""
        key, wanted_paths = (target.path, commit), list(dict.fromkeys(paths))
        if not wanted_paths:
            return {}
        listing = self.list_files(target, commit)
        blobs = {path: listing[path].blob or "" for path in wanted_paths if is_blob(listing.get(path))}
        files = dict(self._files.get(key) or {})
        oversized = [path for path in blobs if (listing[path].size or 0) > BYTES_PER_BLOB]
        files |= dict.fromkeys(oversized, OVERSIZED)
        missing = {path: blob for path, blob in blobs.items() if path not in files}
        if missing:
            files |= self._read_blobs(target, commit, missing)
            self._files.put(key, files)
        return {path: files[path] for path in blobs}

    def _read_blobs(self, target: Repository, commit: str, blobs: Mapping[str, str]) -> dict[str, bytes]:
        """Files by git, or one by one where the server refuses to send objects by their ids:
        https://git-scm.com/docs/git-config#Documentation/git-config.txt-uploadpackallowAnySHA1InWant."""
        if len(blobs) > 1:
            try:
                contents = self._git.blobs(target, blobs.values())
                return {path: contents[blob] for path, blob in blobs.items()}
            except (HttpError, KeyError):
                pass
        return {path: get_of(self._client, target, f"raw/{quote(path)}", {"ref": commit}).body for path in blobs}
