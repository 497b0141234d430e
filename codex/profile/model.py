"""The types of a profile, and the facts that ecosystems yield. Every fact names its evidence as `path#key`."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Annotated, TypeAlias

from skills_build.frozen import dataclass
from skills_build.model.contract import INTERNAL, REQUIRED, Constraint, Count, Positive, Text, Words

REGULAR = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
SUBMODULE = 0o160000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEntry:
    """One path of a tree: `size` in bytes (None where it is unknown), git's `mode`, and the blob's id if known."""

    size: int | None = None
    mode: int = REGULAR
    blob: str | None = None

    @property
    def regular(self) -> bool:
        """True for a file; False for a symbolic link or a submodule."""
        return self.mode not in (LINK, SUBMODULE)


Listing: TypeAlias = Mapping[str, ListingEntry]
"""A tree's files by path: forward slashes, relative to the root; folders have no entry."""


class CommandKind(StrEnum):
    """What a command is for."""

    INSTALL = "install"
    BUILD = "build"
    TEST = "test"
    TEST_ONE = "test-one"
    TYPECHECK = "typecheck"
    LINT = "lint"
    FORMAT = "format"
    GENERATE = "generate"
    RUN = "run"


class RepositoryKind(StrEnum):
    """What a package is. A package can be several of these, or none that is known."""

    LIBRARY = "library"
    SERVICE = "service"
    FRONTEND = "frontend"
    CLI = "cli"
    INFRASTRUCTURE = "infrastructure"
    DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedKind:
    """One of the kinds of a package."""

    name: RepositoryKind
    """The kind."""
    evidence: Text
    """Where it was found."""


