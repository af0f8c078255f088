# Everything runs in .venv, made here from the hash-pinned locks. Needs Python 3.11 or later, git and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes

# Compiled bytecode costs a second once; without it every start of a worker pays again.
unexport PYTHONDONTWRITEBYTECODE
# A user's own settings must not reach the demo or the tests.
unexport $(filter ARCHIVE_%,$(.VARIABLES))

.PHONY: help demo setup setup-dev test check format bench soak lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Shilu needs Python 3.11 or later, %s is %s; try: make PYTHON=python3.11" % (sys.executable, sys.version.split()[0]) if sys.version_info < (3, 11) else 0)'
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(BIN)/python
	@echo "installing requirements.lock (once, about a minute)"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/.runtime
	@echo "installing requirements-dev.lock (once)"
	@$(PIP) -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.runtime ## make .venv with what the program needs
setup-dev: $(VENV)/.runtime $(VENV)/.dev ## ... and with what its tests need

demo: setup ## crawl the bundled site twice and show what was kept; no network
	@$(BIN)/scrapy demo

test: check ## check, then every test but the long ones
	@$(BIN)/python -m pytest

check: setup-dev ## ruff, mypy --strict, and the architecture as the README draws it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "not formatted; run: make format"; exit 1; }
	@$(BIN)/mypy --strict storage pipelines crawler
	@$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_documentation.py

format: setup-dev ## let ruff lay out and sort what it can
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: setup-dev ## CPU seconds and memory beside wget and bare Scrapy; CORPUS=folder times extraction too
	@$(BIN)/python -m bench $(if $(CORPUS),--corpus "$(CORPUS)")

soak: setup-dev ## the long trials: kill -9 at twenty moments, thousands of pages
	@$(BIN)/python -m pytest -m soak

lock: setup-dev ## resolve pyproject.toml again into the two locks (needs uv: pip install uv)
	@uv=$$(command -v $(BIN)/uv uv | head -n 1); \
	 compile="$$uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet"; \
	 $$compile -o requirements.lock; \
	 $$uv pip compile --group dev -c requirements.lock --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet -o requirements-dev.lock

clean: ## remove .venv and caches; never an archive
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
