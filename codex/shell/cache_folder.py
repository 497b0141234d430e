"""The location of the user's cache. Creates nothing."""

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return the user's cache directory (XDG Base Directory Specification; `~/Library/Caches` on macOS)."""
    if configured := os.environ.get("XDG_CACHE_HOME"):
        return Path(configured) / "codexc"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "codexc"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "codexc"
    return Path.home() / ".cache" / "codexc"
