"""Which paths are accepted from a bundle, a lock, settings or a git tree. One rule for every reader and writer.

A path is relative text with forward slashes. The same paths are rejected on every system, since a path that is harmless
on one may lead into git's own folder, to a device or out of the tree on another system with the same files.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_BYTES: Final = 1024
"""Maximum length of a path, in bytes. No client has a longer one."""
_NTFS_GIT: Final = re.compile(r"(?:\.git|git~\d+)[. ]*(?::.*)?", re.IGNORECASE | re.DOTALL)
"""`.git` as NTFS may spell it: short names, dots and spaces at the end, streams (`is_ntfs_dotgit` in git's path.c)."""
_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])[ ]*(?:\..*)?",
    re.IGNORECASE | re.DOTALL,
)
"""Device names of Windows, with any extension (learn.microsoft.com/windows/win32/fileio/naming-a-file)."""
_FORBIDDEN: Final = re.compile('[<>"|?*\x00-\x1f\x7f-\x9f]')
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me", "Cs"})


def names_git(name: str) -> bool:
    """Return whether some system reads a name as `.git`: other case, NTFS short names and streams, ignored characters.

    Sources: `is_ntfs_dotgit` in git's path.c, `is_hfs_dotgit` in its utf8.c; more code points are ignored here.
    """
    if name.isascii():
        return bool(_NTFS_GIT.fullmatch(name))
    decomposed = unicodedata.normalize("NFKD", name)
    visible = "".join(character for character in decomposed if unicodedata.category(character) not in _UNSEEN)
    return bool(_NTFS_GIT.fullmatch(visible) or _NTFS_GIT.fullmatch(visible.casefold()))


@lru_cache(maxsize=16_384)
def escape_fault(path: str) -> str | None:
    """Return why a path leads out of its folder or into git's own folder; None if it does not."""
    if path.startswith("/") or "\0" in path:
        return (
            "the path is not relative on every operating system"
            if path.startswith("/")
            else "the path contains a null character"
        )
    for name in path.split("/"):
        if name in ("", ".", ".."):
            return "the path is outside its folder or not normalised"
        if names_git(name):
            return f"the path contains `{name}`, which is Git's own folder or another spelling of `.git`"
    return None


@lru_cache(maxsize=16_384)
def path_fault(path: str) -> str | None:
    """Return why a path is not safe to write on every system; None if it is."""
    if "\\" in path or ":" in path:
        return "the path is not relative on every operating system"
    wrong = escape_fault(path)
    if wrong:
        return wrong
    if any("\ud800" <= character <= "\udfff" for character in path):
        return "the path is not UTF-8"
    if len(path.encode()) > MAX_BYTES:
        return f"the path is longer than {MAX_BYTES} bytes"
    return next(filter(None, map(name_fault, path.split("/"))), None)


def name_fault(name: str) -> str | None:
    """Return why Windows rejects one name of a path or reads it as another; None if it does not."""
    if _RESERVED.fullmatch(name):
        return f"the path contains `{name}`, a reserved name on Windows"
    if _FORBIDDEN.search(name) or name.endswith((" ", ".")):
        return f"the path contains `{name}`, which is not allowed on Windows"
    if any(unicodedata.category(character) == "Cf" for character in name):
        return "the path contains invisible characters"
    return None


def folded(path: str) -> str:
    """Return a path as systems compare it that ignore case and Unicode normalisation."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
