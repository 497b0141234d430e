"""Reads one text by one dialect, as the tests of this folder need it."""

from pathlib import Path

from codex.resources import data_root
from skills_build.globs import matches
from skills_build.model.config import Config
from skills_build.model.standard import Standard
from skills_build.source.dialect import Dialect, load_dialect
from skills_build.source.parse import ParsedStandard, parse_standard

HEAD = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: approved\n---\n\n# Services\n\n"


def schema(name: str) -> str:
    """The text of one of our schemas."""
    return (data_root("validators") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")


def dialect(text: str, *, name: str = "own") -> Dialect:
    """A dialect from TOML."""
    return load_dialect(text, name=name, schema=schema("dialect"))


def shipped(name: str) -> Dialect:
    """One of the dialects that ship."""
    return dialect((data_root("templates") / "dialects" / f"{name}.toml").read_text(encoding="utf-8"), name=name)


def reading(
    text: str | bytes, by: Dialect | None = None, *, path: str = "services.md", shared: str = ""
) -> ParsedStandard:
    """Read one file; the canonical dialect unless another is given."""
    data = text.encode() if isinstance(text, str) else text
    return parse_standard(
        path, data, by or shipped("canonical"), Config(), schema=schema("front-matter"), shared=shared
    )


def standard(text: str | bytes, by: Dialect | None = None, *, path: str = "services.md", shared: str = "") -> Standard:
    """The standard of one file."""
    document = reading(text, by, path=path, shared=shared).document
    assert document is not None
    return document.standard


def corpus(root: Path, by: Dialect) -> tuple[ParsedStandard, ...]:
    """Read every file of a folder that the dialect takes for a standard, sorted by path."""
    paths = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.md"))
    chosen = [p for p in paths if matches(p, by.files.include) and not matches(p, by.files.exclude)]
    return tuple(reading((root / p).read_bytes(), by, path=p) for p in chosen)
