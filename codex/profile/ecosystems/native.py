"""C, C++, Swift and Zig: CMake, Meson, the Autotools, SwiftPM, Zig's build system. Their scripts are read as text.

A command for tests needs a sign that there are some: CTest is enabled, a test target or folder exists.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from codex.profile.evidence_files import EvidenceFolder
from codex.profile.kinds.frameworks import kind_fact
from codex.profile.model import Command, CommandKind, Fact, PackageManager, Rank, RepositoryKind, Technology, Title

ROOT_FILES: Final = ("CMakeLists.txt", "meson.build", "configure.ac", "configure.in", "Makefile.am", "build.zig")
"""Files that are read at the root and one level below it."""
_CTEST: Final = re.compile(r"^[^#\n]*\b(?:enable_testing|include)\s*\(\s*(?:CTest\s*)?\)", re.MULTILINE | re.IGNORECASE)
_CMAKE_OPTION: Final = re.compile(
    r"^[ \t]*option[ \t]*+\([ \t]*+(\w++)[ \t\n]*+\"[^\"\n]{0,300}\"[ \t\n]*+(\w*+)[ \t]*+\)",
    re.MULTILINE | re.IGNORECASE,
)
_CMAKE_ON: Final = re.compile(r"-D[ \t]?(\w++)(?::BOOL)?=[\"']?(?:ON|TRUE|YES|1)\b", re.IGNORECASE)
_CMAKE_BLOCK: Final = re.compile(r"[ \t]*(if|elseif|else|endif)[ \t]*\(([^()]{0,300})", re.IGNORECASE)
_MAKE_TARGET: Final = re.compile(r"^([a-z][\w-]*+)[ \t]*+:(?!=)", re.MULTILINE)
_CMAKE_RECIPE: Final = re.compile(r"^\t(?:[^\n]*\W)?(?:cmake\b|\$\(CMAKE\w*\)) ", re.MULTILINE)
_MAKE_PRINTS: Final = re.compile(r"[ \t]*\n(?:\t@?(?:echo|printf)\b[^\n]*\n)+(?!\t)")
"""The rest of a rule that needs nothing and only prints."""
_CMAKE_TARGET: Final = re.compile(r"^[ \t]*add_(library|executable)\s*\(\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_CMAKE_INSTALL: Final = re.compile(r"^[ \t]*install\s*\(\s*TARGETS\s([^)]*+)\)", re.MULTILINE | re.IGNORECASE)
_CMAKE_KEYWORD: Final = re.compile(
    r"\b(?:EXPORT|RUNTIME|LIBRARY|ARCHIVE|INCLUDES|DESTINATION|PUBLIC_HEADER|COMPONENT|OBJECTS|FRAMEWORK|BUNDLE)\b"
)
_CMAKE_NAME: Final = re.compile(r"^[ \t]*project\s*\(\s*\"?([\w.+-]+)", re.MULTILINE | re.IGNORECASE)
_MESON_LIBRARY: Final = re.compile(r"^[^#\n]*\b(?:both_libraries|(?:shared_|static_)?library)\s*\(", re.MULTILINE)
_MESON_PROGRAM: Final = re.compile(r"^[^#\n]*\bexecutable[ \t]*+\([^)]{0,600}\binstall\s*:\s*true", re.MULTILINE)
_MESON_TEST: Final = re.compile(r"^[ \t]*(?:test\s*\(|subdir\s*\(\s*'(?:\w+/)?tests?')", re.MULTILINE)
_AUTOMAKE_LIBRARY: Final = re.compile(r"^[ \t]*(?:lib|pkglib)_(?:LTLIBRARIES|LIBRARIES)\b", re.MULTILINE)
_AUTOMAKE_PROGRAM: Final = re.compile(r"^[ \t]*s?bin_PROGRAMS\b", re.MULTILINE)
_AUTOMAKE_CHECK: Final = re.compile(r"^(?:TESTS\s*\+?=|check-local\b|check:|installcheck-local\b)", re.MULTILINE)
"""A sign that `make check`, which Automake always generates, runs something; `check_PROGRAMS` are only built."""
_AUTOMAKE_TESTS: Final = re.compile(r"^TESTS\s*\+?=[ \t]*(?:\S+[ \t]+(?:\\\n\s*)?[\w$]|\\\n\s*\S+\s+\S)", re.MULTILINE)
"""A list of at least two tests."""
_TRIAL_TARGET: Final = re.compile(r"test|bench|example|demo", re.IGNORECASE)
_SWIFT_PRODUCT: Final = re.compile(r"^[ \t]*\.(library|executable)\s*\(", re.MULTILINE)
_SWIFT_NAME: Final = re.compile(r"\bPackage\s*\(\s*name:\s*\"([\w.-]+)\"")
_ZIG_LIBRARY: Final = re.compile(r"\baddLibrary\(|\baddStaticLibrary\(|\baddSharedLibrary\(|\b\w+\.addModule\(")
_ZIG_PROGRAM: Final = re.compile(r"\baddExecutable\(")
_ZIG_TEST: Final = re.compile(r"\.step\(\s*\"test\"")


def facts(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield the facts of the build systems in a folder."""
    yield from _swift(folder)
    yield from _zig(folder)
    yield from _one_first([tuple(system(folder)) for system in (_cmake, _meson, _autotools)])


