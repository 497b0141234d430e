"""Which forges there are: a row a kind, from a section of codex.yaml to the forge."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from codex.forge.port import Forge
from codex.http.connect import GITLAB, Access, authorities, connect


def make(data: Mapping[str, Any], access: Access) -> Forge:
    """The forge of a `forge` section."""
    return _KINDS[data["kind"]](data, access)


def _local(data: Mapping[str, Any], access: Access) -> Forge:
    from codex.forge.local import Local

    return Local(access.root / data.get("root", "."))


def _gitlab(data: Mapping[str, Any], access: Access) -> Forge:
    from codex.forge.gitlab import GitLab

    return GitLab(connect(data, access, GITLAB), authorities=authorities(data, access))


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], Access], Forge]]] = {
    "local": _local,
    "gitlab": _gitlab,
}
