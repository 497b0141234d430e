"""Edits the signing keys of a codex: allowed signers, revoked keys, and the settings in codex.yaml that name them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from codex.shell.atomic import write_file
from codex.shell.reading import decoded, read_file
from codex.shell.signing import key_fingerprint, key_lines, lists_key, public_key
from codex.workflow.codex_folder import CONFIG, schema
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.source.configuration import load_config
from skills_build.source.yaml_edit import set_value

ALLOWED: Final = "allowed_signers"
REVOKED: Final = "revoked_keys"
_ENTRY: Final = re.compile(r'(?P<names>(?:"[^"]*"|[^\s"])+)\s+(?P<rest>\S.*)')
_KIND: Final = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-\S+\s")
_UNTIL: Final = re.compile(r'valid-before="?(?P<day>\d+)[^",\s]*"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """The old and new text of a file; `old` is None for a new file."""

    path: Path
    old: str | None
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The key files of one namespace in a codex, with the edits so far."""

    root: Path
    namespace: str
    texts: Mapping[Path, str] = field(default_factory=dict)

    def edited(self, path: Path, text: str) -> "Keyring":
        """The keyring with a new text for a file."""
        return Keyring(root=self.root, namespace=self.namespace, texts={**self.texts, path: text})

    def read(self, path: Path) -> str:
        """The text of a file with its edits; empty if there is no file. Raises `CodexError` if it cannot be read."""
        if path in self.texts:
            return self.texts[path]
        try:
            return _text(path)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise CodexError(f"`{path}` cannot be read: {error.strerror}") from error

    def file(self, setting: str) -> Path:
        """The file that a setting of this namespace names; without it, its default."""
        return self.root / (self._named_file(setting) or setting)

    def naming(self, setting: str) -> "Keyring":
        """The keyring with this setting in codex.yaml; comments and order stay."""
        if self._named_file(setting) is not None:
            return self
        path, text = self.root / CONFIG, self.read(self.root / CONFIG)
        return self.edited(path, set_value(text, ("trust", "namespaces", self.namespace, setting), setting))

    def _named_file(self, setting: str) -> str | None:
        _, fleet, _ = load_config(self.read(self.root / CONFIG), path=CONFIG, schema=schema("codex"))
        if "trust" in fleet.invalid:
            raise CodexError(f"{CONFIG} has errors", hint="run `codexc check` to list the errors")
        terms = fleet.trust.namespaces.get(self.namespace) if fleet.trust else None
        return {ALLOWED: terms.allowed_signers, REVOKED: terms.revoked_keys}[setting] if terms else None

    def edits(self) -> tuple[FileEdit, ...]:
        """The edits that change a file on disk."""
        edits = (
            FileEdit(path=path, old=_text(path) if path.exists() else None, new=text)
            for path, text in self.texts.items()
        )
        return tuple(edit for edit in edits if edit.old != edit.new)


def add_key(keys: Keyring, key: str, name: str, *, after: str | None = None, before: str | None = None) -> Keyring:
    """Allow a key to sign under a name, optionally between two days (`YYYY-MM-DD`).

    Raises `CodexError` for an invalid key or name, and for a key that is already allowed or revoked.
    """
    public, fingerprint = public_key(key), _fingerprint_of(key)
    if not re.fullmatch(r'[^\s",#]+', name):
        raise CodexError(f"`{name}` is not a valid signer name", hint="use an address such as releases@example.org")
    if lists_key(keys.read(keys.file(REVOKED)), fingerprint):
        raise CodexError(f"key {fingerprint} is revoked", hint="create a new key: `ssh-keygen -t ed25519 -f codex.key`")
    path = keys.file(ALLOWED)
    text = keys.read(path)
    if lists_key(text, fingerprint):
        raise CodexError(f"key {fingerprint} is already in `{path}`", hint="edit its line, or revoke the key")
    limits = [f'valid-{kind}="{_day(day)}"' for kind, day in (("after", after), ("before", before)) if day]
    options = ",".join(['namespaces="codexc"', *limits])
    return keys.edited(path, f"{_with_newline(text)}{name} {options} {public}\n").naming(ALLOWED)


def rotate_key(keys: Keyring, old: str, new: str, name: str, *, until: str) -> Keyring:
    """Allow a new key to sign, and the old one until a day (`YYYY-MM-DD`), so that its signatures stay trusted.

    Raises `CodexError` if the old key is not allowed.
    """
    path, fingerprint = keys.file(ALLOWED), _fingerprint_of(old)

    def ending(line: str) -> str:
        return _until(line, _day(until)) if key_fingerprint(line) == fingerprint else line

    if not lists_key(keys.read(path), fingerprint):
        raise CodexError(f"key {fingerprint} is not in `{path}`", hint="pass the current signing key with `--old`")
    return add_key(keys.edited(path, _map_lines(keys.read(path), ending)), new, name)


def revoke_key(keys: Keyring, key: str) -> Keyring:
    """Revoke a key: it is no longer allowed, and nothing that it ever signed is trusted.

    Raises `CodexError` if the key is unknown, or if the list of revoked keys is binary.
    """
    path, fingerprint = keys.file(ALLOWED), _fingerprint_of(key)
    lines = [line for line in key_lines(keys.read(path)) if key_fingerprint(line) == fingerprint]
    if not lines and key.startswith("SHA256:"):
        raise CodexError(f"key {fingerprint} is not in `{path}`", hint="use the public key file instead")
    public = public_key(lines[0] if lines else key)
    revoked_path = keys.file(REVOKED)
    text = keys.read(revoked_path)
    if text.startswith("SSHKRL"):
        raise CodexError(
            f"`{revoked_path}` is a key revocation list", hint=f"ssh-keygen -k -u -f {revoked_path} KEY.pub"
        )
    if not lists_key(text, fingerprint):
        keys = keys.edited(revoked_path, f"{_with_newline(text)}{public}\n")
    remaining = "".join(f"{line}\n" for line in key_lines(keys.read(path)) if key_fingerprint(line) != fingerprint)
    return (keys.edited(path, remaining) if lines else keys).naming(REVOKED)


def write_keys(keys: Keyring) -> None:
    """Write the edits; codex.yaml comes last, so that it never names a file that does not exist."""
    for file_edit in sorted(keys.edits(), key=lambda edit: edit.path.name == CONFIG):
        write_file(file_edit.path, file_edit.new.encode())


def _fingerprint_of(key: str) -> str:
    """The fingerprint of a key; `key` may be a fingerprint itself."""
    fingerprint = key.strip() if key.startswith("SHA256:") else key_fingerprint(public_key(key))
    assert fingerprint is not None
    return fingerprint


def _text(path: Path) -> str:
    """Return the text of a file. A lone carriage return ends no line: see `key_lines`."""
    return decoded(read_file(path), path).replace("\r\n", "\n")


def _map_lines(text: str, change: Callable[[str], str]) -> str:
    return "".join(f"{change(line)}\n" for line in key_lines(text))


def _with_newline(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _day(day: str) -> str:
    return day.replace("-", "")


def _until(line: str, day: str) -> str:
    """An entry that ends on `day` at the latest; an earlier end is kept."""
    entry = _ENTRY.fullmatch(line.strip())
    if entry is None or line.lstrip().startswith("#"):
        return line
    end = _UNTIL.search(entry["rest"])
    if end is not None:
        return line if end["day"][:8] <= day else line.replace(end[0], f'valid-before="{day}"', 1)
    separator = " " if _KIND.match(entry["rest"]) else ","
    return f'{entry["names"]} valid-before="{day}"{separator}{entry["rest"]}'
