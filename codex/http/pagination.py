"""Pages of long lists: `Link` headers (RFC 8288) and cursors."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar
from urllib.parse import urljoin

from codex.limits import PAGES_PER_LIST
from codex.shell.isolation import LimitError, check_time
from skills_build.errors import CodexError

Page = TypeVar("Page")

_LINK: Final = re.compile(r"\s*<([^>]*)>")
_PARAMETER: Final = re.compile(r'\s*;\s*([\w!#$&+.^`|~*-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?')
_COMMA: Final = re.compile(r"\s*(?:,|$)")


def parse_link_header(header: str, base: str) -> Mapping[str, str]:
    """Return the addresses in a `Link` header by their relations; relative ones are resolved against `base`.

    An address may contain commas and semicolons, and a link may have several relations (RFC 8288, 3 and 3.3). A link
    with an invalid address is ignored, and so is everything after a syntax error.
    """
    links: dict[str, str] = {}
    at = 0
    while match := _LINK.match(header, at):
        address, at, relations = _resolved(base, match[1].strip()), match.end(), ""
        while parameter := _PARAMETER.match(header, at):
            at = parameter.end()
            if parameter[1].lower() == "rel" and not relations:
                relations = parameter[2] or parameter[3] or ""
        if address is not None:
            for name in relations.lower().split():
                links.setdefault(name, address)
        end = _COMMA.match(header, at)
        if end is None:
            break
        at = end.end()
    return links


def _resolved(base: str, address: str) -> str | None:
    try:
        return urljoin(base, address)
    except ValueError:
        return None


def follow(read: Callable[[str | None], tuple[Page, str | None]], *, what: str) -> Iterator[Page]:
    """Yield pages: `read` takes a cursor (None for the first page) and returns a page and the next page's cursor.

    Ends where there is no next cursor. Raises `CodexError` for a cursor that was seen before, and `LimitError` for too
    many pages: such a list never ends. `what` is the list's name in messages.
    """
    seen: set[str] = set()
    cursor: str | None = None
    for _ in range(PAGES_PER_LIST):
        page, cursor = read(cursor)
        yield page
        if not cursor:
            return
        if cursor in seen:
            raise CodexError(
                f"{what}: the host returned the same page cursor twice", hint="try again; the list may be changing"
            )
        seen.add(cursor)
        check_time()
    raise LimitError(f"{what}: more than {PAGES_PER_LIST:,} pages")
