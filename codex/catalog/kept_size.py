"""Limits the memory that a catalog takes: the number of its pages is limited, but each may be large."""

import msgspec

from codex.http.errors import TooLargeError
from codex.limits import BYTES_PER_CATALOG
from skills_build.frozen import dataclass


@dataclass(slots=True, kw_only=True)
class KeptSize:
    """The size of what is kept of the list `name`, as JSON."""

    name: str
    _bytes: int = 0

    def add(self, kept: object) -> None:
        """Count what is kept of one entry. Raises `TooLargeError` if that of all entries is too large."""
        self._bytes += len(msgspec.json.encode(kept))
        if self._bytes > BYTES_PER_CATALOG:
            message = f"{self.name}: the entries have more than {BYTES_PER_CATALOG:,} bytes"
            raise TooLargeError(message, hint="check the URL")
