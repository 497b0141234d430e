"""Reads a bundle from wherever it is: a released folder, one archive, a folder that a build wrote, an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from codex.shell.folder import read_folder
from codex.workflow.load import schema
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact

_MOST: Final = 512 * 1024 * 1024
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A bundle as it was found, nothing of it checked.

    `outer` are the files of a released folder by name, or the one archive; `inner` are the files of a build's folder.
    """

    name: str
    outer: Mapping[str, bytes]
    inner: tuple[Artifact, ...] = ()
    alone: bool = False


def is_address(where: str) -> bool:
    """Whether a bundle is to be fetched."""
    return urlsplit(where).scheme in ("http", "https")


def find(where: str) -> Found:
    """Read a bundle. Raises `CodexError` where there is none."""
    if is_address(where):
        return _fetched(where)
    path = Path(where)
    if path.is_file():
        if path.stat().st_size > _MOST:
            raise CodexError(f"`{where}` has more than {_MOST:,} bytes", hint="name the archive of a bundle")
        return Found(name=where, outer={path.name: path.read_bytes()}, alone=True)
    if not path.is_dir():
        raise CodexError(f"there is no bundle `{where}`", hint="name a released folder, an archive or an address")
    if not (path / MANIFEST).is_file():
        raise CodexError(f"`{where}` holds no {MANIFEST}", hint="`codexc release` writes bundles to build/bundles")
    files = read_folder(path, most=_MOST)
    if any("/" not in one.path and one.path.endswith(".tar.gz") for one in files):
        return Found(name=where, outer={one.path: one.data for one in files})
    return Found(name=where, outer={}, inner=files)


def unpacked(found: Found) -> tuple[Artifact, ...]:
    """The files of a bundle with the manifest that vouches for them, all digests checked.

    Raises `CodexError` where anything is wrong: what nobody vouches for is neither compared with nor installed.
    """
    from skills_build.release.verify import check_bundle, check_files, read_manifest

    text = schema("manifest")
    if found.inner:
        manifest, faults = read_manifest(next((a.data for a in found.inner if a.path == MANIFEST), None), text)
        faults = faults if manifest is None else check_files(found.inner, manifest)
        files = found.inner
    else:
        checked = check_bundle(found.outer, schema=text, alone=found.alone)
        faults, files = checked.faults, checked.files
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        hint = f"`codexc verify {found.name}` lists all that is wrong"
        raise CodexError(f"{found.name}: {faults[0].path} {faults[0].message}{more}", hint=hint)
    return files


def _fetched(address: str) -> Found:
    """Fetch an archive, or the bundle whose manifest or folder the address names."""
    import json

    from codex.http.fetch import fetch

    path = urlsplit(address).path
    if path.endswith(".tar.gz"):
        name = path.rsplit("/", 1)[-1]
        return Found(name=address, outer={name: fetch(address, limit=_MOST)}, alone=True)
    base = address if path.endswith(f"/{MANIFEST}") else address.rstrip("/") + f"/{MANIFEST}"
    data = fetch(base, limit=_MOST)
    try:
        found = json.loads(data)
        whole = f"{found['namespace']}-{found['version']}.tar.gz"
    except (ValueError, RecursionError, LookupError, TypeError) as error:
        raise CodexError(f"{base} is no manifest of a bundle", hint="name the bundle's folder or archive") from error
    return Found(name=address, outer={whole: fetch(urljoin(base, whole), limit=_MOST)}, alone=True)
