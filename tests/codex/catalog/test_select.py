"""Narrowing a catalog down."""

import pytest

from codex.catalog.select import select_repositories
from codex.sync.repository import CatalogEntity, Repository
from skills_build.errors import CodexError
from skills_build.model.config import CatalogFilter


def repo(path: str, **facts: object) -> Repository:
    return Repository(id=f"h/{path}", forge="gitlab", host="h", path=path, **facts)  # type: ignore[arg-type]


FLEET = (
    repo("pay/api", languages=("Python", "HTML"), owner="group:default/pay", lifecycle="production", topics=("service",)),
    repo("pay/web", languages=("TypeScript",), owner="group:default/web", team="acme/web", lifecycle="experimental"),
    repo("old/tool", languages=("Go",), archived=True),
    repo("new/thing"),
    repo("mono", entities=(CatalogEntity(ref="component:default/x", owner="user:default/ann", lifecycle="production", tags=("Job",)),)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("criteria", "paths", "left"),
    [
        (CatalogFilter(), ["pay/api", "pay/web", "new/thing", "mono"], {"archived": 1}),
        (CatalogFilter(archived=True), [repository.path for repository in FLEET], {}),
        (CatalogFilter(names=("pay/*",)), ["pay/api", "pay/web"], {"name": 3}),
        (CatalogFilter(names=("*eb", "h/mono")), ["pay/web", "mono"], {"name": 3}),
        (CatalogFilter(exclude=("pay/**", "thing")), ["mono"], {"name": 3, "archived": 1}),
        (CatalogFilter(topics=("SERVICE", "job")), ["pay/api", "mono"], {"topic": 2, "archived": 1}),
        (CatalogFilter(languages=("python", "Go")), ["pay/api"], {"language": 1, "language not known": 2, "archived": 1}),
        (CatalogFilter(owners=("pay", "acme/web")), ["pay/api", "pay/web"], {"owner": 2, "archived": 1}),
        (CatalogFilter(owners=("user:default/ann",)), ["mono"], {"owner": 3, "archived": 1}),
        (CatalogFilter(lifecycles=("production",)), ["pay/api", "mono"], {"lifecycle": 2, "archived": 1}),
        (CatalogFilter(names=("pay/*",), lifecycles=("production",)), ["pay/api"], {"name": 3, "lifecycle": 1}),
    ],
)  # fmt: skip
def test_what_is_left_and_why_the_rest_is_not(criteria: CatalogFilter, paths: list[str], left: dict[str, int]) -> None:
    selected = select_repositories(FLEET, criteria)
    assert [repository.path for repository in selected.repositories] == paths
    assert selected.left_out == left
    assert len(selected.repositories) + sum(selected.left_out.values()) == len(FLEET)
    assert selected.notes == ()


def test_a_glob_that_no_repository_is_called_by_is_noted() -> None:
    selected = select_repositories(FLEET, CatalogFilter(names=("pay/*", "gone-*"), exclude=("pay/none",)))
    assert selected.notes == tuple(
        f"`{glob}` does not match any repository in the catalog" for glob in ("gone-*", "pay/none")
    )


def test_an_invalid_glob_selects_nothing_and_stops_the_run() -> None:
    with pytest.raises(CodexError, match="is invalid"):
        select_repositories(FLEET, CatalogFilter(names=("pay/[",)))
