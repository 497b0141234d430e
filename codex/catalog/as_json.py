"""Repositories as plain JSON values; the keys are always the same."""

from dataclasses import asdict

from codex.catalog.model import CatalogResult
from codex.catalog.select import Selected


def catalog_as_json(result: CatalogResult, selected: Selected) -> dict[str, object]:
    """Return a catalog's result as mappings, lists, strings and numbers."""
    return {
        "repositories": [asdict(repository) for repository in selected.repositories],
        "left_out": dict(selected.left_out),
        "unmapped": [asdict(unmapped) for unmapped in result.unmapped],
        "notes": [*result.notes, *selected.notes],
    }
