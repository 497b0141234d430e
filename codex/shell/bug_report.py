"""Writes bug reports: what is needed to fix an unexpected error, in a file of its own, without secrets."""

import os
import platform
import re
import threading
import traceback
from pathlib import Path
from typing import Final

import codex
from codex.shell.directory import report_file

_NAMES: Final = re.compile(r"token|secret|passw|private|credential|apikey|api_key|auth", re.IGNORECASE)
"""Names of environment variables whose values are secrets."""
_LEAST: Final = 6
"""Characters of the shortest value that is taken for a secret."""
_USER_INFO: Final = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_HEADER: Final = re.compile(
    r"((?:authorization|private-token|job-token|cookie)['\"]?\s*[:=,]\s*['\"]?(?:(?:bearer|token|basic)\s+)?)[^\s'\"]+",
    re.IGNORECASE,
)
_secrets: set[str] = set()
_written: dict[int, Path] = {}
_lock: Final = threading.Lock()


def keep_secret(text: str) -> None:
    """Leave `text` out of every report from now on."""
    if len(text) >= _LEAST:
        with _lock:
            _secrets.add(text)


def redact_report(text: str) -> str:
    """Replace secrets by `***`: tokens in use, values of variables named like secrets, credentials in addresses."""
    with _lock:
        kept = set(_secrets)
    kept |= {value for name, value in os.environ.items() if _NAMES.search(name) and len(value) >= _LEAST}
    for secret in sorted(kept, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _HEADER.sub(r"\1***", _USER_INFO.sub("***", text))


def write_bug_report(error: BaseException, *, about: str = "") -> Path | None:
    """Write a report on an error and return its path; None where it cannot be written.

    The same error at the same place is reported once: thousands of repositories may fail of one fault.
    """
    try:
        frames = traceback.extract_tb(error.__traceback__)
        key = hash((type(error), tuple((frame.filename, frame.lineno) for frame in frames[-20:])))
        with _lock:
            if key in _written and _written[key].is_file():
                return _written[key]
        path = Path(report_file(redact_report("".join(_lines(error, about)))))
    except (OSError, MemoryError, RecursionError):
        return None
    with _lock:
        _written[key] = path
    return path


def _lines(error: BaseException, about: str) -> list[str]:
    head = f"codexc {codex.__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    subject = f"{about}\n" if about else ""
    return [head, subject, "\n", *traceback.format_exception(error, limit=-50)]
