"""OpenPGP signatures of commits, created by `gpg` as git does: https://git-scm.com/docs/git-config (`gpg.program`).

Keys stay in the keyring of `gpg`, and passphrases with its agent.
"""

import shutil
import subprocess
from typing import Final

from skills_build.errors import CodexError

_SECONDS: Final = 60
_CREATED: Final = b"[GNUPG:] SIG_CREATED "
"""The line of `--status-fd` that says that a signature was made: https://gnupg.org/documentation/manuals/gnupg/."""


def require_secret_key(key: str) -> None:
    """Raise `CodexError` if `gpg` is not installed, or has no secret key for a key id, fingerprint or address."""
    result = _run(["--list-secret-keys", "--with-colons", "--", key])
    if result.returncode != 0:
        hint = "set `forge.signing_key` to a key that `gpg --list-secret-keys` lists, and import it on this machine"
        raise CodexError(f"gpg has no secret key `{key}`", hint=hint)


def sign_openpgp(data: bytes, key: str) -> bytes:
    """Return a detached, armored signature of `data`. Raises `CodexError` if there is none."""
    result = _run(["--status-fd=2", "--detach-sign", "--armor", f"--local-user={key}"], data)
    if result.returncode != 0 or _CREATED not in result.stderr:
        lines = [line for line in result.stderr.decode("utf-8", "replace").splitlines() if "[GNUPG:]" not in line]
        hint = "if the key has a passphrase, unlock it in gpg-agent first: sign something with `gpg`"
        raise CodexError(f"`{key}` cannot sign: {lines[-1].strip() if lines else 'gpg failed'}", hint=hint)
    return result.stdout


def _run(arguments: list[str], data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("gpg")
    if program is None:
        raise CodexError("OpenPGP signatures require gpg, which is not installed", hint="install GnuPG 2.1 or newer")
    command = [program, "--batch", "--no-tty", *arguments]
    try:
        return subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        hint = "unlock the key in gpg-agent: sign something with `gpg` first"
        raise CodexError("gpg did not finish within a minute", hint=hint) from error
