# A bare `make` lists the commands. All of them work on a fresh machine that has Python >= 3.11,
# make and a package index; whatever else is needed is installed first.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell $(name) -c 'import sys; print("$(name)" if sys.version_info >= (3, 11) else "")' 2>/dev/null)) python3)

# `make test PYTHON=python3.13` uses an environment of its own, .venv-python3.13.
ifeq ($(origin PYTHON),command line)
VENV ?= .venv-$(notdir $(PYTHON))
else
VENV ?= .venv
endif
export VENV
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check test-fast fmt messages bench install requirements clean

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-13s %s\n", $$1, $$2}'

run: install-run  ## Start Firstline with demo data at http://127.0.0.1:8000/ (PORT=8001 for another port)
	@exec $(BIN)/python -m onboarding_portal.running

test: install-test  ## Run every check and every test, on SQLite and on PostgreSQL, browser included
	@exec $(BIN)/python -m scripts.test

check: install-test  ## Run the checks alone: lint, types, imports, migrations, translations
	@exec $(BIN)/python -m scripts.test check

test-fast: install-test  ## Run the quick tests on SQLite; ARGS go to pytest: make test-fast ARGS='-k sending'
	@exec $(BIN)/python -m pytest --ignore tests/browser -m 'not slow' -n 2 $(ARGS)

fmt: install-test  ## Format the code and mend what the linter can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

messages: install-test  ## Collect the strings to translate into locale/, then compile them
	@$(BIN)/python -m scripts.messages update && $(BIN)/python -m scripts.messages compile

bench: install-test  ## Measure the pages at scale, on a private PostgreSQL; ARGS go to bench.pages
	@exec $(BIN)/python -m scripts.services --durable $(BIN)/python -m bench.pages $(ARGS)

install: install-test  ## Install everything that running and testing need, and start nothing

install-%:
	@$(PYTHON) -m scripts.install $*

requirements: install-test  ## Compile requirements*.in into requirements*.txt (ARGS=--upgrade for newer versions)
	@$(BIN)/python -m scripts.requirements $(ARGS)

clean:  ## Remove what was installed and generated; var/ with its data stays
	rm -rf .venv .venv-* node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis var/static
