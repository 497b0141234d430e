"""A YAML file that lists repositories. Its contract is `inventory.schema.json`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex.sync.fleet import Component, Target
from skills_build.errors import CodexError
from skills_build.source.checked import check
from skills_build.source.yaml_door import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The file, and the text of its JSON Schema."""

    path: Path
    schema: str

    def targets(self) -> Iterator[Target]:
        """Yield the repositories in order of the file. Raises `CodexError` with the place of what is wrong."""
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CodexError(
                f"`{self.path}` cannot be read: {error}", hint="name the inventory in codex.yaml"
            ) from error
        value, findings = load(text, path=str(self.path))
        if value is not None:
            findings = (*findings, *check(value, self.schema, path=str(self.path)))
        if findings or value is None or not isinstance(value.data, dict):
            one = findings[0] if findings else None
            place = f":{one.span.line}:{one.span.column}: {one.message}" if one else " is empty"
            raise CodexError(f"{self.path}{place}", hint=one.help if one else "list repositories in it")
        rows: Any = value.data["repositories"]
        seen: set[str] = set()
        for row in rows:
            target = _target({"path": row} if isinstance(row, str) else row)
            if target.path in seen:
                raise CodexError(f"{self.path}: `{target.path}` is listed twice", hint="remove one of the two")
            seen.add(target.path)
            yield target


def _target(row: dict[str, Any]) -> Target:
    return Target(
        id=row["path"],
        path=row["path"],
        url=row.get("url", ""),
        default_branch=row.get("branch"),
        archived=row.get("archived", False),
        topics=tuple(row.get("topics", ())),
        languages=tuple(row.get("languages", ())),
        owner=row.get("owner"),
        lifecycle=row.get("lifecycle"),
        system=row.get("system"),
        depends_on=tuple(row.get("depends_on", ())),
        components=tuple(
            Component(name=one["name"], folder=one.get("folder", "")) for one in row.get("components", ())
        ),
    )
