"""Classifies paths by their names: vendored, generated, documentation, test data, migrations. Contents are not read."""

import re
from collections.abc import Callable
from typing import Final

_VENDORED_FOLDERS: Final = frozenset(
    {
        "node_modules",
        "bower_components",
        "jspm_packages",
        "vendor",
        "vendors",
        "vendored",
        "_vendor",
        "third_party",
        "third-party",
        "thirdparty",
        "3rdparty",
        "external_deps",
        "Pods",
        "Carthage",
        "site-packages",
        ".venv",
        ".yarn",
        ".pnp",
        "Godeps",
        "elm-stuff",
    }
)
_GENERATED_FOLDERS: Final = frozenset(
    {"gen", "generated", "__generated__", "_generated", "autogen", "__pycache__"}
    | {"htmlcov", "lcov-report", "coverage-report", "coverage_html", "_build", "storybook-static", "__reports__"}
)
_DOCUMENTATION_FOLDERS: Final = frozenset({"doc", "docs", "documentation", "man", "javadoc"})
_TEST_FOLDERS: Final = frozenset(
    {"test", "tests", "__tests__", "spec", "specs", "testdata", "test-data", "test_data", "fixtures", "fixture"}
    | {"__fixtures__", "__snapshots__", "snapshots", "golden", "goldens"}
)
_FIXTURE_FOLDER: Final = re.compile(
    r"test[-_]?data|bench(?:mark(?:ing)?)?s?|__(?:fixtures|snapshots)__|snapshots|goldens?|playground"
    r"|(?:fixture|example|sample|template)s?(?:[-_].*)?|tmpl|.*[-_](?:fixture|example|sample|template)s?"
)
"""Folders of test data, examples, benchmarks and templates, in lower case."""

_TRIAL_FOLDER: Final = re.compile(
    r"(?:.*[-_.])?(?:tests?|e2e|demos?|sandbox(?:es)?|playgrounds?|conformance|interop|fuzz)"
    r"|(?:.*[-_.])?(?:tests?|demo|example|sample)[-_.](?:apps?|applications?|projects?|site)"
    r"|(?:tests?|demo|integration|playground|example|fuzz)[-_].*|\w*fixtures?|websites?|www|site"
)
"""Folders whose packages only test or show the product."""

_MIGRATION_NAME: Final = re.compile(r"[VvUuMm]?\d|R__|[0-9a-f]{8,16}_|[a-z_.-]{0,40}\d{3}")
"""The beginning of a migration's name: a number, a day, Flyway's `V1__` or a revision."""
LOCK_FILES: Final = frozenset(
    {
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "deno.lock",
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "Pipfile.lock",
        "pixi.lock",
        "Cargo.lock",
        "go.sum",
        "go.work.sum",
        "Gemfile.lock",
        "composer.lock",
        "mix.lock",
        "pubspec.lock",
        "Package.resolved",
        "packages.lock.json",
        "gradle.lockfile",
        "MODULE.bazel.lock",
        "buf.lock",
        ".terraform.lock.hcl",
        "flake.lock",
        "mise.lock",
        "Chart.lock",
    }
)
_GENERATED_FILE: Final = re.compile(
    r".*(\.pb\.(?:go|cc|h|swift|gw\.go)|_pb2(?:_grpc)?\.pyi?|_pb\.(?:js|ts|d\.ts)|_grpc\.pb\.go|\.connect\.go"
    r"|[._]generated\.[a-z]+|_gen\.go|\.gen\.(?:go|ts|tsx|js|rs)|\.g\.(?:dart|cs)|\.freezed\.dart|\.designer\.cs"
    r"|\.min\.(?:js|css)|(?:[-.]|^)bundle\.js|\.(?:js|css)\.map)",
    re.IGNORECASE,
)
_GENERATED_GO: Final = re.compile(r"(?:zz_generated|mock_|bindata).*\.go")
_VENDORED_FILE: Final = re.compile(
    r"(?:jquery|bootstrap|modernizr|d3)[-.\d]*(?:\.slim)?(?:\.min)?\.(?:js|css)|gradlew(?:\.bat)?|mvnw(?:\.cmd)?"
)
# The second form is Go's convention for every generator: https://go.dev/s/generatedcode
HEADER: Final = re.compile(rb"@generated\b|^.{0,6}Code generated .{0,200}DO NOT EDIT", re.MULTILINE)
"""The mark of a generated file in its first lines."""

_MIGRATION_FOLDERS: Final = (
    ("migrations",),
    ("migration", "db"),
    ("migrate", "db"),
    ("versions", "alembic"),
    ("changelog", "db"),
)
"""A folder's name, and the name that the folder above it must have."""


