"""Creates the files of a new codex, or one new standard. Never overwrites a file, and keeps what a repository has."""

import json
import os
import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from codex.profile.owners import PLACES
from codex.resources import data_root
from codex.shell.atomic import write_file
from codex.shell.reading import real_path
from codex.shell.repository import GitRepository
from codex.workflow.codex_folder import CONFIG, CodexFolder, schema
from codex.workflow.parsing import parse_all
from skills_build.emit.render import Renderer
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.lint.free_ids import FreeIds
from skills_build.model.codex import Codex
from skills_build.source.slug import slug

SCAFFOLD_FILES: Final = {
    "standards/codex.yaml": "codex.yaml",
    "standards/allowed_signers": "allowed_signers",
    "standards/engineering/ways-of-working.md": "standard.md",
    ".gitlab-ci.yml": "gitlab-ci.yml",
    "templates/codex.yml": "gitlab-component.yml",
    ".github/workflows/codex.yml": "github-workflow.yml",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    "CODEOWNERS": "CODEOWNERS",
    "README.md": "README.md",
    ".gitignore": "gitignore",
}
FRONT_MATTER_SCHEMA: Final = "front-matter.schema.json"
SCHEMAS: Final = {"standards/codex.schema.json": "codex", f"standards/{FRONT_MATTER_SCHEMA}": "front-matter"}


