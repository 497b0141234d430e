"""The kinds of forge: one row each, with the function that makes the forge from the section `forge` of codex.yaml."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from codex.forge.base import Forge
from codex.http.hosts import BITBUCKET, FORGEJO, GITEA, GITHUB, GITLAB, Hosts, api_and_git, host_section
from codex.sync.policy import Forks
from skills_build.errors import CodexError
from skills_build.model.fleet import ForgeSettings

if TYPE_CHECKING:
    from codex.forge.git.objects import Sign

_NO_FORKS: Final = Forks()


def make_forge(settings: ForgeSettings, hosts: Hosts, forks: Forks = _NO_FORKS) -> Forge:
    """Make the forge that the section `forge` names, which serves repositories from forks as `forks` says."""
    forge = KINDS[settings.kind](settings, hosts)
    forge.use_forks(forks)
    return forge


def _sign(settings: ForgeSettings, hosts: Hosts) -> "Sign | None":
    """What signs commits, if the settings name a key. Raises `CodexError` where the key cannot be used here."""
    if settings.signing_key is None:
        return None
    if settings.signing_format == "openpgp":
        from codex.shell.openpgp import require_secret_key, sign_openpgp

        require_secret_key(settings.signing_key)
        return partial(sign_openpgp, key=settings.signing_key)
    from codex.shell.signing import GIT, sign

    key = hosts.root / settings.signing_key
    if not key.is_file():
        raise CodexError(
            f"there is no key `{key}`",
            hint="set `forge.signing_key` to an SSH key, relative to codex.yaml, or `signing_format: openpgp`",
        )
    return partial(sign, key=key, namespace=GIT)


def _local(settings: ForgeSettings, hosts: Hosts) -> Forge:
    from codex.forge.local import LocalForge

    return LocalForge(hosts.root / (settings.root or "."), sign=_sign(settings, hosts))


def _gitlab(settings: ForgeSettings, hosts: Hosts) -> Forge:
    from codex.forge.gitlab import GitLabForge

    section = host_section(settings)
    return GitLabForge(hosts.client(GITLAB, section), sign=_sign(settings, hosts))


def _github(settings: ForgeSettings, hosts: Hosts) -> Forge:
    from codex.forge.github import GitHubForge

    section = host_section(settings)
    client, git = api_and_git(hosts, GITHUB, section)
    return GitHubForge(client, git=git, sign=_sign(settings, hosts))


def _gitea(settings: ForgeSettings, hosts: Hosts) -> Forge:
    from codex.forge.gitea import GiteaForge

    section = host_section(settings)
    return GiteaForge(hosts.client(GITEA, section), sign=_sign(settings, hosts))


def _forgejo(settings: ForgeSettings, hosts: Hosts) -> Forge:
    from codex.forge.gitea import GiteaForge
    from codex.forge.gitea_heads import FORGEJO as VARIANT

    section = host_section(settings)
    client = hosts.client(FORGEJO, section)
    return GiteaForge(client, variant=VARIANT, sign=_sign(settings, hosts))


def _bitbucket(settings: ForgeSettings, hosts: Hosts) -> Forge:
    from codex.forge.bitbucket import BitbucketForge

    section = host_section(settings)
    client, git = api_and_git(hosts, BITBUCKET, section)
    return BitbucketForge(client, git=git, sign=_sign(settings, hosts))


KINDS: Final[Mapping[str, Callable[[ForgeSettings, Hosts], Forge]]] = {
    "local": _local,
    "gitlab": _gitlab,
    "github": _github,
    "gitea": _gitea,
    "forgejo": _forgejo,
    "bitbucket": _bitbucket,
}
