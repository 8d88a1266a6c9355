# Bare `make` lists every target.
PYTHON ?= python3
BIN := .venv/bin
FREE_PORT = $(BIN)/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'

.DEFAULT_GOAL := help
# No target is a file.
.PHONY: $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' Makefile)

help: ## List every target
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

install:
	@$(PYTHON) analytics_saas/embedded/install.py .venv embedded.txt

install-dev:
	@$(PYTHON) analytics_saas/embedded/install.py .venv dev.txt

install-dbt:
	@$(PYTHON) analytics_saas/embedded/install.py .venv-dbt dbt.txt

up: install front ## Install everything, start every part, print the URL
	@exec $(BIN)/python manage.py up

demo: install front ## The same, with a demo account and four weeks of traffic
	@exec $(BIN)/python manage.py up --demo

front: install
	@if [ -f frontend/package.json ]; then $(BIN)/python -m analytics_saas.embedded.frontend; fi

dbt: install install-dbt ## Build the rollups of closed days (ClickHouse must be up)
	@$(BIN)/python manage.py dbt

test: install-dev install-dbt front ## Install what the tests need and run all of them
	@$(BIN)/python -m analytics_saas.embedded.frontend test
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --postgresql

check: install-dev front ## Lint, types, import rules, Django's own checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python manage.py check
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml - \
	  || { echo "docs/openapi.yaml is out of date: run make openapi"; exit 1; }

openapi: install-dev ## Write docs/openapi.yaml from the code
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

mutate-tenancy: install-dev front ## Remove each wall in turn; the tenant matrix must go red
	@$(BIN)/python -m analytics_saas.tests.walls.mutate

fmt: install-dev ## Format the Python code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: bench-engine bench-first-number bench-collector bench-steps ## Run every benchmark; one JSON line per figure

bench-engine: install ## Milliseconds of SELECT 1 through the embedded engine's front
	@$(BIN)/python -m analytics_saas.bench.select_1

bench-first-number: install-dev front ## Seconds from a click in Chromium to its number
	@$(BIN)/python -m analytics_saas.bench.first_number

bench-collector: install-dev ## Requests a second to a durable 202, beside three baselines
	@export DATA_DIR=$$(mktemp -d) TRUSTED_PROXIES=127.0.0.0/8; trap 'rm -rf "$$DATA_DIR"' EXIT; \
	  $(BIN)/python -m analytics_saas.bench.collector

bench-steps: install-dev ## Microseconds of each step from a request to its entry
	@export DATA_DIR=$$(mktemp -d) TRUSTED_PROXIES=127.0.0.0/8; \
	  export PROJECT_EVENTS_PER_SECOND=1000000 ADDRESS_REQUESTS_PER_SECOND=1000000; \
	  trap 'rm -rf "$$DATA_DIR"' EXIT; $(BIN)/python -m analytics_saas.bench.steps

bench-drain: install-dev ## Events a second from a full stream to the tables by one drain
	@export DATA_DIR=$$(mktemp -d) CLICKHOUSE_PORT=$$($(FREE_PORT)) DRAIN_PORT=$$($(FREE_PORT)); \
	  trap 'rm -rf "$$DATA_DIR"' EXIT; $(BIN)/python -m analytics_saas.bench.drain

bench-storage: install-dev ## Bytes on disk per event, in all tables, after merges
	@export DATA_DIR=$$(mktemp -d) CLICKHOUSE_PORT=$$($(FREE_PORT)); \
	  trap 'rm -rf "$$DATA_DIR"' EXIT; $(BIN)/python -m analytics_saas.bench.storage

audit-privacy: install-dev front ## Prove on the running product that visitors and salts are forgotten
	@$(BIN)/python -m analytics_saas.audit

bench-fairness: install-dev ## What a project feels of one that sends ten times its limit
	@export DATA_DIR=$$(mktemp -d) CLICKHOUSE_PORT=$$($(FREE_PORT)) DRAIN_PORT=$$($(FREE_PORT)); \
	  export TRUSTED_PROXIES=127.0.0.0/8 PROJECT_EVENTS_PER_SECOND=50; \
	  trap 'rm -rf "$$DATA_DIR"' EXIT; $(BIN)/python -m analytics_saas.bench.fairness

chaos: install-dev ## Kill, stop and cut off every part under load; nothing lost, nothing twice
	@$(BIN)/python -m analytics_saas.chaos

fuzz: install-dev front ## Send tens of thousands of malformed requests to a collector
	@export DATA_DIR=$$(mktemp -d) TRUSTED_PROXIES=127.0.0.0/8; \
	  export PROJECT_EVENTS_PER_SECOND=0 ADDRESS_REQUESTS_PER_SECOND=0; \
	  trap 'rm -rf "$$DATA_DIR"' EXIT; $(BIN)/python -m analytics_saas.fuzz

hooks: install-dev ## Run the checks before every commit
	@$(BIN)/pre-commit install

lock: ## Compile requirements/*.txt with hashes (needs uv)
	@for set in base: embedded:--extra=embedded "dev:--extra=embedded --extra=dev"; do \
	  uv pip compile -q pyproject.toml $${set#*:} --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate -o requirements/$${set%%:*}.txt; done
	@for set in dbt node; do \
	  uv pip compile -q requirements/$$set.in --no-strip-extras --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate -o requirements/$$set.txt; done

clean: ## Remove what was built and installed; data in var/ stays
	rm -rf .venv .venv-dbt frontend/node_modules frontend/dist static-root
