# paper_pipeline: `make run` and `make test` need Python 3.11 or newer, make and git, nothing else.

# With this set Python writes no byte-code, and Great Expectations takes 12 s to import, not 4.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= logical
UV_VERSION := 0.13.8
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(VENV) UV_CONSTRAINT=constraints.txt $(BIN)/uv pip install --quiet --compile-bytecode

.PHONY: run test faults ui check format bench clean help

## run: materialise everything over data/inbox (or data/sample while it is empty); INBOX=dir for another folder
run: $(VENV)/.core
	$(BIN)/paper-pipeline run $(if $(INBOX),--inbox "$(INBOX)")

## ui: the Dagster UI and its daemon on http://127.0.0.1:3000; PORT=n for another port
ui: $(VENV)/.core
	$(BIN)/paper-pipeline ui $(if $(PORT),--port $(PORT)) $(if $(INBOX),--inbox "$(INBOX)")

## test: all tests, a process a core (4 at most; WORKERS=n for others); ARGS='-n0 -k name' for pytest
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal $(ARGS)

## faults: kill runs, damage files, fill disks, and see the corpus come out right; about half an hour
faults: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 paper_pipeline_tests/faults $(ARGS)

## check: lint, format, import rules, types, Dagster definitions
check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/dagster definitions validate -w workspace.yaml

## format: put the code into its one format
format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## bench: measure speed and memory, as ratios; prints a table
bench: $(VENV)/.dev
	$(BIN)/python -m paper_pipeline_tests.bench

## clean: forget the lake, the releases and Dagster's history (not the inbox)
clean:
	rm -rf data/lake data/releases data/dagster_home

## help: this list
help:
	@sed -n 's/^## /  make /p' Makefile

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.core: $(BIN)/uv pyproject.toml constraints.txt
	$(UV) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(UV) -e '.[dev]'
	@touch $@
