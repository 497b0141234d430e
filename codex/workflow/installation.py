"""Finds where codexc is installed from, for pipelines and hooks that install it elsewhere.

A name on a public index is never guessed: whoever registers it first would run code in each pipeline.
"""

import importlib.metadata
import re
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from skills_build.errors import CodexError
from skills_build.json_input import parse_json

DISTRIBUTION: Final = "engineering-codex"
_REQUIREMENT: Final = re.compile(r"[^\s$\"'\\`{}\x00-\x1f-][^$\"'\\`{}\x00-\x1f]*")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def install_source(given: str | None) -> str:
    """Return what pip installs: the given requirement, or the git repository that this program comes from.

    Empty if neither is known. Raises `CodexError` for a requirement that is not safe in a pipeline file.
    """
    if given is None:
        return installed_from()
    if not _REQUIREMENT.fullmatch(given):
        hint = "use a pip requirement without quotes and options, such as git+https://git.example.com/tools/codexc@v1"
        raise CodexError(f"`{given}` cannot be used in `--install-from`", hint=hint)
    return given


def installed_from() -> str:
    """Return the git repository and the commit that this program was installed from, as pip recorded them.

    Empty for any other installation. The record: https://packaging.python.org/specifications/direct-url/.
    """
    try:
        text = importlib.metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        data: Any = parse_json(text) if text else {}
        version_control, url = data["vcs_info"], urlsplit(str(data["url"]))
        commit = str(version_control["commit_id"])
    except (importlib.metadata.PackageNotFoundError, OSError, ValueError, LookupError, TypeError):
        return ""
    if version_control["vcs"] != "git" or url.scheme not in ("https", "http", "ssh") or not _COMMIT.fullmatch(commit):
        return ""
    user, at, host = url.netloc.rpartition("@")
    place = url.netloc if url.scheme == "ssh" and at and ":" not in user else host
    folder = data.get("subdirectory")
    end = f"#subdirectory={folder}" if isinstance(folder, str) else ""
    source = f"git+{urlunsplit((url.scheme, place, url.path, '', ''))}@{commit}{end}"
    return source if _REQUIREMENT.fullmatch(source) else ""
