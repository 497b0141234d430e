"""Compares the pages that state the limits of clients (`validators/clients.toml`) with what they said when last read.

`python -m tools.client_pages` prints a line for each page and exits with 1 if one has changed or cannot be read. If a
page has changed, read it, correct the table, set `checked`, and record the new digests with `--write`.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from codex.http.fetch import fetch
from skills_build.errors import CodexError
from skills_build.model.limits import load_limits

VALIDATORS: Final = Path(__file__).parent.parent / "validators"
RECORD: Final = VALIDATORS / "client-pages.json"
_LIMIT: Final = 8 * 1024 * 1024
_HIDDEN: Final = frozenset({"head", "script", "style", "svg", "template"})


@dataclass(frozen=True)
class Page:
    """A page as it is now. Without a `digest` it cannot be read, and `state` says why."""

    url: str
    state: str
    digest: str = ""


class _Words(HTMLParser):
    """Collects the words that a reader sees: scripts and their nonces differ in each answer."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()


def digest(body: bytes) -> str:
    """Return the SHA-256 of the words of a page, or of the whole file if it is no HTML."""
    text = body.decode("utf-8", "replace")
    if not re.match(r"\s*<(?:!doctype|html)\b", text, re.IGNORECASE):
        return hashlib.sha256(body).hexdigest()
    parser = _Words()
    parser.feed(text)
    parser.close()
    return hashlib.sha256(" ".join(parser.words).encode()).hexdigest()


def compare(
    urls: Iterable[str], record: Mapping[str, Mapping[str, str]], read: Callable[[str], bytes]
) -> Iterator[Page]:
    """Yield each page with its state: unchanged, changed since a day, without a digest, or why it cannot be read."""
    for url in urls:
        try:
            now = digest(read(url))
        except CodexError as error:
            yield Page(url, f"cannot be read: {error}")
            continue
        before = record.get(url)
        if before is None:
            yield Page(url, "no digest recorded", now)
        elif before["sha256"] == now:
            yield Page(url, "unchanged", now)
        else:
            yield Page(url, f"changed since {before['read']}", now)


def main(arguments: list[str]) -> int:
    """Print the state of each page; with `--write`, record those that can be read."""
    limits = load_limits((VALIDATORS / "clients.toml").read_text(encoding="utf-8"))
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
    pages = list(
        compare([url for client in limits for url in client.pages], record, lambda url: fetch(url, limit=_LIMIT))
    )
    for page in pages:
        print(f"{page.url}: {page.state}")
    if "--write" in arguments:
        today = date.today().isoformat()
        record |= {page.url: {"sha256": page.digest, "read": today} for page in pages if page.digest}
        RECORD.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return int(any(page.state != "unchanged" for page in pages))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
