"""Java, Kotlin and Scala: Maven, Gradle and sbt."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

from codex.profile.evidence_files import EvidenceFolder, tag
from codex.profile.model import Command, CommandKind, Fact, Member, PackageManager, Rank, Runtime, Title
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_str, as_table

CATALOG: Final = "gradle/libs.versions.toml"
_COORDINATES: Final = re.compile(r"""["']([\w.-]+):([\w.-]+)(?::[^"'\n]*)?["']""")
_PLUGIN: Final = re.compile(r"""\bid[ (]*["']([\w.-]+)["']""")
_INCLUDE: Final = re.compile(r"""["'](:?[\w:./-]+)["']""")
_ROOT_NAME: Final = re.compile(r"""rootProject\.name\s*=\s*["']([\w.-]+)["']""")
_JAVA: Final = ("maven.compiler.release", "java.version", "maven.compiler.source")
_GRADLE: Final = ((CommandKind.BUILD, "build"), (CommandKind.TEST, "test"), (CommandKind.LINT, "check"))
_PLUGINS: Final = {
    "com.diffplug.spotless": ((CommandKind.FORMAT, "spotlessApply"),),
    "checkstyle": ((CommandKind.LINT, "checkstyleMain"),),
    "io.gitlab.arturbosch.detekt": ((CommandKind.LINT, "detekt"),),
    "org.springframework.boot": ((CommandKind.RUN, "bootRun"),),
}


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield what the JVM's build files in a folder say."""
    if folder.has("pom.xml"):
        yield from _maven(folder)
    build = folder.first("build.gradle.kts", "build.gradle")
    settings = folder.first("settings.gradle.kts", "settings.gradle")
    if build or settings:
        yield from _gradle(folder, build or settings or "", settings)
    if folder.has("build.sbt"):
        evidence = folder.at("build.sbt")
        yield PackageManager(name="sbt", evidence=evidence)
        yield from _defaults(evidence, ((CommandKind.BUILD, "sbt compile"), (CommandKind.TEST, "sbt test")))


def _defaults(evidence: str, lines: tuple[tuple[CommandKind, str], ...]) -> Iterator[Command]:
    for kind, line in lines:
        yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _started(folder: EvidenceFolder, wrapper: str, program: str) -> str:
    """How the build tool is started: by the wrapper of this folder or one above (from where it stands), or plainly."""
    for steps, above in enumerate(folder.above()):
        if above.has(wrapper):
            return f"{'../' * steps or './'}{wrapper}"
    return program


def _maven(folder: EvidenceFolder) -> Iterator[Fact]:
    evidence = folder.at("pom.xml")
    yield PackageManager(name="maven", evidence=evidence)
    started = _started(folder, "mvnw", "mvn")
    yield from _defaults(evidence, ((CommandKind.BUILD, f"{started} package"), (CommandKind.TEST, f"{started} test")))
    root = folder.sources.xml(evidence)
    if root is None:
        return
    name = _child(root, "artifactId")
    if name:
        yield Title(name=name)
    yield from (Member(glob=one.text.strip()) for one in _all(root, "modules", "module") if one.text)
    parent = _child(_first(root, "parent"), "artifactId")
    yield from of_dependencies([parent] if parent else [], f"{evidence}#parent")
    named = (_child(one, "artifactId") for one in _all(root, "dependencies", "dependency"))
    yield from of_dependencies((one for one in named if one), f"{evidence}#dependencies")
    properties = _first(root, "properties")
    for key in _JAVA:
        version = _child(properties, key)
        if version and "$" not in version:
            yield Runtime(name="java", version=version, evidence=f"{evidence}#properties.{key}")
            break
    plugins = {_child(one, "artifactId") for one in root.iter() if tag(one) == "plugin"}
    if "spotless-maven-plugin" in plugins:
        key = f"{evidence}#build.plugins.spotless-maven-plugin"
        yield Command(kind=CommandKind.FORMAT, line=f"{started} spotless:apply", evidence=key, rank=Rank.CONFIGURATION)
    if "maven-checkstyle-plugin" in plugins:
        key = f"{evidence}#build.plugins.maven-checkstyle-plugin"
        yield Command(kind=CommandKind.LINT, line=f"{started} checkstyle:check", evidence=key, rank=Rank.CONFIGURATION)


def _first(element: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    return None if element is None else next((one for one in element if tag(one) == name), None)


def _child(element: ElementTree.Element | None, name: str) -> str | None:
    found = _first(element, name)
    return (found.text or "").strip() or None if found is not None else None


def _all(root: ElementTree.Element, group: str, name: str) -> list[ElementTree.Element]:
    found = _first(root, group)
    return [] if found is None else [one for one in found if tag(one) == name][:500]


def _gradle(folder: EvidenceFolder, build: str, settings: str | None) -> Iterator[Fact]:
    evidence = folder.at(build)
    yield PackageManager(name="gradle", evidence=evidence)
    started = _started(folder, "gradlew", "gradle")
    yield from _defaults(evidence, tuple((kind, f"{started} {task}") for kind, task in _GRADLE))
    text = folder.text(build)
    plugins = [*_PLUGIN.findall(text)[:200], *(name for name in _PLUGINS if f"apply plugin: '{name}'" in text)]
    yield from of_dependencies(plugins, f"{evidence}#plugins")
    yield from of_dependencies((name for _, name in _COORDINATES.findall(text)[:500]), f"{evidence}#dependencies")
    for plugin in dict.fromkeys(plugins):
        for kind, task in _PLUGINS.get(plugin, ()):
            key = f"{evidence}#plugins.{plugin}"
            yield Command(kind=kind, line=f"{started} {task}", evidence=key, rank=Rank.CONFIGURATION)
    yield from _catalog(folder, started)
    if settings:
        yield from _settings(folder.text(settings))


def _catalog(folder: EvidenceFolder, started: str) -> Iterator[Fact]:
    """What the version catalog names (docs.gradle.org, version catalogs): its aliases are what builds refer to."""
    data, evidence = folder.toml(CATALOG), folder.at(CATALOG)
    for alias, value in as_table(data, "libraries").items():
        named = as_str(value, "module") or as_str(value) or f":{as_str(value, 'name') or ''}"
        found = of_dependencies([named.split(":")[1] if ":" in named else ""], evidence)
        yield from (replace(one, evidence=f"{evidence}#libraries.{alias}") for one in found)
    for alias, value in as_table(data, "plugins").items():
        plugin = (as_str(value, "id") or as_str(value) or "").partition(":")[0]
        yield from (
            replace(dependency, evidence=f"{evidence}#plugins.{alias}")
            for dependency in of_dependencies([plugin], evidence)
        )
        for kind, task in _PLUGINS.get(plugin, ()):
            key = f"{evidence}#plugins.{alias}"
            yield Command(kind=kind, line=f"{started} {task}", evidence=key, rank=Rank.CONFIGURATION)


def _settings(text: str) -> Iterator[Fact]:
    name = _ROOT_NAME.search(text)
    if name:
        yield Title(name=name[1])
    for line in text.split("\n"):
        if line.lstrip().startswith(("include ", "include(", "'", '"')):
            for path in _INCLUDE.findall(line):
                yield Member(glob=path.strip(":").replace(":", "/"))
