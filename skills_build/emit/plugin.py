"""Plugin manifests: those inside the output, and the marketplace file for the repository's root.

There is no plugin.json of the Agent Plugins Specification: Codex CLI and Claude Code read the one in `.claude-plugin`,
and apm installs a package with the other one for Copilot only (docs/decisions/0038).
Installers skip a folder called `dist`; the marketplace file makes them find the skills in it.
"""

import re
from typing import Final

from skills_build.emit.front_matter import plain_scalar
from skills_build.emit.json import dumps
from skills_build.model.bundle import Artifact
from skills_build.model.config import Config
from skills_build.source.slug import slug

MARKETPLACE: Final = ".claude-plugin/marketplace.json"
_RESERVED: Final = re.compile(r"agent-skills|(?:anthropic|claude)(?:-.*)?")
_DEPTH: Final = 5


def plugin_name(config: Config) -> str:
    """Return the namespace as a plugin name, which starts with a letter."""
    name = slug(config.namespace, most=40) or "codex"
    return name if name[0].isalpha() else f"codex-{name}"


def plugin(config: Config, version: str) -> Artifact:
    """Write Claude Code's plugin.json. It lists no skills: clients look in the folder `skills` by default."""
    data: dict[str, object] = {
        "name": plugin_name(config),
        "version": version,
        "description": _description(config),
        "author": {"name": plain_scalar(config.title)},
    }
    if config.licence:
        data["license"] = config.licence
    return Artifact(path=".claude-plugin/plugin.json", data=dumps(data, depth=1))


def gemini_extension(config: Config, version: str) -> Artifact:
    """Write the manifest of a Gemini CLI extension, which finds the skills in the folder `skills` by itself.

    See https://github.com/google-gemini/gemini-cli/blob/main/docs/extensions/reference.md.
    """
    data = {"name": plugin_name(config), "version": version, "description": _description(config)}
    return Artifact(path="gemini-extension.json", data=dumps(data, depth=1))


def marketplace_name(config: Config) -> str:
    """Return the name of the marketplace that lists the plugin. Claude Code reserves some."""
    name = f"{plugin_name(config)}-standards"
    return f"codex-{name}" if _RESERVED.fullmatch(name) else name


def marketplace(config: Config, version: str, *, source: str = "./dist") -> bytes:
    """Return the bytes of `.claude-plugin/marketplace.json` for a repository whose output folder is `source`."""
    data = {
        "name": marketplace_name(config),
        "owner": {"name": plain_scalar(config.title)},
        "metadata": {"description": _description(config), "version": version},
        "plugins": [
            {
                "name": plugin_name(config),
                "source": source,
                "description": _description(config),
                "version": version,
            }
        ],
    }
    return dumps(data, depth=_DEPTH)


def _description(config: Config) -> str:
    return plain_scalar(config.description or f"{config.title}: engineering standards as agent skills")
