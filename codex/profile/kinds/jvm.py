"""What packages for the JVM are, by Maven, Gradle and sbt. Build scripts are read as text."""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from codex.profile.evidence_files import EvidenceFolder, tag
from codex.profile.kinds.frameworks import CLIS, SERVERS, first_of, kind_fact, starter
from codex.profile.model import DetectedKind, RepositoryKind

SBT_PLUGINS: Final = "project/plugins.sbt"
_PUBLISHING_PLUGINS: Final = (
    "central-publishing-maven-plugin",
    "nexus-staging-maven-plugin",
    "maven-release-plugin",
    "maven-gpg-plugin",
)
_GRADLE_PUBLISHING: Final = re.compile(
    r"maven-publish|com\.vanniktech\.maven\.publish|io\.github\.gradle-nexus\.publish-plugin|nmcp|publish(?:ing)?-conventions"
    r"|java-gradle-plugin|releasing-conventions"
)
_GRADLE_PROGRAM: Final = re.compile(
    r"\bid[ (]*[\"']application[\"']|^[ \t]*+application[ \t]*+$|plugin:\s*['\"]application['\"]", re.MULTILINE
)
_GRADLE_SERVICE: Final = re.compile(
    r"org\.springframework\.boot|io\.quarkus|io\.micronaut\.application|io\.ktor\.plugin"
)
_GRADLE_INTERFACE: Final = re.compile(r"com\.android\.application|org\.openjfx\.javafxplugin")
_COORDINATES: Final = re.compile(r"[\"'][\w.-]+:([\w.-]+)(?::[^\"'\n]*)?[\"']")
_SBT_PUBLISHING: Final = re.compile(
    r"sbt-ci-release|sbt-scala-module|sbt-sonatype|sbt-typelevel|sbt-pgp|publishTo\b|sonatypeProfileName"
)
_SBT_SERVICE: Final = re.compile(r"PlayScala|PlayJava|http4s-(?:ember|blaze)-server|akka-http|pekko-http|zio-http")


def kinds(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    """Yield what the build files of a folder prove."""
    if folder.has("pom.xml"):
        root = folder.sources.xml(folder.at("pom.xml"))
        yield from _maven(folder, root) if root is not None else ()
    build = folder.first("build.gradle.kts", "build.gradle")
    if build:
        yield from _gradle(folder, build)
    if folder.has("build.sbt"):
        yield from _sbt(folder)


def _maven(folder: EvidenceFolder, root: ElementTree.Element) -> Iterator[DetectedKind]:
    evidence = folder.at("pom.xml")
    names = {(element.text or "").strip() for element in root.iter() if tag(element) == "artifactId"}
    by_name = {name: f"{evidence}#{name}" for name in sorted(names)}
    server = first_of(by_name, SERVERS)
    starts = "spring-boot-maven-plugin" in names or "quarkus-maven-plugin" in names or starter(folder) is not None
    if server and starts:
        yield kind_fact(RepositoryKind.SERVICE, by_name[server])
    cli = first_of(by_name, CLIS)
    if cli and not server and "maven-shade-plugin" in names:
        yield kind_fact(RepositoryKind.CLI, by_name[cli])
    # Maven Central requires the last two: https://central.sonatype.org/publish/requirements/
    keys = {tag(element) for element in root}
    plugin = next((name for name in _PUBLISHING_PLUGINS if name in names), None)
    metadata = "scm" if {"scm", "licenses"} <= keys else None
    publishes = "distributionManagement" if "distributionManagement" in keys else plugin or metadata
    if publishes and not (server and starts):
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#{publishes}")


def _gradle(folder: EvidenceFolder, build: str) -> Iterator[DetectedKind]:
    evidence, text = folder.at(build), folder.text(build)
    by_name = {name: f"{evidence}#dependencies.{name}" for name in _COORDINATES.findall(text)[:500]}
    service, server = _GRADLE_SERVICE.search(text), first_of(by_name, SERVERS)
    if server and (service or _GRADLE_PROGRAM.search(text) or starter(folder)):
        yield kind_fact(RepositoryKind.SERVICE, by_name[server])
    elif _GRADLE_PROGRAM.search(text):
        yield kind_fact(RepositoryKind.CLI, f"{evidence}#plugins.application")
    interface = _GRADLE_INTERFACE.search(text)
    if interface and "apply false" not in text[interface.start() : interface.end() + 40]:
        yield kind_fact(RepositoryKind.FRONTEND, f"{evidence}#plugins.{interface[0]}")
    publishing = _GRADLE_PUBLISHING.search(text)
    if publishing and not server:
        yield kind_fact(RepositoryKind.LIBRARY, f"{evidence}#plugins.{publishing[0]}")


def _sbt(folder: EvidenceFolder) -> Iterator[DetectedKind]:
    build, plugins = folder.text("build.sbt"), folder.text(SBT_PLUGINS)
    service = _SBT_SERVICE.search(build)
    publishing = _SBT_PUBLISHING.search(plugins) or _SBT_PUBLISHING.search(build)
    if publishing:
        place = SBT_PLUGINS if _SBT_PUBLISHING.search(plugins) else "build.sbt"
        yield kind_fact(RepositoryKind.LIBRARY, f"{folder.at(place)}#{publishing[0]}")
    elif service:
        yield kind_fact(RepositoryKind.SERVICE, f"{folder.at('build.sbt')}#{service[0]}")
