"""A site that agents discover skills on: `.well-known/agent-skills/` of the Agent Skills Discovery RFC, v0.2.0.

Every version has a folder of its own that never changes, `releases/X.Y.Z/`; `index.json` names the files of the newest
and is switched over last. `versions.json` lists what there is.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codex.publish.publication import Publication, PublishStep, StepStatus, differs_error, put_status
from codex.shell.atomic import write_file
from skills_build.emit.json import dumps
from skills_build.emit.tree import sha256
from skills_build.errors import CodexError
from skills_build.model.release import Version

FOLDER: Final = ".well-known/agent-skills"
BUNDLE: Final = "bundle"
"""The folder of a version that has the bundle as a whole."""
SCHEMA: Final = "https://schemas.agentskills.io/discovery/0.2.0/schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WellKnownPublisher:
    """The root of a static site."""

    path: Path

    def publish(self, offer: Publication, *, dry: bool) -> Iterator[PublishStep]:
        """Write the version's folder, then the index of the site."""
        root = self.path / FOLDER
        inside = f"releases/{offer.version}"
        files = dict(_files(offer))
        for name, data in sorted(files.items()):
            yield _write(root / inside / name, f"{inside}/{name}", data, dry=dry)
        versions = _versions(root / "versions.json")
        versions.append(offer.version)
        known = sorted(set(versions), key=Version.parse)
        newest = known[-1]
        listing = dumps({"latest": newest, "versions": known}, depth=2)
        yield _switch(root / "versions.json", "versions.json", listing, dry=dry)
        if newest == offer.version:
            index = _index(offer, files, before=f"{inside}/")
            yield _switch(root / "index.json", "index.json", index, dry=dry)


def _files(offer: Publication) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a version's folder: what each skill is offered as, and an index of their own."""
    files: dict[str, bytes] = {}
    for skill in offer.manifest["skills"]:
        name = skill["name"]
        if set(skill["files"]) == {"SKILL.md"}:
            files[f"{name}/SKILL.md"] = next(one.data for one in offer.tree if one.path == f"skills/{name}/SKILL.md")
        else:
            archive = offer.manifest["release"]["archives"][name]["file"]
            files[archive] = offer.files[archive]
    yield from files.items()
    yield "index.json", _index(offer, files, before="")
    yield from _bundle(offer)


def _bundle(offer: Publication) -> Iterator[tuple[str, bytes]]:
    """Yield what `codexc install` reads: the bundle without the archives of single skills, with its signatures."""
    skills = {one["file"] for one in offer.manifest["release"]["archives"].values()}
    yield from ((f"{BUNDLE}/{name}", data) for name, data in offer.files.items() if name not in skills)


def _index(offer: Publication, files: dict[str, bytes], *, before: str) -> bytes:
    return dumps(
        {"$schema": SCHEMA, "skills": [_entry(skill, offer, files, before) for skill in _skills(offer)]}, depth=2
    )


def _skills(offer: Publication) -> list[dict[str, str]]:
    return sorted(offer.manifest["skills"], key=lambda one: str(one["name"]))


def _entry(skill: dict[str, str], offer: Publication, files: dict[str, bytes], before: str) -> dict[str, str]:
    single = f"{skill['name']}/SKILL.md"
    file = single if single in files else offer.manifest["release"]["archives"][skill["name"]]["file"]
    return {
        "name": skill["name"],
        "type": "skill-md" if file == single else "archive",
        "description": skill["description"],
        "version": skill["version"],
        "url": f"{before}{file}",
        "digest": f"sha256:{sha256(files[file])}",
    }


def _versions(path: Path) -> list[str]:
    if not path.is_file():
        return []
    try:
        found = json.loads(path.read_bytes())["versions"]
        return [str(Version.parse(one)) for one in found]
    except (ValueError, LookupError, TypeError, RecursionError, CodexError) as error:
        hint = "restore it, or remove it to start a new list"
        raise CodexError(f"`{path}` is damaged: {error}", hint=hint) from error


def _write(path: Path, name: str, data: bytes, *, dry: bool) -> PublishStep:
    """Write what never changes."""
    if path.is_file():
        if path.read_bytes() != data:
            raise differs_error(name, str(path.parent))
        return PublishStep(what=name, done=StepStatus.THERE)
    if not dry:
        write_file(path, data, root=_top(path, name))
    return PublishStep(what=name, done=put_status(dry=dry), bytes=len(data))


def _top(path: Path, name: str) -> Path:
    """The folder that a name is relative to."""
    return path.parents[name.count("/")]


def _switch(path: Path, name: str, data: bytes, *, dry: bool) -> PublishStep:
    """Write what says which version is the newest."""
    if path.is_file() and path.read_bytes() == data:
        return PublishStep(what=name, done=StepStatus.THERE)
    done = put_status(dry=dry) if dry or not path.is_file() else StepStatus.REPLACED
    if not dry:
        write_file(path, data, root=_top(path, name))
    return PublishStep(what=name, done=done, bytes=len(data))
