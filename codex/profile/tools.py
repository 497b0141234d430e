"""Determines the purpose of a command from its tool and of a target from its name: tables of programs and words."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from codex.profile.model import CommandKind
from codex.profile.shell_lines import simple_commands, unwrapped

_TOOLS: Final = {
    CommandKind.TEST: """
        pytest | py.test | unittest | nose2 | tox | nox | trial | go test | gotestsum | ginkgo | cargo test
        cargo nextest
        jest | vitest | mocha | ava | karma | tap | playwright test | cypress run | node --test | bun test | deno test
        react-scripts test | ng test | ember test | wtr | rspec | rake test | rake spec | rails test | bin/rails test
        phpunit | pest | paratest | mvn test | mvn verify | gradle test | gradle check | dotnet test | mix test
        swift test | bazel test | ctest | bats | terraform test | helm unittest | flutter test | dart test | sbt test
        nx test | turbo test | turbo run test
        lein test | stack test | cabal test | zig build test | hatch test | make test | make check | artisan test
        manage.py test | composer test | npm test | npm t | yarn test | pnpm test | meson test
    """,
    CommandKind.LINT: """
        ruff | ruff check | flake8 | pylint | mypy | pyright | basedpyright | ty check | bandit | pyflakes | vulture
        lint-imports | import-linter | codespell | typos | vale | eslint | oxlint | stylelint | tslint | standard
        xo | knip
        biome check | biome lint | biome ci | vue-tsc | golangci-lint | go vet | staticcheck | revive | errcheck
        cargo clippy | cargo deny | cargo check | rubocop | standardrb | brakeman | phpstan | psalm | phpcs | phpmd
        shellcheck | hadolint | actionlint | zizmor | yamllint | ansible-lint | markdownlint | markdownlint-cli2
        buf lint | buf breaking | terraform validate | tflint | tfsec | checkov | helm lint | ktlint | detekt
        mvn checkstyle:check | mix credo | mix dialyzer | swiftlint | pre-commit run | prek run | deno lint
        deno check | svelte-check | sqlfluff lint | clang-tidy | cppcheck | npm run lint | reuse lint | spectral lint
        dart analyze | flutter analyze | kube-linter | conftest | attw | publint | license-eye | gradle lint
        gradle spotlesscheck | gradle ktlintcheck | gradle detekt | mvn spotless:check | nx lint | turbo lint
        turbo run lint
    """,
    CommandKind.FORMAT: """
        ruff format | black | isort | yapf | autopep8 | pyupgrade | prettier | biome format | dprint | oxfmt | gofmt
        goimports | gofumpt | go fmt | cargo fmt | rustfmt | terraform fmt | tofu fmt | buf format | php-cs-fixer | pint
        phpcbf | dotnet format | mix format | swiftformat | swift-format | clang-format | shfmt | gradle spotlessapply
        mvn spotless:apply | deno fmt | dart format | treefmt | taplo | google-java-format | erb-format | sqlfluff fix
        golangci-lint fmt | gradle ktlintformat
        gci | golines | nixfmt | alejandra | stylua | hatch fmt | sqlfluff format | mdformat | syncpack
    """,
    CommandKind.BUILD: """
        go build | go install | go generate | cargo build | tsc | vite build | webpack | rollup | esbuild | next build
        nuxt build | tsup | unbuild | tsdown | parcel build | mvn package | mvn install | mvn compile | gradle build
        gradle assemble | docker build | docker buildx | uv build | poetry build | hatch build | pdm build | flit build
        build | bazel build | cmake | ninja | meson compile | dotnet build | dotnet publish | mix compile | swift build
        ng build | react-scripts build | astro build | sbt compile | stack build | cabal build | zig build | goreleaser
        npm run build | yarn build | pnpm build | svelte-kit build | remix build | babel | swc | maturin build
        wasm-pack
        lerna run build | turbo run build | turbo build | nx build | buf build | buf generate | gcc | g++ | clang
        make build
    """,
    CommandKind.INSTALL: """
        npm ci | npm install | npm i | pnpm install | pnpm i | yarn install | bun install | pip install | uv sync
        uv pip install | poetry install | pdm install | pdm sync | pipenv install | pipenv sync | bundle install
        bundle
        composer install | go mod download | cargo fetch | mix deps.get | dotnet restore | mise install
        pre-commit install
        bin/setup | pixi install | rye sync | dart pub get | flutter pub get
    """,
    CommandKind.RUN: """
        npm start | uvicorn | gunicorn | flask run | fastapi dev | fastapi run | rails server | rails s | go run
        cargo run
        next dev | next start | vite dev | vite serve | vite preview | nuxt dev | astro dev | manage.py runserver
        docker compose up | docker-compose up | nodemon | tsx watch | ts-node | wrangler dev | dotnet run
        mix phx.server
        gradle bootrun | mvn spring-boot:run | artisan serve | puma | docker run | swift run | air
    """,
}
TOOLS: Final = {
    tuple(tool.split()): kind
    for kind, text in _TOOLS.items()
    for row in text.strip().split("\n")
    for tool in row.split(" | ")
    if tool.strip()
}
_LONGEST: Final = max(map(len, TOOLS))
_CHECK_FLAGS: Final = frozenset(
    {"--check", "--check-only", "--list-different", "--diff", "--verify-no-changes", "--dry-run", "--exit-code"}
    | {"--set-exit-if-changed", "--test", "--check-formatted", "--lint", "--fail-on-changes", "--fail-on-change"}
    | {"-check"}
)
_SHORT_CHECK_FLAGS: Final = {
    "gofmt": ("-l", "-d"),
    "goimports": ("-l", "-d"),
    "gofumpt": ("-l", "-d"),
    "prettier": ("-c", "-l"),
    "shfmt": ("-l", "-d"),
}
_WRITE_FLAGS: Final = frozenset({"-w", "--write"})
"""Flags with which a formatter changes files, whatever else it prints: `gofmt -l -w .`"""
_FIX_FLAGS: Final = frozenset(
    {"--fix", "--write", "--apply", "--auto-correct", "--autocorrect", "--fix-type"}
    | {"--auto-correct-all", "--autocorrect-all", "--safe-auto-correct"}
)
_SHORT_FIX_FLAGS: Final = {"rubocop": ("-a", "-A"), "standardrb": ("-A",), "ktlint": ("-F",), "markdownlint": ("-f",)}

KIND_BY_WORD: Final = {
    **dict.fromkeys(("test", "tests", "unittest", "unittests", "unit", "spec", "specs", "pytest"), CommandKind.TEST),
    **dict.fromkeys(
        ("lint", "lints", "linting", "linter", "linters", "eslint", "typecheck", "types"), CommandKind.LINT
    ),
    **dict.fromkeys(
        ("mypy", "vet", "clippy", "style", "analyze", "analyse", "flake8", "ruff", "pylint"), CommandKind.LINT
    ),
    **dict.fromkeys(("fmt", "format", "reformat", "formatting", "prettier", "gofmt"), CommandKind.FORMAT),
    **dict.fromkeys(("build", "compile", "bundle", "assemble"), CommandKind.BUILD),
    **dict.fromkeys(("run", "start", "serve", "dev", "server"), CommandKind.RUN),
    **dict.fromkeys(("install", "setup", "bootstrap", "deps", "dependencies"), CommandKind.INSTALL),
}
_WHOLE_PROJECT_WORDS: Final = frozenset(
    {"all", "dev", "development", "project", "env", "environment", "requirements", "packages"}
)
PLAIN_NAMES: Final = frozenset({"test", "lint", "format", "fmt", "build", "run", "start", "setup", "install"})
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
    | {"cover", "report", "stress", "bundle", "generate", "ecosystem", "upgrade", "memory", "profile", "wasm", "short"}
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
    | {"publish", "push", "pull", "release", "uninstall", "no", "skip", "post", "pre", "after", "before"}
)
"""First words of names of targets that have none of our purposes."""
_TOKENS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")

PLAIN_FIT: Final = 0
CLOSE_FIT: Final = 1
QUALIFIED_FIT: Final = 2
VARIANT_FIT: Final = 3
CONTENT_FIT: Final = 4
OTHER_FIT: Final = 10


_WITHOUT_EFFECT: Final = frozenset(
    {("echo",), ("printf",), ("print",), ("true",), ("false",), (":",), ("exit",), ("sleep",), ("cat",), ("date",)}
    | {("git", "diff"), ("git", "status"), ("git", "log"), ("cd",), ("set",), ("export",)}
)
"""Commands that neither test nor build anything; `npm init` writes `echo "Error: no test specified" && exit 1`."""


def kind_of(words: tuple[str, ...]) -> CommandKind | None:
    """Return what a simple command does, by its program and flags; None where the table does not list it."""
    kind = primary_kind(words)
    return None if kind is None else _by_flags(kind, unwrapped(words))


def primary_kind(words: tuple[str, ...]) -> CommandKind | None:
    """Return what the program of a simple command is for, whatever its flags: `gofmt -l` lints, but is a formatter."""
    words = unwrapped(words)
    lower = tuple(word.lower() for word in _without_flags(words))
    for length in range(min(_LONGEST, len(lower)), 0, -1):
        kind = TOOLS.get(lower[:length])
        if kind is not None:
            return kind
    return None


def kinds_of(lines: Iterable[str]) -> tuple[CommandKind, ...]:
    """Return what the lines of a body do, each kind once, in order."""
    kinds = (kind_of(words) for line in lines for words in simple_commands(line))
    return tuple(dict.fromkeys(kind for kind in kinds if kind is not None))


def only_prints(lines: Iterable[str]) -> bool:
    """Return whether a body has commands, and all of them only print, exit or compare: `echo "no tests yet"`."""
    commands = [unwrapped(words) for line in lines for words in simple_commands(line)]
    return bool(commands) and all(words[:1] in _WITHOUT_EFFECT or words[:2] in _WITHOUT_EFFECT for words in commands)


def purposes(name: str, body_kinds: tuple[CommandKind, ...]) -> Iterator[tuple[CommandKind, int]]:
    """Yield the purposes of a target and how well its name fits each (0 is best); `body_kinds` is what its body runs.

    The body outweighs the name: a `check` that runs tests is for testing, and so is a `lint` that only runs tests.
    """
    tokens = _name_words(name)
    named = _kind_by_name(tokens)
    if not tokens or tokens[0] in _UNRELATED_FIRST_WORDS:
        return
    is_variant = not _VARIANT_WORDS.isdisjoint(tokens)
    is_check = not _CHECK_WORDS.isdisjoint(tokens)
    installs_other = named is CommandKind.INSTALL and _multi_word_fit(named, tokens) == OTHER_FIT
    purpose = named if installs_other else _resolve_kind(named, is_check, body_kinds)
    if purpose is None:
        return
    if named is purpose:
        fit = (
            PLAIN_FIT
            if name.lower() in PLAIN_NAMES
            else CLOSE_FIT
            if len(tokens) == 1
            else _multi_word_fit(purpose, tokens)
        )
    else:
        fit = CLOSE_FIT if is_check and len(tokens) == 1 else CONTENT_FIT
    yield purpose, max(fit, VARIANT_FIT) if is_variant else fit
    if is_check and named is None:
        yield from (
            (kind, CONTENT_FIT) for kind in body_kinds if kind not in (purpose, CommandKind.INSTALL, CommandKind.RUN)
        )


def _name_words(name: str) -> list[str]:
    """Return the words of a name in lower case; `run-tests` counts as `tests`."""
    spelt = name.replace("typecheck", "types").replace("type-check", "types")
    tokens = [token.lower() for token in _TOKENS.findall(spelt)]
    rest = tokens[1:] if tokens[:1] == ["run"] else []
    return rest if _kind_by_name(rest) or not _CHECK_WORDS.isdisjoint(rest) else tokens


def _multi_word_fit(kind: CommandKind, tokens: list[str]) -> int:
    """Return how well a name of several words fits; `install-tools` does not install the project's dependencies."""
    if kind is CommandKind.INSTALL and not all(
        token in KIND_BY_WORD or token in _WHOLE_PROJECT_WORDS for token in tokens
    ):
        return OTHER_FIT
    return QUALIFIED_FIT


