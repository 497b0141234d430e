"""The tools whose purpose is known: a table of programs by what they are for."""

from typing import Final

from codex.profile.model import CommandKind

_TOOLS: Final = {
    CommandKind.TEST: """
        pytest | py.test | unittest | nose2 | tox | nox | trial | go test | gotestsum | ginkgo | cargo test
        cargo nextest
        jest | vitest | mocha | ava | borp | karma | tap | playwright test | cypress run | node --test | bun test
        deno test
        react-scripts test | ng test | ember test | wtr | rspec | rake test | rake spec | minitest | rails test
        bin/rails test
        phpunit | pest | paratest | mvn test | mvn verify | gradle test | gradle check | dotnet test | mix test
        swift test | bazel test | bazel coverage | ctest | bats | terraform test | helm unittest | flutter test
        dart test | sbt test | vp test
        nx test | nx run-many test | nx affected test | turbo test | turbo run test
        lein test | stack test | cabal test | zig build test | hatch test | make test | make check | artisan test
        dune runtest | dune test
        manage.py test | composer test | npm test | npm t | yarn test | pnpm test | meson test
    """,
    CommandKind.LINT: """
        ruff | ruff check | flake8 | pylint | bandit | pyflakes | vulture
        lint-imports | import-linter | codespell | typos | vale | eslint | oxlint | stylelint | tslint | standard
        xo | knip
        biome check | biome lint | biome ci | golangci-lint | go vet | staticcheck | revive | errcheck
        cargo clippy | cargo deny | rubocop | standardrb | brakeman | phpstan | psalm | phpcs | phpmd
        shellcheck | hadolint | actionlint | zizmor | yamllint | ansible-lint | markdownlint | markdownlint-cli2
        buf lint | buf breaking | terraform validate | tflint | tfsec | checkov | helm lint | ktlint | detekt
        mvn checkstyle:check | mix credo | swiftlint | pre-commit run | prek run | deno lint
        sqlfluff lint | clang-tidy | cppcheck | npm run lint | reuse lint | spectral lint
        dart analyze | flutter analyze | kube-linter | conftest | attw | publint | license-eye | gradle lint
        gradle spotlesscheck | gradle ktlintcheck | gradle detekt | mvn spotless:check | nx lint | turbo lint
        turbo run lint | gradle checkstylemain | swift format lint | swift-format lint | erb_lint | erblint | hlint
        sbt scalafmtcheckall | sbt scalafmtcheck | composer validate | luacheck
        composer normalize | mago lint | mago analyze | vp lint | vp check
        slim-lint | haml-lint | reek | sherif | nx run-many lint | nx affected lint
    """,
    CommandKind.TYPECHECK: """
        mypy | dmypy run | pyright | basedpyright | ty check | pyrefly check | pyre check | pytype | vue-tsc
        svelte-check
        astro check | deno check | cargo check | mix dialyzer | dialyzer | srb tc | steep check | flow | flow check
        tsgo
    """,
    CommandKind.GENERATE: """
        go generate | buf generate | sqlc generate | prisma generate | graphql-codegen | protoc | swag init
        gqlgen generate
        openapi-generator-cli generate | controller-gen | mockery | wire gen | ent generate | gomarkdoc | quicktype
    """,
    CommandKind.FORMAT: """
        ruff format | black | isort | yapf | autopep8 | pyupgrade | prettier | biome format | dprint | oxfmt
        gofmt
        goimports | gofumpt | go fmt | cargo fmt | rustfmt | terraform fmt | tofu fmt | buf format
        php-cs-fixer | pint
        phpcbf | dotnet format | mix format | swiftformat | swift-format | clang-format | shfmt
        gradle spotlessapply
        mvn spotless:apply | deno fmt | dart format | treefmt | taplo | google-java-format | erb-format
        sqlfluff fix
        golangci-lint fmt | gradle ktlintformat
        swift format | scalafmt | sbt scalafmtall | sbt scalafmt | sbt scalafixall
        scalafix | zig fmt | ormolu | fourmolu | stylish-haskell
        mvn fmt:format | mago format | mago fmt | vp fmt
        dune fmt | dune build @fmt
        astyle | gci | golines | nixfmt | alejandra | stylua | hatch fmt | sqlfluff format | mdformat | syncpack
    """,
    CommandKind.BUILD: """
        go build | go install | cargo build | tsc | vite build | webpack | rollup | esbuild | next build
        nuxt build | tsup | unbuild | tsdown | parcel build | mvn package | mvn install | mvn compile
        gradle build
        gradle assemble | docker build | docker buildx build | docker buildx bake
        uv build | poetry build | hatch build | pdm build
        flit build
        build | bazel build | cmake | ninja | meson compile | nx run-many build | nx affected build
        dotnet build | dotnet publish | mix compile | swift build
        ng build | react-scripts build | astro build | sbt compile | stack build | cabal build | zig build
        goreleaser
        dune build
        npm run build | yarn build | pnpm build | svelte-kit build | remix build | babel | swc | maturin build
        wasm-pack
        lerna run build | turbo run build | turbo build | nx build | buf build | gcc | g++ | clang
        make build | vp build | encore dev | encore production | encore prod
    """,
    CommandKind.INSTALL: """
        npm ci | npm install | npm i | pnpm install | pnpm i | yarn install | bun install | pip install | uv sync
        uv pip install | poetry install | pdm install | pdm sync | pipenv install | pipenv sync | bundle install
        bundle
        composer install | go mod download | cargo fetch | mix deps.get | dotnet restore | mise install
        pre-commit install
        opam install | bin/setup | pixi install | rye sync | dart pub get | flutter pub get | composer bin
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