def _one_first(systems: list[tuple[Fact, ...]]) -> Iterator[Fact]:
    """Put the commands of one build system first, preferably one with tests: tests need their own build."""
    present = [facts for facts in systems if facts]
    tested = (facts for facts in present if any(_is_test(fact) for fact in facts))
    first = next(tested, present[0] if present else ())
    for facts in present:
        for fact in facts:
            yield replace(fact, fit=2 if facts is first else 5) if isinstance(fact, Command) else fact


def _is_test(fact: Fact) -> bool:
    return isinstance(fact, Command) and fact.kind is CommandKind.TEST


def _default(kind: CommandKind, line: str, evidence: str, *, fit: int = 1) -> Command:
    return Command(kind=kind, line=line, evidence=evidence, rank=Rank.DEFAULT, default=True, fit=fit)


def _texts(folder: EvidenceFolder, name: str) -> dict[str, str]:
    """Return the files of a name in a folder and directly below it that were read, by path."""
    depth = folder.at(name).count("/")
    paths = (path for path in folder.below(name) if path.count("/") <= depth + 1)
    return {path: folder.sources.text(path) or "" for path in paths if path.rpartition("/")[2] == name}


def _first(texts: dict[str, str], pattern: re.Pattern[str]) -> str | None:
    return next((path for path, text in texts.items() if pattern.search(text)), None)


def _kinds(texts: dict[str, str], library: re.Pattern[str], program: re.Pattern[str]) -> Iterator[Fact]:
    for kind, pattern in ((RepositoryKind.LIBRARY, library), (RepositoryKind.CLI, program)):
        path = _first(texts, pattern)
        if path:
            match = pattern.search(texts[path])
            yield kind_fact(
                kind, f"{path}#{re.sub(r'[^A-Za-z_].*', '', match[0].strip(' .')) if match else ''}".rstrip("#")
            )


def _cmake(folder: EvidenceFolder) -> Iterator[Fact]:
    if not folder.has("CMakeLists.txt"):
        return
    evidence = folder.at("CMakeLists.txt")
    yield Technology(name="cmake", evidence=evidence)
    name = _CMAKE_NAME.search(folder.text("CMakeLists.txt"))
    if name:
        yield Title(name=name[1])
    yield _default(CommandKind.BUILD, "cmake -S . -B build && cmake --build build", evidence)
    if _make_runs_cmake(folder.text("Makefile")):
        yield Command(kind=CommandKind.BUILD, line="make", evidence=folder.at("Makefile"), rank=Rank.CONFIGURATION)
    texts = _texts(folder, "CMakeLists.txt")
    yield from _ctest(folder, evidence)
    installed = {
        word.strip('"')
        for text in texts.values()
        for match in _CMAKE_INSTALL.findall(text)
        for word in _CMAKE_KEYWORD.split(match)[0].split()
    }
    for path, text in texts.items():
        for form, target in _CMAKE_TARGET.findall(text)[:200]:
            is_named = target.strip('")') in installed or ("${" in "".join(installed) and "::" not in target)
            if is_named and not _TRIAL_TARGET.search(target):
                kind = RepositoryKind.LIBRARY if form.lower() == "library" else RepositoryKind.CLI
                yield kind_fact(kind, f"{path}#add_{form.lower()}")


def _make_runs_cmake(makefile: str) -> bool:
    """Return whether a makefile configures CMake, and its first target builds all."""
    first = _MAKE_TARGET.search(makefile)
    if first is None or first[1] not in ("all", "default") or not _CMAKE_RECIPE.search(makefile):
        return False
    return not _MAKE_PRINTS.match(makefile, first.end())


def _ctest(folder: EvidenceFolder, evidence: str) -> Iterator[Fact]:
    """Yield CTest if it is enabled by default, or by an option that CI turns on."""
    text = folder.text("CMakeLists.txt")
    if not _CTEST.search(text):
        return
    off = {name for name, value in _CMAKE_OPTION.findall(text) if value.upper() in ("", "OFF", "NO", "FALSE", "0", "N")}
    if _enables_ctest(text, off):
        yield _default(CommandKind.TEST, "ctest --test-dir build", evidence)
        return
    for option in (name for name in sorted(off & _on_in_ci(folder)) if _enables_ctest(text, off - {name})):
        line = f"cmake -S . -B build -D{option}=ON && cmake --build build && ctest --test-dir build"
        yield replace(_default(CommandKind.TEST, line, f"{evidence}#{option}"), default=False)
        return
    folder.sources.note(evidence, "CTest is enabled by an option that is off by default; `ctest` was left out")


