# Paths are relative on purpose: the checkout may lie in a folder with spaces in its name.
# Arguments for the tool behind a target go in ARGS: make quick ARGS="tests/protocol -x"

PY := .venv/bin/python
WEFT := .venv/bin/weft

# Compiled modules are kept whatever the machine's habit: without them each command compiles all of
# Weft anew, which is a third of its time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run demo test quick check fmt format-check lint types contracts bench fuzz constraints clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## set up .venv (repeatable; quick when nothing changed)
	@scripts/setup

# make run PORT=8001
ifdef PORT
run: export WEFT_BIND_PORT := $(PORT)
endif
run: setup ## start Weft on SQLite at http://localhost:8000
	@$(WEFT) db migrate
	@exec $(WEFT) serve $(ARGS)

demo: setup ## start three servers with life on them, following each other
	@$(PY) -m weft.admin.demo $(ARGS)

test: check ## everything that CI runs
	$(PY) -m pytest -n logical --maxprocesses 8 --dist worksteal --durations 10 $(ARGS)

quick: setup ## the inner loop: the tests that take no long time
	@$(PY) -m pytest -n logical --maxprocesses 8 -m "not slow" $(ARGS)

check: format-check lint types contracts ## format, lint, types, import contracts

format-check: setup
	$(PY) -m ruff format --no-cache --check .

lint: setup
	$(PY) -m ruff check --no-cache .

types: setup
	$(PY) -m mypy

contracts: setup
	.venv/bin/lint-imports --no-logo

fmt: setup ## format the code and mend what the linter can mend
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

bench: setup ## measure, and write docs/benchmarks.md
	@$(PY) -m benchmarks $(ARGS)

# make fuzz SECONDS=60 ARGS="reader sanitiser"
SECONDS := 600
fuzz: setup ## look for inputs that break the readers, ten minutes for each (fuzz/README.md)
	@$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	@$(PY) -m fuzz --seconds $(SECONDS) $(ARGS)

constraints: ## renew constraints.txt with the newest versions that pyproject.toml allows
	@scripts/constraints

clean: ## remove what the tools made (not your data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
