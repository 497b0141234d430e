"""Writes bug reports: a file per unexpected error, with the traceback and without secrets."""

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
_MIN_LENGTH: Final = 6
"""Minimum length of a secret; shorter values are not replaced."""
_USER_INFO: Final = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_HEADER: Final = re.compile(
    r"((?:authorization|private-token|job-token|cookie)['\"]?\s*[:=,]\s*['\"]?(?:(?:bearer|token|basic)\s+)?)[^\s'\"]+",
    re.IGNORECASE,
)
_secrets: set[str] = set()
_written: dict[int, Path] = {}
_lock: Final = threading.Lock()


def keep_secret(text: str) -> None:
    """Redact `text` in all reports from now on."""
    if len(text) >= _MIN_LENGTH:
        with _lock:
            _secrets.add(text)


def redact_report(text: str) -> str:
    """Replace secrets by `***`: tokens in use, values of secret-looking environment variables, credentials in URLs."""
    with _lock:
        kept = set(_secrets)
    kept |= {value for name, value in os.environ.items() if _NAMES.search(name) and len(value) >= _MIN_LENGTH}
    for secret in sorted(kept, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _HEADER.sub(r"\1***", _USER_INFO.sub("***", text))


def write_bug_report(error: BaseException, *, about: str = "") -> Path | None:
    """Write a report on an error and return its path, None if it cannot be written.

    The same error at the same position is reported once, because it may occur in thousands of repositories.
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