def _on_in_ci(folder: EvidenceFolder) -> set[str]:
    """Return the options of CMake that pipelines turn on."""
    texts = (folder.sources.text(path) or "" for path in folder.below(".yml", ".yaml", "Jenkinsfile", ".sh"))
    return {name for text in texts if "-D" in text for name in _CMAKE_ON.findall(text)}


def _enables_ctest(text: str, off: set[str]) -> bool:
    """Return whether CMake enables CTest if these options are off, as far as the blocks around it show."""
    blocks: list[bool] = []
    for line in text.split("\n"):
        match = _CMAKE_BLOCK.match(line)
        word = match[1].lower() if match else ""
        if match and word == "if":
            blocks.append(_is_off(match[2].split(), off))
        elif word in ("else", "elseif") and blocks:
            blocks[-1] = False
        elif word == "endif" and blocks:
            blocks.pop()
        elif _CTEST.match(line) and not any(blocks):
            return True
    return False


def _is_off(words: list[str], off: set[str]) -> bool:
    """Return whether a condition is false with the defaults of the options: one of them, or all alternatives."""
    operators = {word.upper() for word in words} & {"NOT", "OR"}
    if operators == {"OR"}:
        return all(word in off for word in words if word.upper() not in ("OR", "AND"))
    return not operators and not off.isdisjoint(words)


def _meson(folder: EvidenceFolder) -> Iterator[Fact]:
    if not folder.has("meson.build"):
        return
    evidence = folder.at("meson.build")
    yield Technology(name="meson", evidence=evidence)
    yield _default(CommandKind.BUILD, "meson setup build && meson compile -C build", evidence)
    texts = _texts(folder, "meson.build")
    if _first(texts, _MESON_TEST):
        yield _default(CommandKind.TEST, "meson test -C build", evidence)
    yield from _kinds(texts, _MESON_LIBRARY, _MESON_PROGRAM)


def _autotools(folder: EvidenceFolder) -> Iterator[Fact]:
    """Yield what configure.ac implies; a makefile for Automake proves `make check`.

    Source: https://www.gnu.org/software/automake/manual/html_node/Tests.html
    """
    source = folder.first("configure.ac", "configure.in")
    if source is None:
        return
    evidence = folder.at(source)
    script = folder.first("autogen.sh", "bootstrap", "bootstrap.sh", "buildconf")
    start = "" if folder.has("configure") else f"./{script} && " if script else "autoreconf -i && "
    yield _default(CommandKind.BUILD, f"{start}./configure && make", evidence)
    if folder.has("Makefile.am"):
        texts = _texts(folder, "Makefile.am")
        tested = _first(texts, _AUTOMAKE_CHECK)
        if tested:
            yield _default(CommandKind.TEST, "make check", tested)
        several = _first(texts, _AUTOMAKE_TESTS)
        if several:
            yield _default(CommandKind.TEST_ONE, "make check TESTS=FILE", f"{several}#TESTS")
        yield from _kinds(texts, _AUTOMAKE_LIBRARY, _AUTOMAKE_PROGRAM)


def _swift(folder: EvidenceFolder) -> Iterator[Fact]:
    if not folder.has("Package.swift"):
        return
    evidence, text = folder.at("Package.swift"), folder.text("Package.swift")
    yield PackageManager(name="swiftpm", evidence=evidence)
    name = _SWIFT_NAME.search(text)
    if name:
        yield Title(name=name[1])
    yield _default(CommandKind.BUILD, "swift build", evidence)
    if ".testTarget(" in text:
        yield _default(CommandKind.TEST, "swift test", evidence)
    products = dict.fromkeys(_SWIFT_PRODUCT.findall(text))
    for product, kind in (("library", RepositoryKind.LIBRARY), ("executable", RepositoryKind.CLI)):
        if product in products:
            yield kind_fact(kind, f"{evidence}#products.{product}")


def _zig(folder: EvidenceFolder) -> Iterator[Fact]:
    if not folder.has("build.zig"):
        return
    evidence, text = folder.at("build.zig"), folder.text("build.zig")
    yield PackageManager(name="zig", evidence=evidence)
    yield _default(CommandKind.BUILD, "zig build", evidence)
    yield _default(CommandKind.FORMAT, "zig fmt .", evidence)
    if _ZIG_TEST.search(text):
        yield _default(CommandKind.TEST, "zig build test", evidence)
    for kind, pattern in ((RepositoryKind.LIBRARY, _ZIG_LIBRARY), (RepositoryKind.CLI, _ZIG_PROGRAM)):
        if pattern.search(text):
            yield kind_fact(kind, evidence)
