"""Repositories as plain JSON values, their keys always the same."""

from dataclasses import asdict

from codex.catalog.model import CatalogResult
from codex.catalog.select import Selected


def catalog_as_json(found: CatalogResult, selected: Selected) -> dict[str, object]:
    """What a catalog holds as mappings, lists, texts and numbers."""
    return {
        "repositories": [asdict(repository) for repository in selected.repositories],
        "left_out": dict(selected.left_out),
        "unmapped": [asdict(one) for one in found.unmapped],
        "notes": [*found.notes, *selected.notes],
    }
