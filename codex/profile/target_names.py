"""Determines the purposes of a target from its name and from what it runs: tables of words."""

import re
from collections.abc import Iterator
from typing import Final

from codex.profile.model import CommandKind

KIND_BY_WORD: Final = {
    **dict.fromkeys(("test", "tests", "unittest", "unittests", "unit", "spec", "specs", "pytest"), CommandKind.TEST),
    **dict.fromkeys(("quicktest", "quicktests", "runtest", "runtests", "selftest", "alltests"), CommandKind.TEST),
    **dict.fromkeys(("lint", "lints", "linting", "linter", "linters", "eslint", "codestyle"), CommandKind.LINT),
    **dict.fromkeys(
        (
            "vet",
            "clippy",
            "rubocop",
            "phpstan",
            "psalm",
            "credo",
            "golangci",
            "style",
            "analyze",
            "analyse",
            "flake8",
            "ruff",
            "pylint",
        ),
        CommandKind.LINT,
    ),
    **dict.fromkeys(("types", "typing", "mypy", "pyright", "tsc"), CommandKind.TYPECHECK),
    **dict.fromkeys(("generate", "gen", "codegen", "regenerate"), CommandKind.GENERATE),
    **dict.fromkeys(("fmt", "format", "reformat", "formatting", "prettier", "pretty", "gofmt"), CommandKind.FORMAT),
    **dict.fromkeys(("build", "compile", "bundle", "assemble"), CommandKind.BUILD),
    **dict.fromkeys(("run", "start", "serve", "dev", "server"), CommandKind.RUN),
    **dict.fromkeys(("install", "setup", "bootstrap", "deps", "dependencies"), CommandKind.INSTALL),
}
_WHOLE_PROJECT_WORDS: Final = frozenset(
    {"all", "dev", "development", "project", "env", "environment", "requirements", "packages"}
)
PLAIN_NAMES: Final = frozenset(
    {
        "test",
        "lint",
        "format",
        "fmt",
        "build",
        "run",
        "start",
        "setup",
        "install",
        "typecheck",
        "type-check",
        "generate",
    }
)
_CHECK_WORDS: Final = frozenset(
    {"check", "checks", "verify", "validate", "ci", "all", "default", "precommit", "qa", "diff"}
)
_VARIANT_WORDS: Final = frozenset(
    {
        "windows",
        "win",
        "macos",
        "fuzz",
        "bench",
        "benchmark",
        "benchmarks",
        "watch",
        "e2e",
        "integration",
        "smoke",
        "perf",
    }
    | {"race", "coverage", "cov", "debug", "release", "docker", "nightly", "update", "docs", "doc", "ui", "browser"}
    | {"inspect", "mutation", "compat", "legacy", "clean", "image", "images", "site", "website", "playground", "prod"}
    | {"cover", "report", "stress", "bundle", "ecosystem", "upgrade", "memory", "profile", "wasm", "short"}
)
_UNRELATED_FIRST_WORDS: Final = frozenset(
    {
        "remove",
        "clean",
        "stop",
        "rm",
        "delete",
        "purge",
        "kill",
        "down",
        "list",
        "show",
        "print",
        "help",
        "deploy",
        "wait",
    }
    | {
        "ensure",
        "require",
        "download",
        "publish",
        "push",
        "pull",
        "release",
        "uninstall",
        "no",
        "skip",
        "post",
        "pre",
        "after",
        "before",
    }
)
"""First words of names of targets that have none of our purposes."""
_TOKENS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")

_NOT_GENERATED: Final = frozenset(
    {"docs", "doc", "changelog", "readme", "release", "notes", "coverage", "report", "cert", "certs", "key", "keys"}
    | {"secret", "secrets", "site", "website", "screenshots", "data", "fixture", "fixtures", "sbom", "baseline"}
)
"""Words of names whose targets generate something else than code."""
_PRODUCT_WORDS: Final = frozenset(
    {"app", "api", "backend", "frontend", "web", "service", "local", "development", "all", "project"}
)
"""Words with which a name of several words still starts the product: `start-app`, but not `start-redis`."""
_PLATFORM_WORDS: Final = frozenset(
    {"windows", "win", "macos", "wasm", "fuzz", "bench", "benchmark", "benchmarks", "docs", "doc", "website", "nightly"}
    | {"msrv", "image", "images", "playground", "ecosystem", "mutation", "stress"}
)
"""Words of names that cover another platform, or something else than the code."""
_NOT_STARTED: Final = (
    _PLATFORM_WORDS
    | {"e2e", "integration", "smoke", "perf", "site", "coverage", "cov", "cover", "report", "compat"}
    | {"clean", "update", "upgrade", "stop", "down", "remove", "reset", "logs", "status"}
)
"""Words of names that start something else than the product, or start nothing: `dev:e2e`, `dev:clean`."""
_WHOLE_BUILD_WORDS: Final = frozenset(
    {"prod", "production", "release", "debug", "lib", "libs", "library", "dist", "package", "packages", "binary", "bin"}
    | {"cli", "core", "src", "esm", "cjs", "types", "js", "ts", "everything", "ci", "app", "project", "binaries"}
)
"""Words with which a name of several words still builds the product: `build:prod`, but not `build:icons`."""
_ASIDE_WORDS: Final = frozenset({"test", "tests", "example", "examples", "demo", "samples"})
"""Words with which a name that is not about testing covers something else than the product: `build-tests`."""
_TYPED_WORDS: Final = frozenset(
    {"ts", "js", "tsc", "py", "python", "code", "src", "source", "strict", "script", "type"}
)
"""Words that may be in the name of a type check; `check-external-types` is not one."""
_CI_WORDS: Final = frozenset({"ci", "pr", "mr"})

