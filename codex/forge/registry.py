"""Which forges there are: a row a kind, from a section of codex.yaml to the forge."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from codex.forge.port import Forge
from codex.http.connect import FORGEJO, GITEA, GITLAB, Access, authorities, connect, github


def make(data: Mapping[str, Any], access: Access) -> Forge:
    """The forge of a `forge` section."""
    return KINDS[data["kind"]](data, access)


def _local(data: Mapping[str, Any], access: Access) -> Forge:
    from codex.forge.local import Local

    return Local(access.root / data.get("root", "."))


def _gitlab(data: Mapping[str, Any], access: Access) -> Forge:
    from codex.forge.gitlab import GitLab

    return GitLab(connect(data, access, GITLAB), authorities=authorities(data, access))


def _github(data: Mapping[str, Any], access: Access) -> Forge:
    from codex.forge.github import GitHub

    client, git = github(data, access)
    return GitHub(client, git=git, authorities=authorities(data, access))


def _gitea(data: Mapping[str, Any], access: Access) -> Forge:
    from codex.forge.gitea import Gitea

    return Gitea(connect(data, access, GITEA), authorities=authorities(data, access))


def _forgejo(data: Mapping[str, Any], access: Access) -> Forge:
    from codex.forge import gitea

    client = connect(data, access, FORGEJO)
    return gitea.Gitea(client, dialect=gitea.FORGEJO, authorities=authorities(data, access))


KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], Access], Forge]]] = {
    "local": _local,
    "gitlab": _gitlab,
    "github": _github,
    "gitea": _gitea,
    "forgejo": _forgejo,
}
