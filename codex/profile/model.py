"""The values of a profile, and the facts that ecosystems find. Every fact names its evidence as `path#key`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias

REGULAR = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
SUBMODULE = 0o160000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path of a tree: `size` in bytes (None where it is unknown), git's `mode`, and the blob's id if known."""

    size: int | None = None
    mode: int = REGULAR
    blob: str | None = None

    @property
    def regular(self) -> bool:
        """True for a file; False for a symbolic link or a submodule."""
        return self.mode not in (LINK, SUBMODULE)


Listing: TypeAlias = Mapping[str, Entry]
"""A tree's files by path: forward slashes, relative to the root; folders have no entry."""


class Kind(StrEnum):
    """What a command is for."""

    INSTALL = "install"
    BUILD = "build"
    TEST = "test"
    LINT = "lint"
    FORMAT = "format"
    RUN = "run"


class Rank(IntEnum):
    """How much a command's evidence is worth; lower is better."""

    TARGET_IN_CI = 1
    TARGET = 2
    CI = 3
    CONFIGURATION = 4
    DEFAULT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a package, to be run in its folder.

    `evidence` is where it was found, `seen_in` the CI steps that run it too. `default` is True where only the
    ecosystem's habit speaks for it. `fit` orders commands of one kind and rank: 0 is the plain name.
    """

    kind: Kind
    line: str
    evidence: str
    rank: Rank
    default: bool = False
    seen_in: tuple[str, ...] = ()
    fit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language by its own files, without vendored and generated ones.

    `share` is a fraction of 1, rounded to four digits: of bytes, or of files where any size is unknown (then `bytes`
    is None).
    """

    name: str
    bytes: int | None
    files: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """A technology in the words of standards (`applies_to.technologies`)."""

    name: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """A package manager, such as `uv` or `pnpm`."""

    name: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A tool in the version that the repository pins, such as `python` `3.12`."""

    name: str
    version: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """What is not for editing by hand, or only with care; `path` is a file, a folder (`gen/`) or a glob."""

    kind: str
    path: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRule:
    """One line of CODEOWNERS: later lines win."""

    pattern: str
    owners: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOwners:
    """The CODEOWNERS file that forges read, and its rules."""

    path: str
    rules: tuple[OwnerRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What catalog-info.yaml says of a component."""

    name: str
    type: str | None
    owner: str | None
    system: str | None
    lifecycle: str | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A top-level folder: what it is for (None where its name does not tell) and how many files it has."""

    path: str
    role: str | None
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSystem:
    """A CI system and the file that configures it."""

    name: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Why a file gave no fact."""

    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package of a monorepo. Its commands run in `folder`; its languages leave out packages below it."""

    folder: str
    name: str
    languages: tuple[Language, ...]
    technologies: tuple[Technology, ...]
    package_manager: Manager | None
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryProfile:
    """What a repository is. `commands` are those of its root, best first within a kind; the rest are alternatives.

    `languages` are those of the whole tree, largest first; `technologies` those of the whole tree, by name. `own` is
    the root as a package: what lies in none of the others. `paths` are the tree's own paths, cut where it is deep, for
    globs of standards to be tried on.
    """

    languages: tuple[Language, ...]
    technologies: tuple[Technology, ...]
    package_managers: tuple[Manager, ...]
    commands: tuple[Command, ...]
    packages: tuple[Package, ...]
    own: Package
    runtimes: tuple[Runtime, ...]
    ci: tuple[CiSystem, ...]
    code_owners: CodeOwners | None
    components: tuple[Component, ...]
    boundaries: tuple[Boundary, ...]
    layout: tuple[Place, ...]
    notes: tuple[Note, ...]
    paths: tuple[str, ...]

    def best(self, kind: Kind) -> Command | None:
        """The first command of a kind, if there is one."""
        return next((one for one in self.commands if one.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A task that a repository defines for a runner: `make test`, `npm run lint`.

    `runner` and `name` are how other lines call it, `body` the shell lines it runs, `needs` the targets of the same
    runner that run before it. `rank` is its worth where CI does not run it.
    """

    runner: str
    name: str
    line: str
    evidence: str
    body: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    rank: Rank = Rank.TARGET
    kind: Kind | None = None
    """Set where the runner itself says what the target is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CiLine:
    """A shell line that CI runs, in `folder`; `noisy` marks variants (Windows, fuzzing) that only prove a target."""

    line: str
    folder: str
    evidence: str
    noisy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The name a package gives itself."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A glob of folders that a workspace declares as its packages; one that starts with `!` takes folders out."""

    glob: str


Fact: TypeAlias = Target | Command | Technology | Manager | Runtime | Title | Member
