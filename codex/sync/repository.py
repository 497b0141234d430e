"""A repository of the fleet, from the catalog that lists it to the merge request that updates it."""

from dataclasses import replace
from typing import Annotated

from skills_build.frozen import dataclass
from skills_build.model.contract import INTERNAL, Text, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntity:
    """A part of a repository with its own name in a catalog.

    `ref` is `kind:namespace/name` in lower case (https://backstage.io/docs/features/software-catalog/references),
    `path` its folder in the repository (`""` for all of it); `owner`, `system` and `depends_on` are such refs too.
    """

    ref: Text
    """The part's reference, `component:default/name`."""
    path: str = ""
    """Its folder in the repository; by default all of it."""
    type: Text | None = None
    """For example service, library or website."""
    owner: Text | None = None
    """Its owner."""
    lifecycle: Text | None = None
    """For example production."""
    system: Text | None = None
    """The system that it belongs to."""
    tags: Words = ()
    """Tags to select it by."""
    depends_on: Words = ()
    """References of other parts that it depends on."""
    orphan: Annotated[bool, INTERNAL] = False
    """Whether no location in the catalog refers to it any more (`backstage.io/orphan`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a host said that a token may do in a repository. `account` is the `Client.account` that it holds for."""

    account: str
    writable: bool
    requests_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """One repository of the fleet. None and empty mean that the property is not known.

    `id` never changes: `host/path`, unique in a catalog; in a folder, the relative path. `forge` is a kind
    of forge (`forge.registry.KINDS`), or empty. `path` is the repository's name on the forge (`group/sub/name`); a
    catalog of a folder has the absolute path. `owner` and `system` are the catalog's names, `team` is the owner's name
    on the forge.
    `depends_on` are ids of repositories. A forge adds what only it knows: `requests_off` if merge requests are
    disabled, `writable`, and `fork`: the path of the fork that has our branch, if that is not in the repository itself.
    `label_word` is what people add for `hold`, `retry` and `takeover`.
    `rights` are those that a catalog read with its own token, which may be the one of the forge.
    """

    id: str
    path: str
    forge: str = ""
    host: str = ""
    default_branch: str | None = None
    clone_url: str | None = None
    archived: bool = False
    empty: bool | None = None
    mirror: bool = False
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    owner: str | None = None
    team: str | None = None
    lifecycle: str | None = None
    system: str | None = None
    depends_on: tuple[str, ...] = ()
    entities: tuple[CatalogEntity, ...] = ()
    requests_off: bool = False
    writable: bool = True
    fork: str = ""
    rights: Rights | None = None
    label_word: str = "label"

    @property
    def source(self) -> "Repository":
        """The repository that has our branch: the fork, or else this one."""
        return replace(self, path=self.fork, fork="", default_branch=None) if self.fork else self

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def orphan(self) -> bool:
        """Whether all its parts in the catalog are orphans."""
        return bool(self.entities) and all(entity.orphan for entity in self.entities)

    @property
    def owner_name(self) -> str:
        """The owner: its name on the forge if the catalog has one, otherwise its name in the catalog."""
        return self.team or self.owner or ""
