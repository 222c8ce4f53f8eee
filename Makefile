# Everything a maintainer does, in one word each. Needs Python 3.11 or newer, with venv, and make.
# Another Python: make run PYTHON=/path/to/python3.12

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# Tests run side by side in this many processes.
WORKERS ?= 2
# What ruff and mypy look at: those of the project's folders that exist.
CODE := $(wildcard app tests migrations bench)
# The stories of generated clients are linted here, and typed with their clients by `make clients`.
LINTED := $(CODE) $(wildcard openapi/clients examples)
# One test file, one test: make pytest ARGS="tests/core -k cursor"
ARGS ?=
# Random requests to each operation: make fuzz EXAMPLES=500
EXAMPLES ?= 25

# Compiled modules are kept: every test process and every service it starts would compile them anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run install test check format pytest soak openapi lint-openapi clients fuzz audit bench bench-guard requirements clean

help: ## Print this menu
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(VENV)/run.stamp ## Load the story into a SQLite file once, print its shortlist, and serve
	@$(BIN)/firstinline demo --serve

install: $(VENV)/run.stamp ## Install the service and its commands into .venv, and nothing else

# Side by side: a cold mypy takes a core for as long as a fifth of the tests. A check that fails says
# so last; otherwise the last line is that of the tests.
test: $(VENV)/dev.stamp ## Check everything, and run every test (SQLite, and PostgreSQL where installed)
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	$(MAKE) --no-print-directory check >"$$log" 2>&1 & check=$$!; \
	$(MAKE) --no-print-directory pytest; tests=$$?; \
	wait $$check || { cat "$$log" >&2; exit 1; }; exit $$tests

check: $(VENV)/dev.stamp ## Lint, formatting, types and the order of imports
	@$(BIN)/ruff check --quiet $(LINTED)
	@$(BIN)/ruff format --check --quiet $(LINTED) || \
		{ echo 'Not formatted: run make format' >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary $(CODE)
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/dev.stamp ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff format $(LINTED)
	@$(BIN)/ruff check --fix $(LINTED)

pytest: $(VENV)/dev.stamp ## Run the tests alone: make pytest ARGS="tests/core -k cursor"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

soak: $(VENV)/dev.stamp ## Kill the service twenty times under 200 clients, and the worker while it scores all; follow events for a minute
	@$(BIN)/python -m pytest -q -n 2 -rP tests/soak/following.py tests/soak/serving.py tests/soak/scoring.py

openapi: $(VENV)/run.stamp ## Write openapi/openapi.json anew
	@$(BIN)/firstinline openapi --write

lint-openapi: openapi/node_modules/.package-lock.json ## Lint openapi/openapi.json by Spectral's and Redocly's rules
	@cd openapi && node_modules/.bin/spectral lint openapi.json --ruleset spectral.yaml --fail-severity hint
	@cd openapi && REDOCLY_SUPPRESS_UPDATE_NOTICE=true node_modules/.bin/redocly lint openapi.json --config redocly.yaml

clients: $(VENV)/clients.stamp openapi/node_modules/.package-lock.json ## Generate clients, and let each tell the story to a live server
	@$(BIN)/python openapi/clients/run.py $(ARGS)

fuzz: $(VENV)/dev.stamp $(VENV)/audit.stamp ## Send a live service what nobody expects: make fuzz EXAMPLES=500
	@$(BIN)/python -m tests.fuzz --examples $(EXAMPLES) $(ARGS)

audit: $(VENV)/audit.stamp ## List the libraries we ship, and what is known against them
	@$(BIN)/python .ci/audit

bench: $(VENV)/dev.stamp $(VENV)/bench.stamp ## Measure ranking and throughput beside the bare-driver floor
	@$(BIN)/python -m bench

bench-guard: $(VENV)/dev.stamp $(VENV)/bench.stamp ## Measure again, and compare ratios with the committed report
	@$(BIN)/python -m bench --guard

# The name of an index is the installer's affair: the files hold versions and hashes only.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra build

requirements: $(BIN)/python ## Choose the newest versions that pyproject.toml allows, and pin them by hash
	@$(PIP) install uv
	@$(COMPILE) --upgrade --output-file requirements.txt
	@$(COMPILE) --upgrade --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	@$(COMPILE) --upgrade --extra clients --constraint requirements-dev.txt --output-file requirements-clients.txt
	@$(COMPILE) --upgrade --extra audit --constraint requirements-dev.txt --output-file requirements-audit.txt
	@$(COMPILE) --upgrade --extra bench --constraint requirements-dev.txt --output-file requirements-bench.txt

clean: ## Remove the environment and what tools have left; data files stay
	@rm -rf $(VENV) build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
		openapi/node_modules openapi/clients/.build
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'No python3 found: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt pyproject.toml | $(BIN)/python
	@echo 'Installing into $(VENV) ...'
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/audit.stamp: requirements-audit.txt $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements-audit.txt
	@touch $@

# Without it the benchmark leaves the script out, and says so.
$(VENV)/bench.stamp: requirements-bench.txt $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements-bench.txt && touch $@ || \
		echo 'polars could not be installed: the script over an export is left out' >&2

$(VENV)/clients.stamp: requirements-clients.txt $(VENV)/run.stamp
	@$(PIP) install --require-hashes -r requirements-clients.txt
	@touch $@

# What npm itself writes when it is done. Packages' own install scripts are not run. Without npm the
# tools of Node are missing, and whoever needs them says so.
openapi/node_modules/.package-lock.json: openapi/package.json openapi/package-lock.json
	@if command -v npm >/dev/null; then cd openapi && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
		else echo 'npm was not found: what needs Node is skipped' >&2; fi
