# Everything runs in .venv, made here from the hash-pinned locks. Needs Python 3.11 or later, git and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes
PYWB := .venv-pywb
DATASETTE := .venv-datasette
PEERS := .venv-peers

# Compiled bytecode costs a second once; without it every start of a worker pays again.
unexport PYTHONDONTWRITEBYTECODE
# A user's own settings must not reach the demo or the tests.
unexport $(filter ARCHIVE_%,$(.VARIABLES))

.PHONY: help demo setup setup-dev browser test check format bench bench-gate bench-growth soak replay-check datasette datasette-check readme lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

$(VENV)/.bench: requirements-bench.lock | $(VENV)/.dev
	@echo "installing requirements-bench.lock (once)"
	@$(PIP) -r requirements-bench.lock
	@touch $@

setup: $(VENV)/.runtime ## make .venv with what the program needs
setup-dev: $(VENV)/.runtime $(VENV)/.dev ## ... and with what its tests need

# The tests that look at replays need a browser, a font for Han and npm; root gets them with apt-get where there is one.
browser: $(VENV)/.browser ## Chromium, a font for Han and npm, which the replay tests need
$(VENV)/.browser: | $(BIN)/python
	@want=""; \
	 command -v chromium chromium-browser google-chrome >/dev/null || want="$$want chromium"; \
	 [ -n "$$(fc-list :lang=zh 2>/dev/null)" ] || want="$$want fontconfig fonts-wqy-microhei"; \
	 command -v npm >/dev/null || want="$$want npm"; \
	 if [ -n "$$want" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	   echo "installing$$want (once)"; \
	   export DEBIAN_FRONTEND=noninteractive; \
	   { apt-get update -qq && apt-get install -y -qq --no-install-recommends $$want >/dev/null; } || \
	     { echo "the replay tests need these packages, which apt-get could not install:$$want"; exit 0; }; \
	 elif [ -n "$$want" ]; then \
	   echo "the replay tests need these packages of Debian, or their like:$$want"; exit 0; \
	 fi; \
	 touch $@

$(PYWB)/.done: requirements-pywb.lock
	@echo "making $(PYWB): another player, to check exports with (once)"
	@$(PYTHON) -m venv --clear $(PYWB)
	@$(PYWB)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	@touch $@

$(DATASETTE)/.done: requirements-datasette.lock
	@echo "making $(DATASETTE): a browser for the catalogue (once)"
	@$(PYTHON) -m venv --clear $(DATASETTE)
	@$(DATASETTE)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	@touch $@

$(PEERS)/.done: requirements-peers.lock
	@echo "making $(PEERS): other extractors, to hold ours beside them (once)"
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	@touch $@

demo: setup ## crawl the bundled site twice and show what was kept; no network
	@$(BIN)/scrapy demo

test: check browser ## check, then every test but the long ones
	@$(BIN)/python -m pytest -n 4 --dist loadfile

check: setup-dev ## ruff, mypy --strict, and the architecture as the README draws it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "not formatted; run: make format"; exit 1; }
	@$(BIN)/mypy --strict storage pipelines crawler
	@$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_documentation.py

format: setup-dev ## let ruff lay out and sort what it can
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: setup-dev $(VENV)/.bench $(if $(CORPUS),$(PEERS)/.done) ## CPU, pace and memory beside wget, bare Scrapy and a naive pipeline; CORPUS=folder: extraction beside its peers too
	@PEERS=$(PEERS) $(BIN)/python -m bench $(if $(CORPUS),--corpus "$(CORPUS)")

bench-gate: setup-dev $(VENV)/.bench ## a shorter bench that fails when a ratio is worse than bench/recorded.json says; RECORD=1 writes that anew
	@$(BIN)/python -m bench.gate $(if $(RECORD),--record)

bench-growth: setup-dev $(VENV)/.bench ## what an operation costs among 10,000 to 1,000,000 known URLs and 2,000 to 200,000 articles, with plots
	@$(BIN)/python -m bench.growth

replay-check: setup-dev browser $(PYWB)/.done ## play exports in pywb, in an environment of its own
	@PYWB=$(PYWB) $(BIN)/python -m pytest -m soak tests/soak/test_pywb.py

datasette: $(DATASETTE)/.done ## browse the catalogue of ARCHIVE=folder (default archive) in Datasette, from this machine alone
	@archive="$(or $(ARCHIVE),archive)"; set -- "$$archive/catalogue.sqlite"; \
	 [ ! -e "$$archive/search.sqlite" ] || set -- "$$@" "$$archive/search.sqlite"; \
	 $(DATASETTE)/bin/datasette serve "$$@" --crossdb --metadata datasette/metadata.json --static shilu:datasette --setting truncate_cells_html 400 --open

datasette-check: setup-dev browser $(DATASETTE)/.done ## look at the catalogue in Datasette with a real browser
	@DATASETTE=$(DATASETTE) $(BIN)/python -m pytest -m soak tests/soak/test_datasette.py

soak: setup-dev browser $(PYWB)/.done $(DATASETTE)/.done ## the long trials: kill -9 at twenty moments, thousands of pages, another player
	@PYWB=$(PYWB) DATASETTE=$(DATASETTE) $(BIN)/python -m pytest -m soak

readme: setup ## write the tables of sources and families into README.md anew
	@new=$$(mktemp -d); trap 'rm -r "$$new"' EXIT; \
	 $(BIN)/scrapy sources --markdown > "$$new/tables"; \
	 sed -e '/^<!-- sources: begin/,/^<!-- sources: end/{//!d;}' -e "/^<!-- sources: begin/r $$new/tables" README.md > "$$new/readme"; \
	 cat "$$new/readme" > README.md

lock: setup-dev ## resolve pyproject.toml again into the six locks (needs uv: pip install uv)
	@uv=$$(command -v $(BIN)/uv uv | head -n 1); \
	 compile="$$uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet"; \
	 $$compile -o requirements.lock; \
	 others="$$uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet"; \
	 $$others --group dev -c requirements.lock -o requirements-dev.lock; \
	 $$others --group replay-check -o requirements-pywb.lock; \
	 $$others --group datasette -o requirements-datasette.lock; \
	 $$others --group peers -c requirements.lock -o requirements-peers.lock; \
	 $$others --group bench -c requirements.lock -c requirements-dev.lock -o requirements-bench.lock

clean: ## remove .venv and caches; never an archive
	@rm -rf $(VENV) $(PYWB) $(DATASETTE) $(PEERS) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
