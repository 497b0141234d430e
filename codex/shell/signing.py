"""Detached SSH signatures, created and verified by `ssh-keygen -Y`.

Source: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
"""

import base64
import binascii
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from codex.shell.atomic import PRIVATE, write_file
from codex.shell.directory import scratch
from codex.sync.trust import AllowedSigners, RevokedKeys
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

NAMESPACE: Final = "codexc"
"""The namespace of signatures, so that a signature for another purpose is not accepted."""
GIT: Final = "git"
"""The namespace of signatures of commits: https://git-scm.com/docs/gitformat-signature."""
MAX_SIGNATURE: Final = 64 * 1024
"""Bytes of a signature; one of a large RSA key with a certificate has less than a tenth."""
_SECONDS: Final = 60
_FINGERPRINT: Final = re.compile(rb"key (SHA256:[A-Za-z0-9+/]+)")
_ALLOWED: Final = re.compile(r'(?P<names>(?:"[^"]*"|[^\s"])+)\s+(?P<rest>\S.*)')
_KEY: Final = re.compile(r"(?:^|\s)(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+\s+(?P<key>[A-Za-z0-9+/]+=*)")
_PRINCIPAL: Final = "signer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The signer: a principal of the allowed signers, and the fingerprint of the key."""

    name: str
    fingerprint: str


def sign(data: bytes, key: Path, *, namespace: str = NAMESPACE) -> bytes:
    """Sign `data` with a private key, or with a public key whose private key is in ssh-agent."""
    if not key.is_file():
        raise CodexError(f"there is no key `{key}`", hint="create a key with `ssh-keygen -t ed25519 -f codex.key`")
    with scratch() as folder:
        message = folder / "message"
        write_file(message, data, root=folder, mode=PRIVATE)
        result = _run(["-Y", "sign", "-q", "-f", str(key), "-n", namespace, str(message)])
        if result.returncode != 0:
            hint = "if the key has a passphrase, add it to ssh-agent and pass its public key"
            raise CodexError(f"`{key}` cannot sign: {_output_line(result)}", hint=hint)
        return message.with_name("message.sig").read_bytes()


def signature_fingerprint(data: bytes, signature: bytes) -> str:
    """Return the fingerprint of the key that signed `data`. Raises `CodexError` if the signature does not match."""
    if len(signature) > MAX_SIGNATURE:
        raise CodexError(f"the signature is larger than {MAX_SIGNATURE:,} bytes", hint="download the bundle again")
    with scratch() as folder:
        path = folder / "signature"
        write_file(path, signature, root=folder, mode=PRIVATE)
        result = _run(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(path)], data)
    match = _FINGERPRINT.search(result.stdout)
    if result.returncode != 0 or match is None:
        raise CodexError(
            f"the signature does not match the content: {_output_line(result)}", hint="download the bundle again"
        )
    return match[1].decode()


def signer(data: bytes, signature: bytes, allowed: AllowedSigners, revoked: tuple[RevokedKeys, ...] = ()) -> Signer:
    """Find who of the `allowed` signers signed `data`.

    A key may be listed several times, under several principals and with different limits: one line that allows it is
    enough. Raises `CodexError` with file, line and fingerprint where no line does, and for a revoked key.
    """
    key = signature_fingerprint(data, signature)
    with scratch() as folder:
        write_file(folder / "signature", signature, root=folder, mode=PRIVATE)
        refused: list[str] = []
        for number, line in _lines(allowed.text, key):
            name, fault = _allowed_by(line, data, folder)
            if name:
                _refuse_revoked(name if "cert-authority" in line else _PRINCIPAL, data, folder, revoked, key)
                return Signer(name=name, fingerprint=key)
            refused.append(f"{allowed.origin}:{number}: {fault}")
    if refused:
        raise CodexError(
            f"key {key} is not allowed to sign: {refused[0]}", hint="sign with a valid key, or renew the entry"
        )
    hint = f"the key may be new, or may belong to someone else; allowed signers are in {allowed.origin}"
    raise CodexError(f"key {key} is not an allowed signer", hint=hint)


def refuse_revoked(data: bytes, signature: bytes, revoked: tuple[RevokedKeys, ...]) -> None:
    """Raise `CodexError` if the key that signed `data` is revoked."""
    if not revoked:
        return
    key = signature_fingerprint(data, signature)
    with scratch() as folder:
        write_file(folder / "signature", signature, root=folder, mode=PRIVATE)
        _write(folder / "allowed", f"{_PRINCIPAL} {_signing_key(signature)}\n")
        _refuse_revoked(_PRINCIPAL, data, folder, revoked, key)


def _signing_key(signature: bytes) -> str:
    """Return `TYPE KEY` of the key in a signature (PROTOCOL.sshsig: magic, version, public key)."""
    try:
        body = b"".join(line for line in signature.split(b"\n") if not line.startswith(b"-----"))
        blob = base64.b64decode(body)[10:]
        key = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
        kind = key[4 : 4 + int.from_bytes(key[:4], "big")].decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise CodexError("the signature cannot be read", hint="download the bundle again") from error
    return f"{kind} {base64.b64encode(key).decode()}"