class Rank(IntEnum):
    """The strength of a command's evidence; lower is better."""

    TARGET_IN_CI = 1
    TARGET = 2
    CI = 3
    CONFIGURATION = 4
    DEFAULT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a package, to be run in its folder.

    `evidence` is where it was found, `seen_in` the CI steps that also run it. `default` is True where it is only the
    ecosystem's convention. `fit` orders commands of one kind and rank: 0 is the plain name.
    """

    kind: CommandKind
    """What it is for."""
    line: Text
    """What to type, in the package's folder."""
    evidence: Text
    """Where it was found."""
    rank: Annotated[Rank, Constraint(choices=tuple(rank.name.lower().replace("_", "-") for rank in Rank))]
    """The strength of the evidence, best first."""
    default: Annotated[bool, REQUIRED] = False
    """True where it is only the ecosystem's convention."""
    seen_in: Annotated[Words, REQUIRED] = ()
    """CI steps that also run it, at most three."""
    fit: Annotated[int, INTERNAL] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language and its files, without vendored and generated ones.

    `share` is a fraction of 1, rounded to four digits: of bytes, of which at most 64 KiB of each file count, or of
    files where any size is unknown (then `bytes` is None).
    """

    name: Text
    """Its name."""
    bytes: Count | None
    """The size of its files; null where any size is unknown."""
    files: Positive
    """The number of files."""
    share: Annotated[float, Constraint(minimum=0, maximum=1)]
    """Its share of all bytes, at most 64 KiB of each file (of all files, where sizes are unknown), from 0 to 1."""
    manifest: str | None = None
    """The file that declares it, such as pyproject.toml; absent if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """A technology in the words of standards (`applies_to.technologies`)."""

    name: Text
    """The name, in lower case."""
    evidence: Text
    """Where it was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageManager:
    """A package manager, such as `uv` or `pnpm`."""

    name: Text
    """The name, in lower case."""
    evidence: Text
    """Where it was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A tool in the version that the repository pins, such as `python` `3.12`."""

    name: Text
    """The tool, such as python."""
    version: Text
    """As written in the file: a version or a range."""
    evidence: Text
    """Where it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Files that must not be edited by hand, or only with care; `path` is a file, a folder (`gen/`) or a glob."""

    kind: Annotated[str, Constraint(choices=("generated", "migrations", "vendored"))]
    """The reason."""
    path: Text
    """A file, a folder that ends in a slash, or a glob."""
    evidence: Text
    """Where it was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRule:
    """One line of CODEOWNERS; later lines of a section win. A pattern that starts with `!` excludes files."""

    pattern: Text
    """The files it applies to."""
    owners: tuple[str, ...]
    """Users and teams; empty where the files have no owner."""
    line: Positive
    """The line, from 1."""
    section: Annotated[str, INTERNAL] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOwners:
    """The CODEOWNERS file that forges read, and its rules."""

    path: Text
    """The file."""
    rules: tuple[OwnerRule, ...]
    """Its rules in order; the last that matches wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogInfoComponent:
    """A component that catalog-info.yaml describes."""

    name: Text
    """Its name in the catalog."""
    type: str | None
    """Such as service or library, or null."""
    owner: str | None
    """A reference to a group or user, or null."""
    system: str | None
    """The system it is part of, or null."""
    lifecycle: str | None
    """Such as production, or null."""
    evidence: Text
    """Where it is described."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFolder:
    """A top-level folder: its role (None where its name has none) and its number of files."""

    path: Text
    """Its name."""
    role: str | None
    """The role that its name implies, or null."""
    files: Positive
    """The number of files below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSystem:
    """A CI system and the file that configures it."""

    name: Text
    """The name, in lower case."""
    evidence: Text
    """Its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileNote:
    """Something that a profile leaves out, such as an unreadable file."""

    path: str
    """The file; empty for the whole repository."""
    message: Text
    """The reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package of a monorepo. Its commands run in `folder`; its languages leave out packages below it."""

    folder: Text
    """Relative to the root, with forward slashes."""
    name: Text
    """The name in its manifest, or its folder."""
    languages: tuple[Language, ...]
    """Its languages, without those of packages below it."""
    technologies: tuple[Technology, ...]
    """Its technologies, by name."""
    kinds: tuple[DetectedKind, ...]
    """What it is, such as a library or a service; empty if that is unknown."""
    package_manager: PackageManager | None
    """Its package manager, or null."""
    commands: tuple[Command, ...]
    """Its commands, by kind and best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryProfile:
    """What a repository is. `commands` are those of its root, best first within a kind; the rest are alternatives.

    `languages` are those of the whole tree, largest first; `technologies` those of the whole tree, by name. `own` is
    the root as a package: everything outside the other packages. `paths` are the tree's paths, shortened where it is
    deep, to match the globs of standards against.
    """

    languages: tuple[Language, ...]
    """Languages of the whole tree, largest first."""
    technologies: tuple[Technology, ...]
    """Technologies of the whole tree, by name."""
    kinds: tuple[DetectedKind, ...]
    """What the repository is: the kinds of its root and of its packages; empty if that is unknown."""
    package_managers: tuple[PackageManager, ...]
    """Package managers, those of the root first."""
    commands: tuple[Command, ...]
    """Commands of the root, by kind and best first; the others of a kind are alternatives."""
    packages: tuple[Package, ...]
    """Packages below the root, by folder."""
    own: Annotated[Package, INTERNAL]
    runtimes: tuple[Runtime, ...]
    """Tools in the versions that the repository pins."""
    ci: tuple[CiSystem, ...]
    """CI systems that are configured."""
    code_owners: CodeOwners | None
    """The CODEOWNERS file that forges read, or null."""
    components: tuple[CatalogInfoComponent, ...]
    """Components that catalog-info.yaml files describe."""
    boundaries: tuple[Boundary, ...]
    """Files not to edit by hand, or only with care; by kind and path."""
    layout: tuple[LayoutFolder, ...]
    """Top-level folders, by name."""
    notes: tuple[ProfileNote, ...]
    """What the profile leaves out, such as unreadable files, and why."""
    paths: Annotated[tuple[str, ...], INTERNAL]

    def best(self, kind: CommandKind) -> Command | None:
        """Return the first command of a kind, or None."""
        return next((command for command in self.commands if command.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTarget:
    """A task that a repository defines for a runner: `make test`, `npm run lint`.

    Other lines call it by `runner` and `name`. `body` are the shell lines it runs, `needs` the targets of the same
    runner that run before it. `rank` applies where CI does not run it.
    """

    runner: str
    name: str
    line: str
    evidence: str
    body: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    rank: Rank = Rank.TARGET
    kind: CommandKind | None = None
    """Set where the runner itself defines the purpose of the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CiCommand:
    """A shell line that CI runs in `folder`; `is_variant` marks variants such as Windows or fuzzing."""

    line: str
    folder: str
    evidence: str
    is_variant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The name of a package in its manifest."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A glob of folders that a workspace declares as its packages; a glob that starts with `!` excludes folders."""

    glob: str


Fact: TypeAlias = TaskTarget | Command | DetectedKind | Technology | PackageManager | Runtime | Title | Member
