"""Edits who may sign: the file of allowed signers, the file of revoked keys, and what codex.yaml says of both."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from codex.shell.atomic import write_file
from codex.shell.signing import key_fingerprint, public_key
from codex.workflow.codex_folder import CONFIG
from skills_build.errors import CodexError
from skills_build.source.yaml import load_yaml, with_value

ALLOWED: Final = "allowed_signers"
REVOKED: Final = "revoked_keys"
_ENTRY: Final = re.compile(r'(?P<names>(?:"[^"]*"|[^\s"])+)\s+(?P<rest>\S.*)')
_KIND: Final = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-\S+\s")
_UNTIL: Final = re.compile(r'valid-before="?(?P<day>\d+)[^",\s]*"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """A file as it will be; `old` is None where it is new."""

    path: Path
    old: str | None
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The files of one namespace in a codex, with what was edited so far."""

    root: Path
    namespace: str
    texts: Mapping[Path, str] = field(default_factory=dict)

    def edited(self, path: Path, text: str) -> "Keyring":
        """The same with another text of a file."""
        return Keyring(root=self.root, namespace=self.namespace, texts={**self.texts, path: text})

    def read(self, path: Path) -> str:
        """The text of a file, edits included; empty where there is none."""
        if path in self.texts:
            return self.texts[path]
        try:
            return path.read_text(encoding="utf-8") if path.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise CodexError(f"`{path}` cannot be read: {error}", hint="save it as UTF-8") from error

    def file(self, setting: str) -> Path:
        """The file that a setting of this namespace names, or would name."""
        return self.root / str(self._terms().get(setting, setting))

    def naming(self, setting: str) -> "Keyring":
        """The same with codex.yaml naming that file; comments and order stay."""
        if setting in self._terms():
            return self
        path, text = self.root / CONFIG, self.read(self.root / CONFIG)
        return self.edited(path, with_value(text, ("trust", "namespaces", self.namespace, setting), setting))

    def _terms(self) -> Mapping[str, Any]:
        value, findings = load_yaml(self.read(self.root / CONFIG), path=CONFIG)
        data: Any = value.data if value is not None else None
        if findings or not isinstance(data, dict):
            raise CodexError(f"{CONFIG} has errors", hint="`codexc check` shows them")
        for key in ("trust", "namespaces", self.namespace):
            data = data.get(key) if isinstance(data, dict) else None
        return data if isinstance(data, dict) else {}

    def edits(self) -> tuple[FileEdit, ...]:
        """What differs from the disk."""
        found = (
            FileEdit(path=path, old=path.read_text(encoding="utf-8") if path.is_file() else None, new=text)
            for path, text in self.texts.items()
        )
        return tuple(one for one in found if one.old != one.new)


def add_key(keys: Keyring, key: str, name: str, *, after: str | None = None, before: str | None = None) -> Keyring:
    """Let a key sign, under a name, between two days (`YYYY-MM-DD`).

    Raises `CodexError` for what is no public key or no name, for a key that may sign already, and for a revoked one.
    """
    bare = public_key(key)
    mark = key_fingerprint(bare)
    if not re.fullmatch(r'[^\s",#]+', name):
        raise CodexError(f"`{name}` is not a name of a signer", hint="use an address such as releases@example.org")
    if any(key_fingerprint(line) == mark for line in keys.read(keys.file(REVOKED)).splitlines()):
        raise CodexError(f"key {mark} is revoked", hint="make a new one: `ssh-keygen -t ed25519 -f codex.key`")
    path = keys.file(ALLOWED)
    text = keys.read(path)
    if any(key_fingerprint(line) == mark for line in text.splitlines() if not line.lstrip().startswith("#")):
        raise CodexError(f"key {mark} is in `{path}` already", hint="edit its line, or revoke the key")
    limits = [f'valid-{kind}="{_day(day)}"' for kind, day in (("after", after), ("before", before)) if day]
    options = ",".join(['namespaces="codexc"', *limits])
    return keys.edited(path, f"{_ended(text)}{name} {options} {bare}\n").naming(ALLOWED)


def rotate_key(keys: Keyring, old: str, new: str, name: str, *, until: str) -> Keyring:
    """Let a new key sign, and the old one until a day (`YYYY-MM-DD`), so that what it signed is still believed."""
    path, mark = keys.file(ALLOWED), _mark(old)

    def ending(line: str) -> str:
        return _until(line, _day(until)) if key_fingerprint(line) == mark else line

    if not _lists(keys.read(path), mark):
        raise CodexError(f"key {mark} is not in `{path}`", hint="name the key that signs now with `--old`")
    return add_key(keys.edited(path, _each(keys.read(path), ending)), new, name)


def revoke_key(keys: Keyring, key: str) -> Keyring:
    """Believe nothing that a key signed, whenever it did: it is listed as revoked, and may sign no more."""
    path, mark = keys.file(ALLOWED), _mark(key)
    listed = [line for line in keys.read(path).splitlines() if key_fingerprint(line) == mark]
    if not listed and key.startswith("SHA256:"):
        raise CodexError(f"key {mark} is not in `{path}`", hint="name the file of the public key instead")
    bare = public_key(listed[0] if listed else key)
    gone = keys.file(REVOKED)
    text = keys.read(gone)
    if text.startswith("SSHKRL"):
        raise CodexError(f"`{gone}` is a key revocation list", hint=f"ssh-keygen -k -u -f {gone} KEY.pub")
    if not _lists(text, mark):
        keys = keys.edited(gone, f"{_ended(text)}{bare}\n")
    kept = "".join(f"{line}\n" for line in keys.read(path).splitlines() if key_fingerprint(line) != mark)
    return (keys.edited(path, kept) if listed else keys).naming(REVOKED)


def write_keys(keys: Keyring) -> None:
    """Write what was edited; codex.yaml comes last, so that it never names a file that is not there."""
    for file_edit in sorted(keys.edits(), key=lambda edit: edit.path.name == CONFIG):
        write_file(file_edit.path, file_edit.new.encode())


def _mark(key: str) -> str:
    """The fingerprint of a key, or the fingerprint that was given instead of one."""
    found = key.strip() if key.startswith("SHA256:") else key_fingerprint(public_key(key))
    assert found is not None
    return found


def _lists(text: str, mark: str) -> bool:
    return any(key_fingerprint(line) == mark for line in text.splitlines())


def _each(text: str, change: Callable[[str], str]) -> str:
    return "".join(f"{change(line)}\n" for line in text.splitlines())


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _day(day: str) -> str:
    return day.replace("-", "")


def _until(line: str, day: str) -> str:
    """An entry that ends on a day at the latest; one that ends before stays as it is."""
    found = _ENTRY.fullmatch(line.strip())
    if found is None or line.lstrip().startswith("#"):
        return line
    ends = _UNTIL.search(found["rest"])
    if ends is not None:
        return line if ends["day"][:8] <= day else line.replace(ends[0], f'valid-before="{day}"', 1)
    comma = " " if _KIND.match(found["rest"]) else ","
    return f'{found["names"]} valid-before="{day}"{comma}{found["rest"]}'