def public_key(line: str) -> str:
    """Return `TYPE KEY` of the line of a public key. Raises `CodexError` if it has none."""
    match = _KEY.search(line)
    if match is None or _digest(match["key"]) is None:
        raise CodexError(
            f"`{line.strip()[:60]}` is not a public SSH key", hint="pass a public key file, such as codex.key.pub"
        )
    return " ".join(match[0].split())


def key_fingerprint(line: str) -> str | None:
    """Return the fingerprint of the key in a line, as `ssh-keygen -l` prints it, None if there is no key."""
    match = _KEY.search(line)
    return _digest(match["key"]) if match else None


def _digest(key: str) -> str | None:
    try:
        digest = hashlib.sha256(base64.b64decode(key, validate=True)).digest()
    except (binascii.Error, ValueError):
        return None
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def key_lines(text: str) -> list[str]:
    """Return the lines of a file of keys as `ssh-keygen` reads them: only a line feed ends a line.

    If a lone carriage return or U+2028 ended one, the rest of a comment could be a key that a reader of the file does
    not see as such.
    """
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def lists_key(text: str, fingerprint: str) -> bool:
    """Return whether a line that is not a comment has the key with this fingerprint."""
    return any(key_fingerprint(line) == fingerprint for line in key_lines(text) if not line.lstrip().startswith("#"))


def _lines(text: str, key: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines that contain this key or a certificate authority."""
    for number, line in enumerate(key_lines(text), 1):
        stripped = line.strip()
        if (
            stripped
            and not stripped.startswith("#")
            and (key_fingerprint(stripped) == key or "cert-authority" in stripped)
        ):
            yield number, stripped


def _allowed_by(line: str, data: bytes, folder: Path) -> tuple[str, str]:
    """Return the principal for which a line allows a signature, or the reason why it does not.

    `find-principals` only prints the first line of a key, whatever its limits are, so each line is tried separately.
    Principals may be patterns, which cannot be used for verification: they are replaced by a fixed name, except for a
    certificate authority, whose certificates must have one of them.
    See https://man.openbsd.org/ssh-keygen.1#ALLOWED_SIGNERS.
    """
    match = _ALLOWED.fullmatch(line)
    if match is None:
        return "", "the line contains no key"
    names = match["names"].replace('"', "")
    path = folder / "allowed"
    if "cert-authority" in line:
        _write(path, f"{line}\n")
        principals = [part for part in names.split(",") if not set("*?!") & set(part)]
    else:
        _write(path, f"{_PRINCIPAL} {match['rest']}\n")
        principals = [_PRINCIPAL]
    fault = "principals must not be patterns: write the full names"
    for name in principals:
        result = _verify(path, name, data, folder)
        if result.returncode == 0:
            return (names if name == _PRINCIPAL else name), ""
        fault = _output_line(result, first=True).removeprefix(f"{path}:1: ")
    return "", fault


def _write(path: Path, text: str) -> None:
    write_file(path, text.encode(), root=path.parent, mode=PRIVATE)


def _refuse_revoked(principal: str, data: bytes, folder: Path, revoked: tuple[RevokedKeys, ...], key: str) -> None:
    for revoked_keys in revoked:
        path = folder / "revoked"
        write_file(path, revoked_keys.data, root=folder, mode=PRIVATE)
        if _verify(folder / "allowed", principal, data, folder, "-r", str(path)).returncode != 0:
            if revoked_keys.data.startswith(b"SSHKRL") or lists_key(revoked_keys.data.decode("utf-8", "replace"), key):
                raise _revoked(key, revoked_keys)
            raise CodexError(
                f"{revoked_keys.origin} is not a list of revoked keys",
                hint="write one public key per line, or use a KRL",
            )


def _revoked(key: str, by: RevokedKeys) -> CodexError:
    return CodexError(f"key {key} is revoked by {by.origin}", hint="do not trust this bundle; ask for a new release")


def _verify(allowed: Path, name: str, data: bytes, folder: Path, *more: str) -> "subprocess.CompletedProcess[bytes]":
    arguments = ["-Y", "verify", "-f", str(allowed), "-I", name, "-n", NAMESPACE, "-s", str(folder / "signature")]
    return _run([*arguments, *more], data)


def _run(arguments: list[str], data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise CodexError("signatures require ssh-keygen, which is not installed", hint="install OpenSSH 8.2 or newer")
    try:
        return subprocess.run([program, *arguments], input=data, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CodexError("ssh-keygen did not finish within a minute") from error


def _output_line(result: "subprocess.CompletedProcess[bytes]", *, first: bool = False) -> str:
    """Return the last line of the output of ssh-keygen, or the first, which has the reason."""
    lines = (result.stderr or result.stdout).decode("utf-8", "replace").strip().splitlines()
    return lines[0 if first else -1].strip() if lines else f"exit code {result.returncode}"
