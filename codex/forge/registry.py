"""The kinds of forge: one row each, with the function that makes the forge of a section of codex.yaml."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from codex.forge.base import Forge
from codex.http.hosts import FORGEJO, GITEA, GITLAB, Hosts, github_clients, host_section


def make_forge(data: Mapping[str, Any], hosts: Hosts) -> Forge:
    """Make the forge of a `forge` section."""
    return KINDS[data["kind"]](data, hosts)


def _local(data: Mapping[str, Any], hosts: Hosts) -> Forge:
    from codex.forge.local import LocalForge

    return LocalForge(hosts.root / data.get("root", "."))


def _gitlab(data: Mapping[str, Any], hosts: Hosts) -> Forge:
    from codex.forge.gitlab import GitLabForge

    section = host_section(data)
    return GitLabForge(hosts.client(GITLAB, section), authorities=hosts.authorities(section))


def _github(data: Mapping[str, Any], hosts: Hosts) -> Forge:
    from codex.forge.github import GitHubForge

    section = host_section(data)
    client, git = github_clients(hosts, section)
    return GitHubForge(client, git=git, authorities=hosts.authorities(section))


def _gitea(data: Mapping[str, Any], hosts: Hosts) -> Forge:
    from codex.forge.gitea import GiteaForge

    section = host_section(data)
    return GiteaForge(hosts.client(GITEA, section), authorities=hosts.authorities(section))


def _forgejo(data: Mapping[str, Any], hosts: Hosts) -> Forge:
    from codex.forge.gitea import GiteaForge
    from codex.forge.gitea_heads import FORGEJO as VARIANT

    section = host_section(data)
    client = hosts.client(FORGEJO, section)
    return GiteaForge(client, variant=VARIANT, authorities=hosts.authorities(section))


KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], Hosts], Forge]]] = {
    "local": _local,
    "gitlab": _gitlab,
    "github": _github,
    "gitea": _gitea,
    "forgejo": _forgejo,
}
