"""A site where agents discover skills: `.well-known/agent-skills/` of the Agent Skills Discovery RFC, v0.2.0.

Every version has its own immutable folder, `releases/X.Y.Z/`; `index.json` names the files of the newest version and is
written last. `versions.json` lists all versions.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, upload_status
from codex.shell.atomic import write_file
from codex.shell.reading import read_file
from skills_build.emit.json import dumps
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.release import Version

FOLDER: Final = ".well-known/agent-skills"
BUNDLE: Final = "bundle"
"""The folder of a version with the complete bundle."""
SCHEMA: Final = "https://schemas.agentskills.io/discovery/0.2.0/schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WellKnownPublisher:
    """The root of a static site."""

    path: Path

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Write the version's folder, then the index of the site."""
        root = self.path / FOLDER
        folder = f"releases/{offer.version}"
        files = dict(_files(offer))
        for name, data in sorted(files.items()):
            yield _write(root / folder / name, f"{folder}/{name}", data, dry=dry)
        versions = _versions(root / "versions.json")
        versions.append(offer.version)
        ordered = sorted(set(versions), key=Version.parse)
        newest = ordered[-1]
        listing = dumps({"latest": newest, "versions": ordered}, depth=2)
        yield _update(root / "versions.json", "versions.json", listing, dry=dry)
        if newest == offer.version:
            index = _index(offer, files, prefix=f"{folder}/")
            yield _update(root / "index.json", "index.json", index, dry=dry)


def _files(offer: Publication) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a version's folder: a file or an archive for each skill, and an index."""
    files: dict[str, bytes] = {}
    for skill in offer.manifest["skills"]:
        name = skill["name"]
        if set(skill["files"]) == {"SKILL.md"}:
            files[f"{name}/SKILL.md"] = _file_in(offer, f"skills/{name}/SKILL.md")
        else:
            archive = offer.manifest["release"]["archives"][name]["file"]
            files[archive] = offer.files[archive]
    yield from files.items()
    yield "index.json", _index(offer, files, prefix="")
    yield from _bundle(offer)


def _file_in(offer: Publication, path: str) -> bytes:
    return next(artifact.data for artifact in offer.tree if artifact.path == path)


def _bundle(offer: Publication) -> Iterator[tuple[str, bytes]]:
    """Yield the files that `codexc install` reads: the bundle and its signatures, without archives of single skills."""
    skills = {archive["file"] for archive in offer.manifest["release"]["archives"].values()}
    yield from ((f"{BUNDLE}/{name}", data) for name, data in offer.files.items() if name not in skills)


def _index(offer: Publication, files: dict[str, bytes], *, prefix: str) -> bytes:
    return dumps(
        {"$schema": SCHEMA, "skills": [_entry(skill, offer, files, prefix) for skill in _skills(offer)]}, depth=2
    )


def _skills(offer: Publication) -> list[dict[str, str]]:
    return sorted(offer.manifest["skills"], key=lambda skill: str(skill["name"]))


def _entry(skill: dict[str, str], offer: Publication, files: dict[str, bytes], prefix: str) -> dict[str, str]:
    own_file = f"{skill['name']}/SKILL.md"
    file = own_file if own_file in files else offer.manifest["release"]["archives"][skill["name"]]["file"]
    return {
        "name": skill["name"],
        "type": "skill-md" if file == own_file else "archive",
        "description": skill["description"],
        "version": skill["version"],
        "url": f"{prefix}{file}",
        "digest": f"sha256:{sha256(files[file])}",
    }


def _versions(path: Path) -> list[str]:
    if not path.is_file():
        return []
    try:
        versions = parse_json(read_file(path))["versions"]
        return [str(Version.parse(version)) for version in versions]
    except (ValueError, LookupError, TypeError, RecursionError, CodexError) as error:
        hint = "restore the file, or remove it to start a new list"
        raise CodexError(f"`{path}` is damaged: {error}", hint=hint) from error


def _write(path: Path, name: str, data: bytes, *, dry: bool) -> PublishStep:
    """Write a file that never changes."""
    if path.is_file():
        if read_file(path) != data:
            raise differs_error(name, str(path.parent))
        return PublishStep(what=name, status=StepStatus.THERE)
    if not dry:
        write_file(path, data, root=_top(path, name))
    return PublishStep(what=name, status=upload_status(dry=dry), bytes=len(data))


def _top(path: Path, name: str) -> Path:
    """Return the folder that a name is relative to."""
    return path.parents[name.count("/")]


def _update(path: Path, name: str, data: bytes, *, dry: bool) -> PublishStep:
    """Write a file that names the newest version."""
    if path.is_file() and read_file(path) == data:
        return PublishStep(what=name, status=StepStatus.THERE)
    done = upload_status(dry=dry) if dry or not path.is_file() else StepStatus.REPLACED
    if not dry:
        write_file(path, data, root=_top(path, name))
    return PublishStep(what=name, status=done, bytes=len(data))
