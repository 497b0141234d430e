# `make demo` builds the standards and shows the result; `make test` runs the checks, `make test-all` includes the slow ones.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

FUZZ_SECONDS ?= 60

.PHONY: fuzz help setup demo test test-all lint types style style-and-pytest pytest slow thorough pythons bench bench-fleet bench-forges bench-gitea bench-growth golden lint-pages requirements schemas clean

help:
	@echo "make demo          build standards/ and show the result"
	@echo "make test          run linters and quick tests (at most 8 minutes on two cores, including the installation)"
	@echo "make test-all      also run the slow tests, and the tests with other Python versions"
	@echo "make bench         run the benchmarks and update docs/benchmarks.md"
	@echo "make bench-fleet   benchmark a fleet of repositories and update docs/benchmarks.md"
	@echo "make bench-forges  count requests to forges and update docs/benchmarks.md"
	@echo "make bench-gitea   compare with other tools on a real Gitea and update docs/benchmarks.md"
	@echo "make bench-growth  measure how the cost of hostile inputs grows and update docs/benchmarks.md"
	@echo "make fuzz          fuzz every reader of foreign bytes for FUZZ_SECONDS (60)"
	@echo "make golden        update the golden files of the tests"
	@echo "make lint-pages    update the severities and expected output in the lint pages"
	@echo "make requirements  write standards/requirements.md, the table of published requirements"
	@echo "make schemas       generate validators/schemas/ from the types"
	@echo "make clean         remove generated files and the virtual environment"

setup: $(STAMP)

$(STAMP): pyproject.toml tools/pythons.py
	@test -x $(BIN)/python || $$($(PYTHON) tools/pythons.py --best) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -m compileall -q codex skills_build
	@touch $@

demo: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.demo

test: setup
	@$(MAKE) --no-print-directory -j2 types style-and-pytest

style-and-pytest: setup
	@$(MAKE) --no-print-directory style
	@$(MAKE) --no-print-directory pytest

test-all: test slow thorough pythons

lint: setup
	@$(MAKE) --no-print-directory -j2 types style

types: setup
	$(BIN)/mypy

style: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/codexc check
	$(BIN)/codexc build --check

# Two workers share the rewritten assertions as bytecode.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal

pytest: setup
	$(PYTEST) -m "not slow"

slow: setup
	$(BIN)/codexc check --with-linters
	CODEXC_TEST_THOROUGH=1 $(PYTEST) --durations 25 -m slow

# Tests that try hundreds of examples, or start a new interpreter for each call of codexc.
THOROUGH := tests/codex/test_cli.py tests/codex/test_commands.py tests/skills_build/release/test_classify_properties.py \
	tests/codex/forge/test_branch.py tests/codex/forge/test_mutations.py tests/test_regexes.py

thorough: setup
	CODEXC_TEST_THOROUGH=1 CODEXC_TEST_STARTED=1 $(PYTEST) -m "not slow" $(THOROUGH)

pythons: setup
	$(BIN)/python tools/pythons.py --test

bench: setup
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.review --write

bench-fleet: setup
	$(BIN)/python -m benchmarks.fleet --write
	$(BIN)/python -m benchmarks.fleet_audit --write

bench-forges: setup
	$(BIN)/python -m benchmarks.forges --write

bench-gitea: setup
	$(BIN)/python -m benchmarks.gitea --write

bench-growth: setup
	$(BIN)/python -m benchmarks.growth --write

fuzz: setup
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))

golden: setup
	CODEXC_REFRESH_GOLDEN=1 $(BIN)/python -m pytest -q tests/skills_build/emit/test_golden.py

lint-pages: setup
	$(BIN)/python -m tools.lint_pages

requirements: setup
	$(BIN)/python -m tools.requirements

schemas: setup
	$(BIN)/python -m tools.schemas
	$(BIN)/python -m tools.technologies

clean:
	rm -rf $(VENV) .venvs build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
