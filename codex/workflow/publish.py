"""Publishes a released bundle: checks it, prepares a publication, and uploads that to each destination."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from codex.http.hosts import Hosts, HostSection
from codex.publish.publication import Publication, PublishStep
from codex.publish.registry import PublishContext, open_publisher
from codex.workflow.bundles import open_bundle
from codex.workflow.codex_folder import CodexFolder, bundles_of
from codex.workflow.compare import TAG
from codex.workflow.trust import Trust
from skills_build.emit.changes import entries
from skills_build.emit.plugin import MARKETPLACE, marketplace
from skills_build.errors import CodexError
from skills_build.inert import page
from skills_build.json_input import parse_json
from skills_build.model.bundle import Artifact
from skills_build.release.bundle import MANIFEST, folder_name
from skills_build.release.changelog import RuleIndex, describe_release


def last_bundle(place: CodexFolder, bundles: Path | None) -> str:
    """The folder of the last release's bundle. Raises `CodexError` if there is none."""
    released = place.released
    if released is None:
        raise CodexError("there is no release yet", hint="run `codexc release`")
    folder = bundles_of(place, bundles) / folder_name(place.config.namespace, released.version)
    if not folder.is_dir():
        raise CodexError(
            f"there is no bundle `{folder}`", hint="`codexc bundle` creates it from the released standards"
        )
    return str(folder)


def open_publication(where: str, trust: Trust) -> Publication:
    """Read and verify a bundle. Raises `CodexError` unless it is trusted and all its checksums match."""
    bundle = open_bundle(where, trust)
    checked, manifest = bundle.checked, bundle.checked.manifest
    if not bundle.released or manifest is None:
        raise CodexError(f"`{where}` is not the directory of a bundle", hint="use a directory in build/bundles")
    codex = bundle.codex
    description = parse_json(codex.files[".claude-plugin/plugin.json"].data)["description"]
    config = replace(codex.config, description=description)
    market = marketplace(config, codex.version, source="./")
    history = entries(parse_json(codex.files["changes.json"].data)["releases"])
    texts = {rule.rule.id: rule.rule.statement for skill in codex.skill_index.skills for rule in skill.rules}
    links = {rule["id"]: rule["url"] for rule in manifest["rules"] if rule["url"]}
    signatures = [Artifact(path=MANIFEST + ending, data=data) for ending, data in bundle.signatures.items()]
    return Publication(
        namespace=manifest["namespace"],
        title=manifest["title"],
        version=manifest["version"],
        tag=f"{TAG}{manifest['version']}",
        commit=manifest["release"]["commit"],
        notes=page(describe_release(history[0], RuleIndex(texts=texts, links=links))) if history else "",
        files=dict(bundle.outer),
        tree=(*checked.files, Artifact(path=MARKETPLACE, data=market), *signatures),
        manifest=manifest,
    )


def publish_access(
    *, variable: str | None, file: Path | None, command: str | None, authorities: Path | None
) -> PublishContext:
    """The access to hosts: with the token that is named here, or the one that CI puts into the environment."""
    user, password = os.environ.get("CODEXC_OCI_USER", ""), os.environ.get("CODEXC_OCI_PASSWORD", "")

    sources = {"env": variable, "file": str(file) if file else None, "command": command}
    token = next(({form: value} for form, value in sources.items() if value), None)
    section = HostSection(token=token, ca=str(authorities) if authorities else None)
    hosts = Hosts.unreported()
    return PublishContext(hosts=hosts, section=section, user=user, password=password)


def publish(what: Publication, to: str, how: PublishContext, *, dry: bool) -> Iterator[PublishStep]:
    """Publish to one destination; yields each step once it is done."""
    with open_publisher(to, how) as destination:
        yield from destination.publish(what, dry=dry)
