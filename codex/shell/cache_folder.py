"""The locations of the user's home, cache and state. Creates nothing."""

import os
import sys
from pathlib import Path

from skills_build.errors import CodexError


def home_folder() -> Path | None:
    """Return the user's home directory; None in a container without HOME or an entry in the user database."""
    try:
        home = Path.home()
    except (RuntimeError, KeyError):  # KeyError: no entry for this uid, https://docs.python.org/3/library/pwd.html
        return None
    return home if home.is_absolute() else None


def expand_home(path: str) -> Path:
    """Return a path in which `~` is replaced. Raises `CodexError` where there is no home directory."""
    try:
        return Path(path).expanduser()
    except (RuntimeError, KeyError) as error:
        raise CodexError(
            f"`{path}` refers to the home directory, which is unknown", hint="set HOME, or use an absolute path"
        ) from error


def cache_folder() -> Path | None:
    """Return the user's cache directory (XDG Base Directory Specification; `~/Library/Caches` on macOS).

    None where there is no home directory: then nothing is cached. Relative paths in XDG_CACHE_HOME are ignored, as the
    specification requires.
    """
    if os.path.isabs(configured := os.environ.get("XDG_CACHE_HOME", "")):
        return Path(configured) / "codexc"
    home = home_folder()
    if home is None:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "codexc"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "codexc"
    return home / ".cache" / "codexc"


def state_folder() -> Path | None:
    """Return the user's directory for files that must outlive a cache (XDG Base Directory Specification), None without
    one.

    On macOS, it is in `~/Library/Application Support`.
    """
    if os.path.isabs(configured := os.environ.get("XDG_STATE_HOME", "")):
        return Path(configured) / "codexc"
    home = home_folder()
    if home is None:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "codexc"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "codexc" / "state"
    return home / ".local" / "state" / "codexc"
