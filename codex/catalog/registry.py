"""Which catalogs there are: a row a kind, from a section of codex.yaml to the catalog."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from codex.sync.fleet import Target


class Catalog(Protocol):
    """Names repositories."""

    def targets(self) -> Iterator[Target]:
        """Yield them."""


Make = Callable[[Mapping[str, Any], Path, Callable[[str], str]], Catalog]
"""Of a section, the folder that its paths are relative to, and a JSON Schema by its name."""


def make(data: Mapping[str, Any], root: Path, schema: Callable[[str], str]) -> Catalog:
    """The catalog of a `catalog` section."""
    return _KINDS[data["kind"]](data, root, schema)


def _folder(data: Mapping[str, Any], root: Path, schema: Callable[[str], str]) -> Catalog:
    from codex.catalog.folder import Folder

    return Folder(root=root / data.get("path", "."))


def _inventory(data: Mapping[str, Any], root: Path, schema: Callable[[str], str]) -> Catalog:
    from codex.catalog.inventory import Inventory

    return Inventory(path=root / data.get("path", "."), schema=schema("inventory"))


def _gitlab(data: Mapping[str, Any], root: Path, schema: Callable[[str], str]) -> Catalog:
    from codex.catalog.gitlab import GitLabGroup
    from codex.http.connect import gitlab

    return GitLabGroup(client=gitlab(data, root), group=data.get("group", ""))


_KINDS: Final[Mapping[str, Make]] = {
    "folder": _folder,
    "inventory": _inventory,
    "gitlab": _gitlab,
}
