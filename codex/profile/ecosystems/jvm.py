"""Java, Kotlin and Scala: Maven, Gradle and sbt."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

from codex.profile.evidence_files import EvidenceFolder, tag
from codex.profile.model import Command, CommandKind, Fact, Member, PackageManager, Rank, Runtime, TaskTarget, Title
from codex.profile.technologies import of_dependencies
from codex.profile.untyped import as_str, as_table

VERSION_CATALOG: Final = "gradle/libs.versions.toml"
_COORDINATES: Final = re.compile(r"""["']([\w.-]+):([\w.-]+)(?::[^"'\n]*)?["']""")
_PLUGIN_ID: Final = re.compile(r"""\bid[ (]*["']([\w.-]+)["']""")
_PROJECT_PATH: Final = re.compile(r"""["'](:?[\w:./-]+)["']""")
_ROOT_NAME: Final = re.compile(r"""rootProject\.name\s*=\s*["']([\w.-]+)["']""")
# `java.version` is a property of Spring Boot's parent:
# https://docs.spring.io/spring-boot/maven-plugin/using.html
_JAVA_PROPERTIES: Final = ("maven.compiler.release", "java.version", "maven.compiler.source")
_MULTIPLATFORM: Final = re.compile(
    r"kotlin\(\"multiplatform\"\)|org\.jetbrains\.kotlin\.multiplatform|kotlin-multiplatform"
)
_ANDROID: Final = re.compile(r"com\.android\.(?:application|library)\b")
_FLAVORS: Final = re.compile(r"\b(?:productFlavors|flavorDimensions)\b")
_APPLIED: Final = re.compile(
    r"\b(?:apply[ \t]*+[(]?[ \t]*+plugin[ \t]*+[=:]|(?:plugins|pluginManager)\.apply[ \t]*+\()"
    r"[ \t]*+[\"']([\w.-]+)[\"']"
)
_SPOTLESS: Final = "com.diffplug.spotless"
_SPOTLESS_BLOCK: Final = re.compile(r"\bspotless[ \t]*+\{")
_SPOTLESS_LANGUAGE: Final = re.compile(r"\b(java|kotlin|scala|groovy)[ \t]*+\{")
_ENDINGS: Final = {"java": ".java", "kotlin": ".kt", "scala": ".scala", "groovy": ".groovy"}
_PLUGIN_TASKS: Final = {
    _SPOTLESS: ((CommandKind.FORMAT, "spotlessApply"), (CommandKind.LINT, "spotlessCheck")),
    "org.jlleitschuh.gradle.ktlint": ((CommandKind.FORMAT, "ktlintFormat"), (CommandKind.LINT, "ktlintCheck")),
    "io.spring.javaformat": ((CommandKind.FORMAT, "format"), (CommandKind.LINT, "checkFormat")),
    "checkstyle": ((CommandKind.LINT, "checkstyleMain"),),
    "io.gitlab.arturbosch.detekt": ((CommandKind.LINT, "detekt"),),
    "org.springframework.boot": ((CommandKind.RUN, "bootRun"),),
}

_JVM_PLUGIN: Final = re.compile(
    r"kotlin\(\"jvm\"\)|org\.jetbrains\.kotlin\.jvm|kotlin[-.]jvm|\bjava-library\b|^[ \t]+(?:application|java)[ \t]*$",
    re.MULTILINE,
)
_ALIAS: Final = re.compile(r'addCommandAlias\(\s*"([\w-]{1,80})",\s*"([^"\n]{1,400})"\s*\)')


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the JVM build files in a folder."""
    if folder.has("pom.xml"):
        yield from _maven(folder)
    build = folder.first("build.gradle.kts", "build.gradle")
    settings = folder.first("settings.gradle.kts", "settings.gradle")
    if build or settings:
        yield from _gradle(folder, build or settings or "", settings)
    if folder.has("build.sbt"):
        evidence = folder.at("build.sbt")
        yield PackageManager(name="sbt", evidence=evidence)
        lines = ((CommandKind.BUILD, "sbt compile"), (CommandKind.TEST, "sbt test"))
        yield from _defaults(evidence, (*lines, (CommandKind.TEST_ONE, "sbt 'testOnly CLASS'")))
        yield from _sbt_aliases(folder)
        if folder.has(".scalafmt.conf"):
            for kind, line in ((CommandKind.FORMAT, "sbt scalafmtAll"), (CommandKind.LINT, "sbt scalafmtCheckAll")):
                yield Command(kind=kind, line=line, evidence=folder.at(".scalafmt.conf"), rank=Rank.CONFIGURATION)


def _sbt_aliases(folder: EvidenceFolder) -> Iterator[TaskTarget]:
    """Yield the aliases of build.sbt: https://www.scala-sbt.org/1.x/docs/Basic-Def-Examples.html."""
    for name, steps in _ALIAS.findall(folder.text("build.sbt"))[:100]:
        body = tuple(f"sbt {step.strip()}" for step in steps.split(";") if step.strip())
        yield TaskTarget(
            runner="sbt", name=name, line=f"sbt {name}", evidence=f"{folder.at('build.sbt')}#{name}", body=body
        )


def _defaults(evidence: str, lines: tuple[tuple[CommandKind, str], ...]) -> Iterator[Command]:
    for kind, line in lines:
        yield Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True)


def _launcher(folder: EvidenceFolder, wrapper: str, command: str) -> str:
    """Return how to start the build tool: the relative path of the nearest wrapper, or else the plain command.

    Source: https://docs.gradle.org/current/userguide/gradle_wrapper.html and https://maven.apache.org/tools/wrapper/
    """
    for steps, above in enumerate(folder.above()):
        if above.has(wrapper):
            return f"{'../' * steps or './'}{wrapper}"
    return command


def _maven(folder: EvidenceFolder) -> Iterator[Fact]:
    evidence = folder.at("pom.xml")
    yield PackageManager(name="maven", evidence=evidence)
    launcher = _launcher(folder, "mvnw", "mvn")
    root = folder.sources.xml(evidence)
    # A module that needs another one of its tree is built with it, from the root
    is_alone = root is None or not folder.path or not _needs_sibling(root)
    lines = ((CommandKind.BUILD, f"{launcher} package"), (CommandKind.TEST, f"{launcher} test"))
    yield from _defaults(evidence, lines if is_alone else ())
    if root is None:
        return
    name = _child_text(root, "artifactId")
    if name:
        yield Title(name=name)
    modules = [module.text.strip() for module in _children(root, "modules", "module") if module.text]
    yield from map(_member, modules)
    # Without the last flag, the other modules fail because they have no test of that name:
    # https://maven.apache.org/surefire/maven-surefire-plugin/test-mojo.html#failIfNoSpecifiedTests
    part = " -pl MODULE -am -Dsurefire.failIfNoSpecifiedTests=false" if modules else ""
    one = (CommandKind.TEST_ONE, f"{launcher} test -Dtest=CLASS#NAME{part}")
    yield from _defaults(evidence, (one,) if is_alone else ())
    parent = _child_text(_child_element(root, "parent"), "artifactId")
    yield from of_dependencies([parent] if parent else [], f"{evidence}#parent")
    artifacts = (_child_text(dependency, "artifactId") for dependency in _children(root, "dependencies", "dependency"))
    yield from of_dependencies((artifact for artifact in artifacts if artifact), f"{evidence}#dependencies")
    properties = _child_element(root, "properties")
    for key in _JAVA_PROPERTIES:
        version = _child_text(properties, key)
        if version and "$" not in version:
            yield Runtime(name="java", version=version, evidence=f"{evidence}#properties.{key}")
            break
    plugins = {_child_text(element, "artifactId") for element in root.iter() if tag(element) == "plugin"}
    if "spotless-maven-plugin" in plugins:
        key = f"{evidence}#build.plugins.spotless-maven-plugin"
        yield Command(kind=CommandKind.FORMAT, line=f"{launcher} spotless:apply", evidence=key, rank=Rank.CONFIGURATION)
    if "maven-checkstyle-plugin" in plugins:
        key = f"{evidence}#build.plugins.maven-checkstyle-plugin"
        yield Command(kind=CommandKind.LINT, line=f"{launcher} checkstyle:check", evidence=key, rank=Rank.CONFIGURATION)


def _needs_sibling(root: ElementTree.Element) -> bool:
    """Return whether a module depends on another one of its tree, by its group or the version of the project."""
    parent_group = _child_text(_child_element(root, "parent"), "groupId")
    for dependency in _children(root, "dependencies", "dependency"):
        group, version = _child_text(dependency, "groupId") or "", _child_text(dependency, "version") or ""
        if group == parent_group or group.startswith("${project.") or version.startswith("${project."):
            return True
    return False


def _member(name: str) -> Member:
    return Member(glob=name)


def _child_element(element: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    return None if element is None else next((child for child in element if tag(child) == name), None)


def _child_text(element: ElementTree.Element | None, name: str) -> str | None:
    child = _child_element(element, name)
    return (child.text or "").strip() or None if child is not None else None


def _children(root: ElementTree.Element, group: str, name: str) -> list[ElementTree.Element]:
    parent = _child_element(root, group)
    return [] if parent is None else [element for element in parent if tag(element) == name][:500]


def _gradle(folder: EvidenceFolder, build: str, settings: str | None) -> Iterator[Fact]:
    evidence = folder.at(build)
    yield PackageManager(name="gradle", evidence=evidence)
    launcher = _launcher(folder, "gradlew", "gradle")
    text = folder.text(build)
    # Multiplatform projects have no task `test`, but one for each target:
    # https://kotlinlang.org/docs/multiplatform/multiplatform-run-tests.html
    modules = _module_texts(folder) if settings else ()
    is_multiplatform = bool(_MULTIPLATFORM.search(text + folder.text(VERSION_CATALOG)))
    is_multiplatform = is_multiplatform or any(map(_MULTIPLATFORM.search, modules))
    test, one = ("allTests", "jvmTest") if is_multiplatform else ("test", "test")
    if is_multiplatform and any(map(_JVM_PLUGIN.search, modules)):
        test = "test allTests"
    # An Android module has a task for each variant, and its `test` takes no filter:
    # https://developer.android.com/studio/test/command-line
    one = "testDebugUnitTest" if _ANDROID.search(text) and not is_multiplatform else one
    has_flavors = _FLAVORS.search(text) or (settings and _ANDROID.search(text + folder.text(VERSION_CATALOG)))
    one = f":PROJECT:{one}" if settings and "include" in folder.text(settings) else one
    lines = (
        (CommandKind.BUILD, "build"),
        (CommandKind.TEST, test),
        *(() if has_flavors else ((CommandKind.TEST_ONE, f"{one} --tests CLASS.NAME"),)),
    )
    yield from _defaults(evidence, tuple((kind, f"{launcher} {task}") for kind, task in lines))
    plugins = [*_PLUGIN_ID.findall(text)[:200], *_APPLIED.findall(text)[:200]]
    yield from of_dependencies(plugins, f"{evidence}#plugins")
    yield from of_dependencies((name for _, name in _COORDINATES.findall(text)[:500]), f"{evidence}#dependencies")
    for plugin in dict.fromkeys(plugins):
        is_part = plugin == _SPOTLESS and not _formats_main_language(folder, text)
        for kind, task in _PLUGIN_TASKS.get(plugin, ()) if not is_part else ():
            key = f"{evidence}#plugins.{plugin}"
            yield Command(kind=kind, line=f"{launcher} {task}", evidence=key, rank=Rank.CONFIGURATION)
    yield from _version_catalog(folder, launcher)
    if settings:
        yield from _settings(folder.text(settings))


def _module_texts(folder: EvidenceFolder) -> tuple[str, ...]:
    """Return the build files of the modules, as far as they were read."""
    paths = folder.below("/build.gradle.kts", "/build.gradle")
    return tuple(folder.sources.text(path) or "" for path in paths if "buildSrc/" not in path)


def _formats_main_language(folder: EvidenceFolder, text: str) -> bool:
    """Return whether Spotless formats the language that most sources have, as far as the build file configures it."""
    blocks = [text[match.end() : match.end() + 2000] for match in _SPOTLESS_BLOCK.finditer(text)][:10]
    formatted = {name for block in blocks for name in _SPOTLESS_LANGUAGE.findall(_until_closed(block))}
    counts = {name: sum(path.endswith(ending) for path in folder.paths) for name, ending in _ENDINGS.items()}
    return not formatted or max(counts, key=lambda name: counts[name]) in formatted


def _until_closed(text: str) -> str:
    """Return the text before the brace that closes the block around it."""
    depth = 1
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return text[:at]
    return text


def _version_catalog(folder: EvidenceFolder, launcher: str) -> Iterator[Fact]:
    """Yield the technologies and commands of the version catalog, whose aliases build files refer to.

    An entry is a text (`group:name:version`) or a mapping with `module`, or with `group` and `name`:
    https://docs.gradle.org/current/userguide/version_catalogs.html
    """
    data, evidence = folder.toml(VERSION_CATALOG), folder.at(VERSION_CATALOG)
    for alias, value in as_table(data, "libraries").items():
        coordinates = as_str(value, "module") or as_str(value) or f":{as_str(value, 'name') or ''}"
        technologies = of_dependencies([coordinates.split(":")[1] if ":" in coordinates else ""], evidence)
        yield from (replace(technology, evidence=f"{evidence}#libraries.{alias}") for technology in technologies)
    for alias, value in as_table(data, "plugins").items():
        plugin = (as_str(value, "id") or as_str(value) or "").partition(":")[0]
        yield from (
            replace(technology, evidence=f"{evidence}#plugins.{alias}")
            for technology in of_dependencies([plugin], evidence)
        )
        for kind, task in _PLUGIN_TASKS.get(plugin, ()):
            key = f"{evidence}#plugins.{alias}"
            yield Command(kind=kind, line=f"{launcher} {task}", evidence=key, rank=Rank.CONFIGURATION)


def _settings(text: str) -> Iterator[Fact]:
    name = _ROOT_NAME.search(text)
    if name:
        yield Title(name=name[1])
    for line in text.split("\n"):
        # `include "a:b"` is the folder `a/b`: https://docs.gradle.org/current/userguide/multi_project_builds.html
        if line.lstrip().startswith(("include ", "include(", "'", '"')):
            for path in _PROJECT_PATH.findall(line):
                yield Member(glob=path.strip(":").replace(":", "/"))
