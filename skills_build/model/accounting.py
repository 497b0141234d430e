"""Who owns each piece of a file: a rule, the text around rules, configuration, an exclusion, or none of these."""

from collections.abc import Iterable
from typing import Final

import msgspec

CONTEXT: Final = -1
"""The owner of text that belongs to a section."""
HEADING: Final = -2
"""The owner of a section's heading."""
EXCLUDED: Final = -3
"""The owner of what is no text for a reader, or is left out by its dialect; `by` says which."""
STRAY: Final = -4
"""The owner of words that no block holds. The text around them, or of the rule `by` of their line, may have them."""

SKIPPED: Final = -5
"""The owner of a line in a section that the dialect leaves out; its leaves are excluded."""
CONFIGURED: Final = -6
"""The owner of a line of a check, or of a label for programs, which is configuration; its leaves are excluded."""


class Leaf(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a file with one owner: the index of a rule in its standard, or one of the constants above.

    `words` are its words in lower case, a line break for each of its lines and a tab where a tag or target is left out.
    """

    owner: int
    section: int
    line: int
    column: int
    words: str
    by: str = ""

    @property
    def count(self) -> int:
        """The number of its words."""
        return len(self.words.split())


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(tuple[Leaf, ...])


def packed(leaves: Iterable[Leaf]) -> bytes:
    """Pack leaves, so that a standard is loaded without them until they are needed."""
    return _ENCODER.encode(tuple(leaves))


def unpacked(ledger: bytes) -> tuple[Leaf, ...]:
    """Unpack leaves."""
    return _DECODER.decode(ledger) if ledger else ()