def folder_names(path: str) -> list[str]:
    """Return the names of the folders above a file."""
    return path.split("/")[:-1]


def vendored_path(path: str) -> str | None:
    """Return the outermost vendored folder (`a/vendor/`) or the vendored file itself; None for own code."""
    return _outermost_folder(path, _VENDORED_FOLDERS.__contains__) or _file_if_named(path, _VENDORED_FILE)


def generated_path(path: str) -> str | None:
    """Return the outermost generated folder or the generated file itself; None for hand-written files."""
    return (
        _outermost_folder(path, _GENERATED_FOLDERS.__contains__)
        or _file_if_named(path, _GENERATED_FILE)
        or _file_if_named(path, _GENERATED_GO)
    )


def generator_suffix(path: str) -> str | None:
    """Return the suffix that all files of one generator share, such as `.pb.go`."""
    match = _GENERATED_FILE.fullmatch(path.rpartition("/")[2])
    return match[1] if match else None


def migrations_folder(path: str) -> str | None:
    """Return the migrations folder that contains a file, or None."""
    names = folder_names(path)
    for at, name in enumerate(name.lower() for name in names):
        for folder_name, *above in _MIGRATION_FOLDERS:
            if name == folder_name and (not above or (at > 0 and names[at - 1].lower() == above[0])):
                return "/".join(names[: at + 1]) + "/"
    return None


def is_trial(path: str) -> bool:
    """Return whether a file is in a folder that only tests or shows the product: `integration-tests/`, `website/`."""
    return any(_TRIAL_FOLDER.fullmatch(name.lower()) for name in folder_names(path))


def is_migration(path: str) -> bool:
    """Return whether a file is a migration: in a folder called `migrations`, only with a name that has an order."""
    folder = migrations_folder(path)
    if folder is None or not folder.lower().endswith("migrations/"):
        return folder is not None
    return _MIGRATION_NAME.match(path.removeprefix(folder)) is not None


def is_documentation(path: str) -> bool:
    """Return whether a file is in a documentation folder."""
    return any(name.lower() in _DOCUMENTATION_FOLDERS for name in folder_names(path))


def is_fixture(path: str) -> bool:
    """Return whether a file is test data, an example or a template: code, but not this repository's stack."""
    return any(_FIXTURE_FOLDER.fullmatch(name.lower()) for name in folder_names(path.partition("src/main/")[0]))


def is_test_data(path: str) -> bool:
    """Return whether a file is in a folder of tests or test data; a declared package there still does not count."""
    return any(name.lower() in _TEST_FOLDERS for name in folder_names(path))


def is_auxiliary(path: str) -> bool:
    """Return whether a file is not evidence of the repository's stack: vendored, generated, test data, examples."""
    return bool(
        is_fixture(path)
        or is_test_data(path)
        or vendored_path(path)
        or _outermost_folder(path, _GENERATED_FOLDERS.__contains__)
    )


def _outermost_folder(path: str, matches: Callable[[object], bool]) -> str | None:
    names = folder_names(path)
    at = next((at for at, name in enumerate(names) if matches(name)), None)
    return None if at is None else "/".join(names[: at + 1]) + "/"


def _file_if_named(path: str, pattern: re.Pattern[str]) -> str | None:
    return path if pattern.fullmatch(path.rpartition("/")[2]) else None


def is_handwritten(path: str) -> bool:
    """Return whether a file is neither generated nor vendored, by its path."""
    return vendored_path(path) is None and generated_path(path) is None


_TEST_FILE: Final = re.compile(
    r"(?:test_.*|.*_test|conftest)\.py|.*_test\.(?:go|rs|exs|dart|cc|cpp)|.*[._-](?:test|tests|spec|cy|e2e)\.[cm]?[jt]sx?"
    r"|.*_(?:test|spec)\.rb|.*(?:Test|Tests|IT|Spec|TestCase)\.(?:java|kt|groovy|scala|cs|php|swift)|tests?\.rs|.*\.bats"
)
_MORE_TEST_FOLDERS: Final = frozenset({"e2e", "cypress", "playwright", "integration-tests", "testing"})


def is_test(path: str) -> bool:
    """Return whether a file is a test or belongs to tests, by the conventions of its language."""
    names = folder_names(path)
    in_folder = any(name.lower() in _TEST_FOLDERS or name.lower() in _MORE_TEST_FOLDERS for name in names)
    return in_folder or _TEST_FILE.fullmatch(path.rpartition("/")[2]) is not None