def _kind_by_name(tokens: list[str]) -> CommandKind | None:
    """Return the kind that a name implies: `unit-test` and `test:unit` are for testing, `remove-test-image` is not."""
    word_kinds = [KIND_BY_WORD[token] for token in tokens if token in KIND_BY_WORD]
    if not word_kinds:
        return None
    if word_kinds[0] is CommandKind.FORMAT and not _CHECK_WORDS.isdisjoint(tokens):
        return CommandKind.LINT
    if word_kinds[0] is CommandKind.LINT and not {"fix", "write"}.isdisjoint(tokens):
        return CommandKind.FORMAT
    return word_kinds[0] if tokens[0] in KIND_BY_WORD else KIND_BY_WORD.get(tokens[-1])


_COUNTERPARTS: Final = {CommandKind.FORMAT: CommandKind.LINT, CommandKind.LINT: CommandKind.FORMAT}


def _resolve_kind(named: CommandKind | None, is_check: bool, body_kinds: tuple[CommandKind, ...]) -> CommandKind | None:
    """Return the kind that counts: that of the name, unless the body clearly does something else."""
    if named is CommandKind.INSTALL and CommandKind.BUILD in body_kinds and named not in body_kinds:
        return CommandKind.BUILD
    if named in _COUNTERPARTS and _COUNTERPARTS[named] in body_kinds and named not in body_kinds:
        return _COUNTERPARTS[named]
    if (
        named in (CommandKind.LINT, CommandKind.FORMAT, CommandKind.BUILD)
        and CommandKind.TEST in body_kinds
        and named not in body_kinds
    ):
        return CommandKind.TEST
    if named is not None:
        return named
    useful = [
        kind
        for kind in (CommandKind.TEST, CommandKind.LINT, CommandKind.BUILD, CommandKind.FORMAT)
        if kind in body_kinds
    ]
    return useful[0] if useful and (is_check or len(useful) == 1) else None


def _by_flags(kind: CommandKind, words: tuple[str, ...]) -> CommandKind:
    flags = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}
    if kind is CommandKind.FORMAT and (flags & _CHECK_FLAGS or _is_dry_run(words[0], flags)):
        return CommandKind.LINT
    if kind is CommandKind.LINT and (flags & _FIX_FLAGS or flags.intersection(_SHORT_FIX_FLAGS.get(words[0], ()))):
        return CommandKind.FORMAT
    if words[:2] == ("go", "install") and any("@" in word for word in words):
        return CommandKind.INSTALL
    if kind is CommandKind.BUILD and words[0] == "tsc" and "--noEmit" in flags:
        return CommandKind.LINT
    return kind


def _is_dry_run(program: str, flags: set[str]) -> bool:
    return bool(flags.intersection(_SHORT_CHECK_FLAGS.get(program, ()))) and not flags & _WRITE_FLAGS


def _without_flags(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without the flags between its program and its subcommand; `node --test` keeps its flag."""
    if words[:1] == ("node",) and "--test" in words:
        return ("node", "--test")
    return (*words[:1], *(word for word in words[1:] if not word.startswith("-")))