HINTS: Final = {
    ".gitlab-ci.yml": "add `include: [{local: templates/codex.yml, inputs: {codexc: SOURCE}}]` to this file",
    "templates/codex.yml": "codexc needs this name for its pipeline: rename the file, then run `codexc init` again",
    ".pre-commit-config.yaml": "add the hooks `codexc check` and `codexc build --check` to this file",
    "CODEOWNERS": "run `codexc fmt --codeowners` to add the owners of the standards to this file",
    ".gitignore": "add `/build/` and `gl-code-quality-report.json` to this file",
}
"""What is left to do where a repository has a file already."""
SIGSTORE: Final = "sigstore>=4.1"
"""What the extra `sigstore` of this program requires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaffoldOptions:
    """Options of a new codex. `source` is what pip installs codexc from, empty if that is unknown."""

    folder: Path
    namespace: str
    title: str
    owner: str
    today: str
    branch: str = "main"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """The files of a new codex by path, and the files that exist already and are kept, with what to do about them."""

    files: Mapping[Path, str]
    kept: Mapping[Path, str]


def new_codex(options: ScaffoldOptions) -> Scaffold:
    """The files of a new codex. Raises `CodexError` if there is a codex in the folder already."""
    from skills_build.emit.registry import BY_NAME

    if not re.fullmatch(r"[\w.][\w./-]*", options.branch):
        raise CodexError(f"`{options.branch}` cannot be used in a pipeline", hint="pass the name with `--branch`")
    values = {
        "namespace": options.namespace,
        "title": options.title,
        "owner": options.owner,
        "owners": [("engineering", options.owner)],
        "id": "WOW",
        "domain": "engineering",
        "today": options.today,
        "branch": options.branch,
        "source": options.source,
        "sigstore": SIGSTORE,
        "schema": "../front-matter.schema.json",
        "source_url": "",
        "status": "approved",
        "clients": ", ".join(BY_NAME),
    }
    files = {
        options.folder / path: _rendered(name, {**values, **_title_of(name)}) for path, name in SCAFFOLD_FILES.items()
    }
    files |= {options.folder / path: schema(name) for path, name in SCHEMAS.items()}
    if os.path.lexists(options.folder / "standards" / CONFIG):
        hint = "nothing was written; to add a standard, use `codexc new`"
        raise CodexError(f"`{options.folder}` has a codex already", hint=hint)
    kept = {path: HINTS.get(path.relative_to(options.folder).as_posix(), "") for path in files if os.path.lexists(path)}
    owners = next((options.folder / name for name in PLACES if os.path.lexists(options.folder / name)), None)
    if owners is not None:
        files.pop(options.folder / "CODEOWNERS")
        kept[owners] = HINTS["CODEOWNERS"]
    return Scaffold(files={path: text for path, text in files.items() if path not in kept}, kept=kept)


def default_branch(folder: Path) -> str:
    """The default branch of the repository around a folder; `main` where there is none."""
    existing = next((parent for parent in (real_path(folder), *real_path(folder).parents) if parent.is_dir()), None)
    repository = GitRepository.around(existing) if existing else None
    return (repository.default_branch() if repository else None) or "main"


def _title_of(template: str) -> dict[str, str]:
    return {"title": "Ways of working"} if template == "standard.md" else {}


def _rendered(name: str, values: Mapping[str, object]) -> str:
    text = (data_root("templates") / "scaffold" / f"{name}.j2").read_text(encoding="utf-8")
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items() if isinstance(value, str)}
    return Renderer({name: text}).render(name, {**values, "yaml": quoted})


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardOptions:
    """Options of a new standard."""

    id: str
    title: str
    domain: str
    today: str


def domain_of(path: Path, place: CodexFolder) -> str | None:
    """The domain that a folder on the path of a standard names, or the only one of the codex; None if it is open."""
    domains = tuple(place.config.domains)
    below = standard_path(path, place).split("/")[:-1]
    named = [folder for folder in reversed(below) if folder in domains]
    return named[0] if named else domains[0] if len(domains) == 1 else None if domains else "general"


def standard_path(path: Path, place: CodexFolder) -> str:
    """The path of a standard in its codex. Raises `CodexError` if no file there is read as a standard."""
    root = real_path(place.root)
    resolved = real_path(path.parent) / path.name
    if not resolved.is_relative_to(root):
        raise CodexError(f"`{path}` is not in the codex `{place.root}`", hint=f"use a file below `{place.root}`")
    inside = resolved.relative_to(root).as_posix()
    if not inside.endswith(".md"):
        raise CodexError(f"`{path}` is not a Markdown file", hint=f"use `{path.with_suffix('.md')}`")
    if place.dialect_of(inside) is None:
        hint = "use a different name, or change `exclude` and `dialects` in codex.yaml"
        raise CodexError(f"`{inside}` is not a standard according to codex.yaml", hint=hint)
    return inside


def new_standard(path: Path, place: CodexFolder, options: StandardOptions) -> str:
    """The text of a new standard at `path`.

    Raises `CodexError` if the file exists, is outside the codex or would not be read, if the id is invalid or taken, or
    if the domain is unknown.
    """
    inside, id_ = standard_path(path, place), options.id
    if os.path.lexists(path):
        raise CodexError(f"`{path}` already exists", hint="nothing was written; choose a different file")
    if place.config.domains and options.domain not in place.config.domains:
        known = ", ".join(f"`{name}`" for name in place.config.domains)
        hint = f"use one of {known}, or add the domain to {CONFIG}"
        raise CodexError(f"there is no domain `{options.domain}`", hint=hint)
    require_new_id(id_, parse_all(place).codex)
    has_schema = (place.root / FRONT_MATTER_SCHEMA).is_file()
    values = {
        "id": id_,
        "title": options.title,
        "domain": options.domain,
        "today": options.today,
        "schema": "../" * inside.count("/") + FRONT_MATTER_SCHEMA if has_schema else "",
        "status": "draft",
    }
    return _rendered("standard.md", values)


def require_new_id(id_: str, codex: Codex) -> None:
    """Raise `CodexError` if the id of a new standard is invalid or taken."""
    if not re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", id_):
        raise CodexError(
            f"`{id_}` is not a valid id of a standard", hint="use upper-case letters and digits, such as `CTR`"
        )
    taken = {standard.id: standard.path for standard in codex.standards}
    if id_ in taken:
        raise CodexError(f"the id `{id_}` is already used by `{taken[id_]}`", hint="choose a different id with `--id`")


def suggested_id(path: Path) -> str:
    """Suggest an id for a standard in this file: `HTTP-APIS` for `http-apis.md`, `QUEUES` for `0007-queues.md`."""
    name = path.stem.lstrip(f"{string.digits}-_. ")  # an id starts with a letter
    if not name:
        name = f"doc-{path.stem}"
    return slug(name, most=24).upper() or "NEW"


def next_rule_id(place: CodexFolder, standard: str) -> str:
    """The next free rule id of a standard, after those of withdrawn and removed rules.

    Raises `CodexError` if no standard has this id.
    """
    loaded = parse_all(place)
    if standard not in {s.id for s in loaded.codex.standards}:
        ids = ", ".join(f"`{s.id}`" for s in loaded.codex.standards)
        raise CodexError(f"no standard has the id `{standard}`", hint=f"known ids: {ids}")
    return FreeIds(loaded.codex).next(standard)


def write_all(files: Mapping[Path, str], *, root: Path | None = None) -> None:
    """Write new files, each atomically; below `root`, links are not followed."""
    for path, text in files.items():
        write_file(path, text.encode(), root=root)