PLAIN_FIT: Final = 0
CLOSE_FIT: Final = 1
QUALIFIED_FIT: Final = 2
VARIANT_FIT: Final = 3
CONTENT_FIT: Final = 4
UNCONFIRMED_FIT: Final = 5
LATER_FIT: Final = 6
OTHER_FIT: Final = 10


def purposes(
    name: str, body_kinds: tuple[CommandKind, ...], *, is_mixed: bool = False
) -> Iterator[tuple[CommandKind, int]]:
    """Yield the purposes of a target and how well its name fits each (0 is best); `body_kinds` is what its body runs.

    `is_mixed` is True if the body also runs commands of unknown purpose.

    The body outweighs the name: a `check` that runs tests is for testing, and so is a `lint` that only runs tests.
    """
    tokens = _name_words(name)
    named = _kind_by_name(tokens)
    if not tokens or tokens[0] in _UNRELATED_FIRST_WORDS:
        return
    is_check = not _CHECK_WORDS.isdisjoint(tokens)
    installs_other = named is CommandKind.INSTALL and _multi_word_fit(named, tokens) == OTHER_FIT
    purpose = named if installs_other else _resolve_kind(named, tokens, is_check, body_kinds)
    does_more = is_mixed or CommandKind.RUN in body_kinds
    if purpose is None or (named is None and not is_check and does_more):
        return
    if named is purpose:
        is_plain = name.lower() in PLAIN_NAMES
        is_close = all(KIND_BY_WORD.get(token) is purpose for token in tokens)  # `lint:eslint`
        is_close = is_close or (purpose is CommandKind.FORMAT and _is_plain_format(tokens))
        is_close = is_close or (purpose is CommandKind.TYPECHECK and _is_plain_check(tokens))
        fit = PLAIN_FIT if is_plain else CLOSE_FIT if is_close else _multi_word_fit(purpose, tokens)
    else:
        fit = CLOSE_FIT if is_check and len(tokens) == 1 else CONTENT_FIT
    content_fit = CONTENT_FIT
    if "precommit" in tokens and CommandKind.FORMAT in body_kinds:
        fit = content_fit = LATER_FIT  # it rewrites files before it checks them
    if not _PLATFORM_WORDS.isdisjoint(tokens):
        fit = OTHER_FIT
    if named is CommandKind.TEST and is_mixed and named not in body_kinds and fit > CLOSE_FIT:
        fit = UNCONFIRMED_FIT
    yield purpose, max(fit, VARIANT_FIT) if _is_variant(named, tokens) else fit
    if is_check and named is None:
        others = (purpose, CommandKind.INSTALL, CommandKind.RUN)
        yield from ((kind, content_fit) for kind in body_kinds if kind not in others)


def _is_variant(named: CommandKind | None, tokens: list[str]) -> bool:
    """Return whether a name describes a variant: `test-windows`, `test:ci`, `start-redis`."""
    if named is not None and len(tokens) > 1 and not _CI_WORDS.isdisjoint(tokens):
        return True
    if named is CommandKind.BUILD and not all(_is_of_whole_build(token) for token in tokens):
        return True
    if named not in (None, CommandKind.TEST) and not _ASIDE_WORDS.isdisjoint(tokens[1:]):
        return True
    return not _VARIANT_WORDS.isdisjoint(tokens)


def _is_of_whole_build(word: str) -> bool:
    return word in KIND_BY_WORD or word in _WHOLE_BUILD_WORDS or word in _CHECK_WORDS


def name_tokens(name: str) -> list[str]:
    """Return the words of a name in lower case."""
    return [token.lower() for token in _TOKENS.findall(name)]


def _name_words(name: str) -> list[str]:
    """Return the words of a name in lower case; `run-tests` counts as `tests`."""
    spelt = name.replace("typecheck", "types").replace("type-check", "types").replace("type_check", "types")
    tokens = name_tokens(spelt)
    rest = tokens[1:] if tokens[:1] == ["run"] else []
    return rest if _kind_by_name(rest) or not _CHECK_WORDS.isdisjoint(rest) else tokens


def _multi_word_fit(kind: CommandKind, tokens: list[str]) -> int:
    """Return how well a name of several words fits; `install-tools` does not install the project's dependencies."""
    if kind is CommandKind.INSTALL and not all(
        token in KIND_BY_WORD or token in _WHOLE_PROJECT_WORDS for token in tokens
    ):
        return OTHER_FIT
    return QUALIFIED_FIT


