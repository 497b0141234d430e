"""Repositories as plain JSON values; the keys are always the same."""

from dataclasses import asdict
from typing import Final

from codex.catalog.model import CatalogResult
from codex.catalog.select import Selected
from codex.sync.repository import Repository

_OF_FORGE: Final = {"requests_off", "writable", "rights"}
"""What a token may do, which is no property of a repository."""


def catalog_as_json(result: CatalogResult, selected: Selected) -> dict[str, object]:
    """Return a catalog's result as mappings, lists, strings and numbers."""
    return {
        "repositories": [_catalog_facts(repository) for repository in selected.repositories],
        "left_out": dict(selected.left_out),
        "unmapped": [asdict(unmapped) for unmapped in result.unmapped],
        "notes": [*result.notes, *selected.notes],
    }


def _catalog_facts(repository: Repository) -> dict[str, object]:
    return {key: value for key, value in asdict(repository).items() if key not in _OF_FORGE}
