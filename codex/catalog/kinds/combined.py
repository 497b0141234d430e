"""Several catalogs as one. If several list a repository, the first one counts."""

from dataclasses import replace

from codex.catalog.model import Catalog, CatalogResult, merge_by_id
from codex.catalog.select import select_repositories
from skills_build.counts import counted
from skills_build.frozen import dataclass
from skills_build.model.config import CatalogFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedCatalog:
    """The repositories of all `parts`."""

    parts: tuple[Catalog, ...]

    def read(self) -> CatalogResult:
        """Return every repository. Raises `CodexError` if one of the catalogs cannot be read."""
        results = [part.read() for part in self.parts]
        return merge_by_id(
            (repository for result in results for repository in result.repositories),
            (unmapped for result in results for unmapped in result.unmapped),
            dict.fromkeys(note for result in results for note in result.notes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedCatalog:
    """The repositories of a catalog that its own filter selects. Archived ones are filtered by the combined catalog."""

    catalog: Catalog
    criteria: CatalogFilter

    def read(self) -> CatalogResult:
        """Return the selected repositories, with a note on those left out."""
        result = self.catalog.read()
        selected = select_repositories(result.repositories, replace(self.criteria, archived=True))
        left_out = (
            f"{counted(count, 'repository', 'repositories')} excluded by a catalog's `select`: {why}"
            for why, count in selected.left_out.items()
        )
        notes = (*result.notes, *selected.notes, *left_out)
        return replace(result, repositories=selected.repositories, notes=notes)
