"""Detached SSH signatures (OpenSSH PROTOCOL.sshsig), made and checked by `ssh-keygen -Y`."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from codex.shell.atomic import PRIVATE, write_file
from codex.shell.directory import scratch
from skills_build.errors import CodexError

NAMESPACE: Final = "codexc"
"""What signatures are bound to, so that one made for another purpose is not taken for ours."""
_SECONDS: Final = 60


def sign(data: bytes, key: Path) -> bytes:
    """Sign `data` with a private key, or with a public one whose private half an agent holds."""
    if not key.is_file():
        raise CodexError(f"there is no key `{key}`", hint="make one with `ssh-keygen -t ed25519 -f codex.key`")
    with scratch() as folder:
        message = folder / "message"
        write_file(message, data, root=folder, mode=PRIVATE)
        done = _run(["-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE, str(message)])
        if done.returncode != 0:
            hint = "a key with a passphrase has to be in ssh-agent; name its public half then"
            raise CodexError(f"`{key}` cannot sign: {_said(done)}", hint=hint)
        return message.with_name("message.sig").read_bytes()


def signer(data: bytes, signature: bytes, allowed: Path) -> str:
    """Who of those in `allowed` (ssh-keygen(1), ALLOWED SIGNERS) signed `data`.

    Raises `CodexError` where nobody of them did.
    """
    if not allowed.is_file():
        raise CodexError(f"there is no file `{allowed}` of allowed signers", hint="one `NAME KEYTYPE KEY` a line")
    with scratch() as folder:
        path = folder / "signature"
        write_file(path, signature, root=folder, mode=PRIVATE)
        found = _run(["-Y", "find-principals", "-s", str(path), "-f", str(allowed)])
        names = found.stdout.decode("utf-8", "replace").split("\n")
        name = next((one.strip() for one in names if one.strip()), "") if found.returncode == 0 else ""
        if not name:
            raise CodexError(f"nobody in `{allowed}` made this signature", hint="the key may be new, or another's")
        arguments = ["-Y", "verify", "-f", str(allowed), "-I", name, "-n", NAMESPACE, "-s", str(path)]
        checked = _run(arguments, data)
        if checked.returncode != 0:
            raise CodexError(f"the signature by {name} is not of these bytes: {_said(checked)}")
    return name


def _run(arguments: list[str], data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise CodexError("there is no ssh-keygen", hint="install OpenSSH 8.2 or newer")
    try:
        return subprocess.run([program, *arguments], input=data, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CodexError("ssh-keygen did not answer within a minute") from error


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else f"exit code {done.returncode}"
