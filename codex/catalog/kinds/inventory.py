"""An inventory: a YAML file that lists repositories, checked against `validators/schemas/inventory.schema.json`.

JSON is also YAML and is parsed faster: 16,000 entries take a fraction of a second instead of half a minute.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from codex.catalog.model import CatalogResult, Unmapped, merge_by_id
from codex.catalog.repository_url import RepositoryUrl, parse_repository_url
from codex.http.hosts import KNOWN_HOSTS
from codex.sync.repository import CatalogEntity, Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.contract import Constraint, Text, Words
from skills_build.schema import convert, violations
from skills_build.source.schema_findings import schema_findings
from skills_build.source.yaml import load_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """One repository as written in the file."""

    url: Text
    """`https://host/group/name`, or `git@host:group/name.git`."""
    forge: Annotated[str, Constraint(registry="hosts")] | None = None
    """The host's forge, unless it is a known host or codex.yaml names it."""
    default_branch: Text | None = None
    """The default branch; by default the forge's."""
    clone_url: Text | None = None
    """The address for git, if it differs from `url`."""
    archived: bool = False
    """Whether it is archived."""
    topics: Words = ()
    """Topics to select it by."""
    languages: Words = ()
    """Its programming languages."""
    owner: Text | None = None
    """Its owner."""
    team: Text | None = None
    """The owner's name on the forge, for review requests."""
    lifecycle: Text | None = None
    """For example experimental, production or deprecated."""
    system: Text | None = None
    """The system that it belongs to."""
    depends_on: Words = ()
    """Repositories in this inventory that it depends on, as addresses or `host/path`."""
    components: tuple[CatalogEntity, ...] = ()
    """Components with their own name, owner or lifecycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryFile:
    """The whole file."""

    repositories: tuple[Text | InventoryEntry, ...]
    """One entry for each repository: its address, or an object with its address and properties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryCatalog:
    """The inventory that `text` returns; `name` is its name in messages, `schema` its JSON Schema."""

    name: str
    text: Callable[[], str]
    schema: str
    hosts: Mapping[str, str]

    def read(self) -> CatalogResult:
        """Return every repository of the file. Raises `CodexError` with the position where the file is invalid."""
        hosts = {**KNOWN_HOSTS, **self.hosts}
        by_key: dict[str, Repository] = {}
        dependencies: dict[str, tuple[str, ...]] = {}
        unmapped: list[Unmapped] = []
        for entry in self._entries():
            address = parse_repository_url(entry.url, hosts)
            if address is None:
                unmapped.append(Unmapped(name=entry.url, reason="the entry is not a repository URL"))
            elif address.id.casefold() in by_key:
                unmapped.append(Unmapped(name=entry.url, reason="the repository is listed twice"))
            else:
                by_key[address.id.casefold()] = _repository(entry, address)
                dependencies[address.id.casefold()] = entry.depends_on
        notes: list[str] = []
        for key, urls in dependencies.items():
            by_key[key] = replace(by_key[key], depends_on=_targets(by_key[key], urls, by_key, hosts, notes))
        return merge_by_id(by_key.values(), unmapped, notes)

    def _entries(self) -> list[InventoryEntry]:
        file = convert(self._checked(self.text()), InventoryFile)
        return [
            InventoryEntry(url=repository) if isinstance(repository, str) else repository
            for repository in file.repositories
        ]

    def _checked(self, text: str) -> Any:
        if text.lstrip().startswith("{"):
            try:
                data = parse_json(text)
            except (ValueError, RecursionError):
                data = None
            if data is not None and not violations(self.schema, data):
                return data
        value, findings = load_yaml(text, path=self.name)
        problems = (*findings, *schema_findings(value, self.schema, path=self.name)) if value is not None else findings
        if problems or value is None:
            first = problems[0]
            more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
            hint = first.help or "`codexc schema inventory` prints the schema"
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
    repository: Repository,
    urls: tuple[str, ...],
    by_key: Mapping[str, Repository],
    hosts: Mapping[str, str],
    notes: list[str],
) -> tuple[str, ...]:
    """Return the ids of the repositories that `repository` depends on; unlisted ones are noted."""
    ids = set()
    for url in urls:
        address = parse_repository_url(url, hosts)
        target = by_key.get((address.id if address else url).casefold())
        if target is None:
            notes.append(f"{repository.id} depends on {url}, which is not in the inventory")
        elif target.id != repository.id:
            ids.add(target.id)
    return tuple(sorted(ids))
