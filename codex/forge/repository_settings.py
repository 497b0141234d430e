"""The settings of a repository on its forge under names that are the same everywhere, for checks of the kind `forge`.

A setting that the token is not allowed to read is missing, and nothing is concluded from that.
"""

from collections.abc import Mapping

from skills_build.frozen import dataclass
from skills_build.model.check import FORGE_SETTINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """Settings by dotted name, and the number of requests that they cost."""

    values: Mapping[str, object]
    requests: int

    def nested(self) -> Mapping[str, object]:
        """Return the settings as checks see them: `{"default_branch": {"protected": true}}`."""
        top: dict[str, object] = {}
        for name, value in self.values.items():
            first, _, rest = name.partition(".")
            if not rest:
                top[first] = value
                continue
            below = top.setdefault(first, {})
            assert isinstance(below, dict)
            below[rest] = value
        return top


def known(requests: int, values: Mapping[str, object]) -> RepositorySettings:
    """Return settings without those that are not known (None)."""
    present = {key: values[key] for key in FORGE_SETTINGS if values.get(key) is not None}
    return RepositorySettings(values=present, requests=requests)
