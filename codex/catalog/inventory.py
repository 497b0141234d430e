"""An inventory: a YAML file that lists repositories, checked against `validators/schemas/inventory.schema.json`.

JSON is YAML too, and is read faster: 16,000 entries take a fraction of a second instead of half a minute.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from codex.catalog.model import CatalogEntity, CatalogResult, Repository, Unmapped, merge_by_id
from codex.catalog.repository_url import KNOWN_HOSTS, RepositoryUrl, parse_repository_url
from skills_build.errors import CodexError
from skills_build.model.contract import Constraint, Text, Words
from skills_build.schema import convert, violations
from skills_build.source.schema_findings import schema_findings
from skills_build.source.yaml import load_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """One repository as people write it."""

    url: Text
    """`https://host/group/name`, or `git@host:group/name.git`."""
    forge: Annotated[str, Constraint(registry="hosts")] | None = None
    """What runs on the host, where its name does not tell and codex.yaml does not say."""
    default_branch: Text | None = None
    """The default branch; without it, the forge is asked."""
    clone_url: Text | None = None
    """Where git fetches from, if not `url`."""
    archived: bool = False
    """Whether nobody works on it any more."""
    topics: Words = ()
    """Words to select it by."""
    languages: Words = ()
    """Its languages."""
    owner: Text | None = None
    """Who answers for it."""
    team: Text | None = None
    """The owner's name on the forge, to ask for reviews."""
    lifecycle: Text | None = None
    """Such as experimental, production or deprecated."""
    system: Text | None = None
    """The system that it is a part of."""
    depends_on: Words = ()
    """Addresses, or `host/path`, of repositories in this inventory that it needs."""
    components: tuple[CatalogEntity, ...] = ()
    """Parts of it that have a name, an owner or a lifecycle of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFile:
    """The whole file."""

    repositories: tuple[Text | InventoryEntry, ...]
    """One entry a repository: its address alone, or its address and what is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryCatalog:
    """The inventory that `text` gives; `name` is what messages call it, `schema` its JSON Schema."""

    name: str
    text: Callable[[], str]
    schema: str
    hosts: Mapping[str, str]

    def read(self) -> CatalogResult:
        """Every repository of the file. Raises `CodexError`, with the place, where the file is wrong."""
        hosts = {**KNOWN_HOSTS, **self.hosts}
        found: dict[str, Repository] = {}
        needs: dict[str, tuple[str, ...]] = {}
        unmapped: list[Unmapped] = []
        for entry in self._entries():
            address = parse_repository_url(entry.url, hosts)
            if address is None:
                unmapped.append(Unmapped(name=entry.url, reason="is no address of a repository"))
            elif address.id.casefold() in found:
                unmapped.append(Unmapped(name=entry.url, reason="is listed twice"))
            else:
                found[address.id.casefold()] = _repository(entry, address)
                needs[address.id.casefold()] = entry.depends_on
        notes: list[str] = []
        for key, urls in needs.items():
            found[key] = replace(found[key], depends_on=_targets(found[key], urls, found, hosts, notes))
        return merge_by_id(found.values(), unmapped, notes)

    def _entries(self) -> list[InventoryEntry]:
        file = convert(self._checked(self.text()), InventoryFile)
        return [
            InventoryEntry(url=repository) if isinstance(repository, str) else repository
            for repository in file.repositories
        ]

    def _checked(self, text: str) -> Any:
        if text.lstrip().startswith("{"):
            try:
                data = json.loads(text)
            except (ValueError, RecursionError):
                data = None
            if data is not None and not violations(self.schema, data):
                return data
        value, findings = load_yaml(text, path=self.name)
        faults = (*findings, *schema_findings(value, self.schema, path=self.name)) if value is not None else findings
        if faults or value is None:
            first = faults[0]
            more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
            hint = first.help or "`codexc schema inventory` prints what is allowed"
            place = f"{self.name}:{first.span.line}:{first.span.column}"
            raise CodexError(f"{place}: {first.message}{more}", hint=hint)
        return value.data


def _repository(entry: InventoryEntry, address: RepositoryUrl) -> Repository:
    return Repository(
        id=address.id,
        forge=entry.forge or address.forge,
        host=address.host,
        path=address.path,
        default_branch=entry.default_branch,
        clone_url=entry.clone_url or address.clone_url,
        archived=entry.archived,
        topics=entry.topics,
        languages=entry.languages,
        owner=entry.owner,
        team=entry.team,
        lifecycle=entry.lifecycle,
        system=entry.system,
        entities=entry.components,
    )


def _targets(
    one: Repository,
    urls: tuple[str, ...],
    known: Mapping[str, Repository],
    hosts: Mapping[str, str],
    notes: list[str],
) -> tuple[str, ...]:
    """The ids of the repositories that one depends on; those that nobody lists are noted."""
    ids = set()
    for url in urls:
        address = parse_repository_url(url, hosts)
        there = known.get((address.id if address else url).casefold())
        if there is None:
            notes.append(f"{one.id} depends on {url}, which is not in the inventory")
        elif there.id != one.id:
            ids.add(there.id)
    return tuple(sorted(ids))