_CHECKED_BY_TESTS: Final = {
    CommandKind.LINT: CommandKind.LINT,
    CommandKind.FORMAT: CommandKind.LINT,
    CommandKind.TYPECHECK: CommandKind.TYPECHECK,
    CommandKind.BUILD: None,
    CommandKind.INSTALL: None,
    CommandKind.GENERATE: None,
}
"""What `test:X` is for, by the kind of its last word: `test:format` checks the format, `test:build` tests no code."""


def _kind_by_name(tokens: list[str]) -> CommandKind | None:
    """Return the kind that a name implies: `unit-test` and `test:unit` are for testing, `remove-test-image` is not."""
    word_kinds = [KIND_BY_WORD[token] for token in tokens if token in KIND_BY_WORD]
    if not word_kinds:
        return None
    if tokens[0] in ("analyze", "analyse", "style") and len(word_kinds) < len(tokens):
        return None  # `analyze:bundles` is about something else, unless it runs a linter
    first, last = word_kinds[0], KIND_BY_WORD.get(tokens[-1])
    if first is CommandKind.FORMAT and not _CHECK_WORDS.isdisjoint(tokens):
        return CommandKind.LINT
    if first is CommandKind.LINT and not {"fix", "write"}.isdisjoint(tokens):
        return CommandKind.FORMAT
    if CommandKind.TYPECHECK in word_kinds and not all(
        token in KIND_BY_WORD or token in _CHECK_WORDS | _TYPED_WORDS | _VARIANT_WORDS | _WHOLE_PROJECT_WORDS
        for token in tokens
    ):
        return None
    if first is CommandKind.LINT and last is CommandKind.TYPECHECK:
        return last
    if first is CommandKind.TEST and last in _CHECKED_BY_TESTS:
        return _CHECKED_BY_TESTS[last]
    kind = first if tokens[0] in KIND_BY_WORD or not _CHECK_WORDS.isdisjoint(tokens[:1]) else last
    return None if kind is CommandKind.GENERATE and not _NOT_GENERATED.isdisjoint(tokens) else kind


def _is_plain_check(tokens: list[str]) -> bool:
    """Return whether a name is only about checking types: `types:check`, but not `test-types`."""
    return all(KIND_BY_WORD.get(token) is CommandKind.TYPECHECK or token in _CHECK_WORDS for token in tokens)


def _is_plain_format(tokens: list[str]) -> bool:
    """Return whether a name is only about formatting all: `format:fix`, but not `lint:fix`."""
    return all(KIND_BY_WORD.get(token) is CommandKind.FORMAT or token in _ALL_WORDS for token in tokens)


_ALL_WORDS: Final = frozenset({"fix", "write", "all", "code"})
_CHECKS: Final = (CommandKind.LINT, CommandKind.TYPECHECK)
_COUNTERPARTS: Final = {CommandKind.FORMAT: CommandKind.LINT, CommandKind.LINT: CommandKind.FORMAT}
_BY_CONTENT: Final = (
    CommandKind.TEST,
    CommandKind.LINT,
    CommandKind.TYPECHECK,
    CommandKind.BUILD,
    CommandKind.FORMAT,
    CommandKind.GENERATE,
)


def _starts_product(tokens: list[str]) -> bool:
    """Return whether a name starts the product: `start-app`, but not `start-redis` or `serve-header`."""
    words = [word for word in tokens if word not in _PRODUCT_WORDS and KIND_BY_WORD.get(word) is not CommandKind.RUN]
    return all(word in _VARIANT_WORDS and word not in _NOT_STARTED for word in words)


def _resolve_kind(
    named: CommandKind | None, tokens: list[str], is_check: bool, body_kinds: tuple[CommandKind, ...]
) -> CommandKind | None:
    """Return the kind that counts: that of the name, unless the body clearly does something else."""
    if named is CommandKind.LINT and CommandKind.FORMAT in body_kinds:
        return CommandKind.FORMAT
    if named is None:
        useful = [kind for kind in _BY_CONTENT if kind in body_kinds and (is_check or kind is not CommandKind.BUILD)]
        return useful[0] if useful and (is_check or len(useful) == 1) else None
    if named is CommandKind.RUN and not _NOT_STARTED.isdisjoint(tokens):
        return None
    if named in body_kinds:
        return named
    if named is CommandKind.TEST and len(tokens) > 1 and len(body_kinds) == 1 and body_kinds[0] in _CHECKS:
        return body_kinds[0]  # `test:code` that runs a linter
    if named is CommandKind.INSTALL and CommandKind.BUILD in body_kinds:
        return CommandKind.BUILD
    if named is CommandKind.RUN and CommandKind.INSTALL in body_kinds:
        return CommandKind.INSTALL
    if named is CommandKind.RUN and (CommandKind.TEST in body_kinds or not _starts_product(tokens)):
        return None
    if named in _COUNTERPARTS and _COUNTERPARTS[named] in body_kinds and {"fix", "write"}.isdisjoint(tokens):
        return _COUNTERPARTS[named]
    checks = (CommandKind.LINT, CommandKind.FORMAT, CommandKind.BUILD, CommandKind.TYPECHECK)
    return CommandKind.TEST if named in checks and CommandKind.TEST in body_kinds else named
