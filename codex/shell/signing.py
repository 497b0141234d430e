"""Detached SSH signatures (OpenSSH PROTOCOL.sshsig), made and checked by `ssh-keygen -Y`."""

import base64
import binascii
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codex.shell.atomic import PRIVATE, write_file
from codex.shell.directory import scratch
from codex.sync.trust import AllowedSigners, RevokedKeys
from skills_build.errors import CodexError

NAMESPACE: Final = "codexc"
"""What signatures are bound to, so that one made for another purpose is not taken for ours."""
_SECONDS: Final = 60
_FINGERPRINT: Final = re.compile(rb"key (SHA256:[A-Za-z0-9+/]+)")
_ALLOWED: Final = re.compile(r'(?P<names>(?:"[^"]*"|[^\s"])+)\s+(?P<rest>\S.*)')
_KEY: Final = re.compile(r"(?:^|\s)(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+\s+(?P<key>[A-Za-z0-9+/]+=*)")
_WHO: Final = "signer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who made a signature: a principal of the allowed signers, and the fingerprint of the key."""

    name: str
    fingerprint: str


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
            raise CodexError(f"`{key}` cannot sign: {_last(done)}", hint=hint)
        return message.with_name("message.sig").read_bytes()


def signature_fingerprint(data: bytes, signature: bytes) -> str:
    """The fingerprint of the key that signed `data`, whoever's it is. Raises `CodexError` for other bytes."""
    with scratch() as folder:
        path = folder / "signature"
        write_file(path, signature, root=folder, mode=PRIVATE)
        done = _run(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(path)], data)
    found = _FINGERPRINT.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise CodexError(f"the signature is not of these bytes: {_last(done)}", hint="fetch the bundle again")
    return found[1].decode()


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
                _refuse_revoked(name if "cert-authority" in line else _WHO, data, folder, revoked, key)
                return Signer(name=name, fingerprint=key)
            refused.append(f"{allowed.origin}:{number}: {fault}")
    if refused:
        raise CodexError(f"key {key} may not sign: {refused[0]}", hint="sign with a valid key, or renew the entry")
    hint = f"the key may be new, or someone else's; allowed signers are in {allowed.origin}"
    raise CodexError(f"key {key} is not an allowed signer", hint=hint)


def refuse_revoked(data: bytes, signature: bytes, revoked: tuple[RevokedKeys, ...]) -> None:
    """Raise `CodexError` where the key that signed `data` is revoked, whoever it belongs to."""
    if not revoked:
        return
    key = signature_fingerprint(data, signature)
    with scratch() as folder:
        write_file(folder / "signature", signature, root=folder, mode=PRIVATE)
        _write(folder / "allowed", f"{_WHO} {_signing_key(signature)}\n")
        _refuse_revoked(_WHO, data, folder, revoked, key)


def _signing_key(signature: bytes) -> str:
    """`TYPE KEY` of the key in a signature (PROTOCOL.sshsig: magic, version, public key)."""
    try:
        body = b"".join(line for line in signature.split(b"\n") if not line.startswith(b"-----"))
        blob = base64.b64decode(body)[10:]
        key = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
        kind = key[4 : 4 + int.from_bytes(key[:4], "big")].decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise CodexError("the signature cannot be read", hint="fetch the bundle again") from error
    return f"{kind} {base64.b64encode(key).decode()}"


def public_key(line: str) -> str:
    """`TYPE KEY` of a public key's line. Raises `CodexError` where it is none."""
    found = _KEY.search(line)
    if found is None or _digest(found["key"]) is None:
        raise CodexError(f"`{line.strip()[:60]}` is not a public SSH key", hint="name a file such as codex.key.pub")
    return " ".join(found[0].split())


def key_fingerprint(line: str) -> str | None:
    """The fingerprint of the key in a line, as `ssh-keygen -l` prints it; None where there is no key."""
    found = _KEY.search(line)
    return _digest(found["key"]) if found else None


def _digest(key: str) -> str | None:
    try:
        digest = hashlib.sha256(base64.b64decode(key, validate=True)).digest()
    except (binascii.Error, ValueError):
        return None
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _listed(data: bytes) -> set[str]:
    lines = data.decode("utf-8", "replace").splitlines()
    return {one for line in lines if not line.startswith("#") and (one := key_fingerprint(line))}


def _lines(text: str, key: str) -> Iterator[tuple[int, str]]:
    """Yield the lines, with their numbers, that have this key or are of an authority that certifies keys."""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare and not bare.startswith("#") and (key_fingerprint(bare) == key or "cert-authority" in bare):
            yield number, bare


def _allowed_by(line: str, data: bytes, folder: Path) -> tuple[str, str]:
    """The principal that a line gives a signature, or why it gives none.

    `find-principals` names only the first line of a key, whatever its limits are, so each line is tried by itself. Its
    principals may be patterns, which are no name to verify by: another name stands in for them, except for an
    authority, whose certificates have to have one of them.
    """
    found = _ALLOWED.fullmatch(line)
    if found is None:
        return "", "it has no key"
    names = found["names"].replace('"', "")
    path = folder / "allowed"
    if "cert-authority" in line:
        _write(path, f"{line}\n")
        tried = [part for part in names.split(",") if not set("*?!") & set(part)]
    else:
        _write(path, f"{_WHO} {found['rest']}\n")
        tried = [_WHO]
    fault = "it has patterns for principals; name them in full"
    for name in tried:
        done = _verify(path, name, data, folder)
        if done.returncode == 0:
            return (names if name == _WHO else name), ""
        fault = _last(done, first=True).removeprefix(f"{path}:1: ")
    return "", fault


def _write(path: Path, text: str) -> None:
    write_file(path, text.encode(), root=path.parent, mode=PRIVATE)


def _refuse_revoked(who: str, data: bytes, folder: Path, revoked: tuple[RevokedKeys, ...], key: str) -> None:
    for revoked_keys in revoked:
        path = folder / "revoked"
        write_file(path, revoked_keys.data, root=folder, mode=PRIVATE)
        if _verify(folder / "allowed", who, data, folder, "-r", str(path)).returncode != 0:
            if revoked_keys.data.startswith(b"SSHKRL") or key in _listed(revoked_keys.data):
                raise _revoked(key, revoked_keys)
            raise CodexError(
                f"{revoked_keys.origin} is not a list of revoked keys", hint="public keys, one a line, or a KRL"
            )


def _revoked(key: str, by: RevokedKeys) -> CodexError:
    return CodexError(f"key {key} is revoked by {by.origin}", hint="do not trust what it signed; ask for a new release")


def _verify(allowed: Path, name: str, data: bytes, folder: Path, *more: str) -> "subprocess.CompletedProcess[bytes]":
    arguments = ["-Y", "verify", "-f", str(allowed), "-I", name, "-n", NAMESPACE, "-s", str(folder / "signature")]
    return _run([*arguments, *more], data)


def _run(arguments: list[str], data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise CodexError(
            "there is no ssh-keygen, which checks and makes signatures", hint="install OpenSSH 8.2 or newer"
        )
    try:
        return subprocess.run([program, *arguments], input=data, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CodexError("ssh-keygen did not answer within a minute") from error


def _last(done: "subprocess.CompletedProcess[bytes]", *, first: bool = False) -> str:
    """What ssh-keygen says, in one line: its last, or its first, which has the reason."""
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return lines[0 if first else -1].strip() if lines else f"exit code {done.returncode}"
