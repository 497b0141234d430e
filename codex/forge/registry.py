"""Which forges there are: a row a kind, from a section of codex.yaml to the forge."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from codex.forge.port import Forge
from codex.http import connect


def make(data: Mapping[str, Any], root: Path) -> Forge:
    """The forge of a `forge` section; paths in it are relative to `root`."""
    return _KINDS[data["kind"]](data, root)


def _local(data: Mapping[str, Any], root: Path) -> Forge:
    from codex.forge.local import Local

    return Local(root / data.get("root", "."))


def _gitlab(data: Mapping[str, Any], root: Path) -> Forge:
    from codex.forge.gitlab import GitLab

    return GitLab(connect.gitlab(data, root), authorities=connect.authorities(data, root))


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], Path], Forge]]] = {
    "local": _local,
    "gitlab": _gitlab,
}