_PROSE: Final = re.compile(
    r"(?!requirements|constraints|CMakeLists).*\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt|csv|tsv|svg|po|pot|xlf|xliff|ftl|arb|patch|diff|snap)"
    r"|(?:LICEN[CS]E|NOTICE|AUTHORS|CONTRIBUTORS|CHANGELOG|CHANGES)(?:\.\w+)?",
    re.IGNORECASE,
)
_MANIFEST: Final = re.compile(
    r"package\.json|go\.mod|Cargo\.toml|pom\.xml|(?:requirements|constraints)[\w.-]*\.(?:txt|in)|Gemfile|composer\.json"
    r"|pyproject\.toml|Pipfile|build\.gradle(?:\.kts)?|libs\.versions\.toml"
)


def is_manifest(path: str) -> bool:
    """Return whether a file lists dependencies: the name of a package is not its use."""
    return _MANIFEST.fullmatch(path.rpartition("/")[2]) is not None


_CATALOGUES: Final = frozenset(
    {"locale", "locales", "i18n", "translations", "lang", "langs", "messages", "changelog.d"}
)


def is_prose(path: str) -> bool:
    """Return whether a file holds text for people or data instead of code or settings: pages, tables, translations."""
    name = path.rpartition("/")[2]
    data = name.endswith((".json", ".yaml", ".yml", ".properties"))
    return _PROSE.fullmatch(name) is not None or (
        data and any(one.lower() in _CATALOGUES for one in folder_names(path))
    )


_HASH: Final = re.compile(
    r".*\.(?:py|pyi|sh|bash|zsh|ya?ml|toml|tf|tofu|hcl|rb|cfg|ini|conf|env|pl|exs?|r|jl|graphql|properties|nix|mk)"
    r"|(?:.*/)?(?:Dockerfile|Containerfile|Makefile|Gemfile|CODEOWNERS|\.\w+ignore)[\w.-]*"
)
_HASH_COMMENT: Final = re.compile(r"\s*#(?!!)")
_OTHER_COMMENT: Final = re.compile(r"\s*(?://|/\*|\*(?:\s|/|$)|<!--|\{/\*)")
_EXECUTED: Final = re.compile(r"\s*/\*M?!")
_POINTER: Final = re.compile(r"\s*\*\s(?:[^=]*[\w)\]]\s*[-+*/%&|^]?=[^=]|[^\n]*[;{(]\s*$)")
"""An assignment through a pointer, or a statement that begins with one; lines of comments seldom have these forms."""
_DASHES: Final = (".sql", ".lua", ".hs", ".elm", ".adb", ".ads", ".vhd", ".vhdl")
"""The endings of files in which comments begin with two dashes; elsewhere, these count down."""
_POINTERS: Final = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".m", ".mm", ".cs", ".go", ".rs", ".zig", ".d")
"""The endings of files in which an asterisk at the start of a line may follow a pointer."""
_DASH_COMMENT: Final = re.compile(r"\s*--")


def is_indirect(path: str, line: str) -> bool:
    """Return whether a line of go.mod requires what only other modules use; `go mod tidy` writes such lines."""
    return path.endswith("go.mod") and line.rstrip().endswith("// indirect")


def has_hash_comments(path: str) -> bool:
    """Return whether comments in a file begin with `#`."""
    return _HASH.fullmatch(path) is not None


def is_executed(path: str, line: str) -> bool:
    """Return whether a line that begins as a comment is executed nevertheless, all or a part of it.

    https://dev.mysql.com/doc/refman/8.4/en/comments.html, https://www.php.net/manual/en/language.basic-syntax.comments.php
    """
    return _EXECUTED.match(line) is not None if path.endswith(".sql") else path.endswith(".php") and "?>" in line


def is_comment(path: str, line: str) -> bool:
    """Return whether a line is only a comment, as far as its beginning shows."""
    if is_executed(path, line):
        return False
    if path.endswith(_DASHES) and _DASH_COMMENT.match(line):
        return True
    if has_hash_comments(path):
        return _HASH_COMMENT.match(line) is not None
    return _OTHER_COMMENT.match(line) is not None and not (path.endswith(_POINTERS) and _POINTER.match(line))


_PIPELINE: Final = re.compile(
    r"(?:\.github|\.gitea|\.forgejo|\.circleci|\.woodpecker|\.buildkite)/.*|\.gitlab-ci.*|\.gitlab/.*"
    r"|(?:.*/)?(?:Jenkinsfile|azure-pipelines[\w.-]*|bitbucket-pipelines\.yml|action\.ya?ml|[\w.-]+\.gitlab-ci\.yml|\.pre-commit-config\.yaml|\.travis\.yml|(?:playwright|vitest|jest|vite|webpack|rollup|eslint|babel|postcss|tailwind|tsup)\.config\.\w+)"
)


def is_pipeline(path: str) -> bool:
    """Return whether a file defines a pipeline, or how the code is built, checked or tested."""
    return _PIPELINE.fullmatch(path) is not None
