"""`codexc trust`"""

import contextlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codex.cli._options import day, print_json, print_result, print_status
from codex.cli.main import OK
from skills_build.errors import CodexError

if TYPE_CHECKING:
    from codex.workflow.signing_keys import Keyring

_ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Directory of the standards. [default: the codex in this or a parent directory]",
)
_NAMESPACE = click.option(
    "--namespace", help="Namespace of the bundles that the key signs. [default: the namespace of the codex]"
)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Write nothing; print the changes as a unified diff.")
_FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
_QUIET = click.option("-q", "--quiet", is_flag=True, help="Suppress everything except the requested output.")
_GRACE = 30
"""Number of days that a replaced key stays valid by default."""


@click.group("trust")
def command() -> None:
    """Manage the keys that are allowed to sign the bundles of a codex.

    The commands edit the files `allowed_signers` and `revoked_keys` next to codex.yaml, and the `trust` section of
    codex.yaml, which refers to these files.
    """


@command.command("add")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="Public key file.")
@click.option("--name", required=True, help="Name of the signer, such as releases@example.org.")
@click.option("--valid-after", metavar="YYYY-MM-DD", help="First day on which the key is valid.")
@click.option("--valid-before", metavar="YYYY-MM-DD", help="Day from which the key is no longer valid.")
@_NAMESPACE
@_ROOT
@_DRY_RUN
@_FORMAT
@_QUIET
def add_(
    key: Path,
    name: str,
    valid_after: str | None,
    valid_before: str | None,
    namespace: str | None,
    root: Path | None,
    dry_run: bool,
    format_: str,
    quiet: bool,
) -> int:
    """Add a key that may sign bundles."""
    from codex.workflow.signing_keys import add_key

    limits = {"after": day(valid_after) if valid_after else None, "before": day(valid_before) if valid_before else None}
    public = _read_public_key(key)
    with _keyring(root, namespace, dry=dry_run) as keyring:
        return _finish(add_key(keyring, public, name, **limits), dry=dry_run, as_json=format_ == "json", quiet=quiet)


@command.command("rotate")
@click.option("--old", required=True, help="The key to replace: public key file or fingerprint.")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The new public key file.")
@click.option("--name", required=True, help="Name of the signer that uses the new key.")
@click.option(
    "--until", metavar="YYYY-MM-DD", help="Day from which the old key is no longer valid. [default: in 30 days]"
)
@_NAMESPACE
@_ROOT
@_DRY_RUN
@_FORMAT
@_QUIET
def rotate_(
    old: str,
    key: Path,
    name: str,
    until: str | None,
    namespace: str | None,
    root: Path | None,
    dry_run: bool,
    format_: str,
    quiet: bool,
) -> int:
    """Replace a key with a new one. Bundles signed with the old key can be installed until the day of --until."""
    from codex.workflow.signing_keys import rotate_key

    last = day(until) if until else (date.today() + timedelta(days=_GRACE)).isoformat()
    replaced, public = _key_or_fingerprint(old), _read_public_key(key)
    with _keyring(root, namespace, dry=dry_run) as keyring:
        rotated = rotate_key(keyring, replaced, public, name, until=last)
        return _finish(rotated, dry=dry_run, as_json=format_ == "json", quiet=quiet)


@command.command("revoke")
@click.option("--key", required=True, help="Public key file or fingerprint (SHA256:...).")
@_NAMESPACE
@_ROOT
@_DRY_RUN
@_FORMAT
@_QUIET
def revoke_(key: str, namespace: str | None, root: Path | None, dry_run: bool, format_: str, quiet: bool) -> int:
    """Revoke a lost or stolen key: its signatures are no longer accepted."""
    from codex.workflow.signing_keys import revoke_key

    revoked = _key_or_fingerprint(key)
    with _keyring(root, namespace, dry=dry_run) as keyring:
        return _finish(revoke_key(keyring, revoked), dry=dry_run, as_json=format_ == "json", quiet=quiet)


@contextlib.contextmanager
def _keyring(root: Path | None, namespace: str | None, *, dry: bool) -> Iterator["Keyring"]:
    """Open the keys and keep them locked until they are written, so that no other run's changes are lost."""
    from codex.shell.locking import locked_root
    from codex.workflow.codex_folder import SourceOptions, open_codex
    from codex.workflow.signing_keys import Keyring

    codex_folder = open_codex(SourceOptions(root=root))
    if not codex_folder.config.declared:
        raise CodexError(f"no codex.yaml in `{codex_folder.root}`", hint="run `codexc init`")
    with contextlib.nullcontext() if dry else locked_root(codex_folder.root):
        yield Keyring(root=codex_folder.root, namespace=namespace or codex_folder.config.namespace)


def _key_or_fingerprint(key: str) -> str:
    return key if key.startswith("SHA256:") else _read_public_key(Path(key))


def _read_public_key(path: Path) -> str:
    """Return the text of a public key file. Raises `CodexError` if it is a private key or cannot be read."""
    from codex.shell.reading import read_text

    try:
        text = read_text(path, errors="replace")
    except OSError as error:
        raise CodexError(
            f"`{path}` cannot be read: {error.strerror}", hint="pass a public key file, such as codex.key.pub"
        ) from error
    if "PRIVATE KEY" in text:
        raise CodexError(f"`{path}` is a private key", hint=f"pass the public key: {path}.pub")
    return text


def _finish(keyring: "Keyring", *, dry: bool, as_json: bool, quiet: bool) -> int:
    from codex.workflow.build import FileDifference, unified_diff
    from codex.workflow.signing_keys import write_keys

    edits = keyring.edits()
    if as_json:
        rows = [{"path": str(edit.path), "action": "add" if edit.old is None else "update"} for edit in edits]
        print_json(json.dumps({"status": "dry-run" if dry else "done", "changes": rows}, indent=2))
    elif dry:
        changes = [
            FileDifference(
                path=str(edit.path), old=None if edit.old is None else edit.old.encode(), new=edit.new.encode()
            )
            for edit in edits
        ]
        print_result(unified_diff(changes), nl=False)
    if not dry:
        write_keys(keyring)
    for edit in edits:
        print_status(f"{'would write' if dry else 'wrote'} {edit.path}", quiet=quiet or as_json)
    if not edits:
        print_status("nothing to change", quiet=quiet or as_json)
    return OK
