# Set-up and daily commands. Each target makes its own environment in .venv first; nothing else is needed but
# Python 3.11 or newer. `make PYTHON=python3.13 test` names another interpreter; ARGS go to the command behind
# a target: `make demo ARGS="--seed 7"`, `make test ARGS="tests/drivers -x"`.
PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
READY := .venv/.installed
# Three workers more than processors, as tests wait for other processes about half of their time; at most eight. A file
# of tests is one worker's, so that what its tests share is made once; in the order of the files, where the long ones
# stand first. The campaigns' cells are dealt out one by one, and may take long.
WORKERS := $(shell n=$$(nproc 2>/dev/null || echo 2); n=$$((n + 3)); [ $$n -gt 8 ] && n=8; echo $$n)
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)
BY_FILE := --dist loadfile --no-loadscope-reorder
BY_CELL := --dist worksteal -o faulthandler_timeout=1800
STRANGERS := build dist firmware_bridge.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.DEFAULT_GOAL := help
.PHONY: help demo test cuts soak bench check format clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

demo: $(READY)  ## a trading day on simulated devices; ends with what was lost and doubled: nothing
	@$(BIN)/firmware-bridge demo $(ARGS)

test: $(READY)  ## all tests but the long campaign
	@$(PYTEST) $(BY_FILE) $(ARGS)

cuts: $(READY)  ## the long campaign: the power cut at every step of every kind of document
	@$(PYTEST) $(BY_CELL) -m campaign -s $(ARGS)

soak: $(READY)  ## the rules against a model of the money, for long: STEPS=1000000 steps; SEED and TILL replay
	@$(BIN)/python -m tests.support.soak

bench: $(READY)  ## what is measured: a fiscal number, and 2000 sales handed over after 36 hours without the register
	@$(BIN)/python -m tests.bench.checkbox
	@$(BIN)/python -m tests.bench.offline

check: $(READY)  ## style, layout, types and imports; all four are run, whichever fails
	@failed=; \
	run() { name=$$1; shift; echo "== $$name"; "$$@" || failed="$$failed, $$name"; }; \
	run "ruff check" $(BIN)/python -m ruff check .; \
	run "ruff format" $(BIN)/python -m ruff format --check .; \
	run mypy $(BIN)/python -m mypy; \
	run lint-imports $(BIN)/python -c "from importlinter.cli import lint_imports_command; lint_imports_command()" --no-logo; \
	[ -z "$$failed" ] || { echo "make check: failed: $${failed#, }" >&2; exit 1; }; \
	echo "make check: all passed"

format: $(READY)  ## lay the code out and sort the imports
	@$(BIN)/python -m ruff check --select I --fix .
	@$(BIN)/python -m ruff format .

clean:  ## remove the environment and everything made
	rm -rf .venv $(STRANGERS)
	find firmware_bridge drivers statemachines tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Whoever watches a terminal sees pip's own progress, a log does not fill with it.
# PIP_CONSTRAINT also reaches the build of our own package in older versions of pip, PIP_BUILD_CONSTRAINT in newer.
$(READY): pyproject.toml .constraints.txt
	@refuse() { echo "make: $$1" >&2; exit 1; }; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  command -v $(PYTHON) >/dev/null || \
	    refuse "there is no $(PYTHON) here: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"; \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    refuse "$(PYTHON) is $$($(PYTHON) -V 2>&1), needed is 3.11 or newer: install it, or name one: make PYTHON=python3.13"; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    refuse "$(PYTHON) cannot make environments: install its venv module (Debian: apt install python3-venv)"; \
	  echo "make: making the environment .venv (once; up to a minute on a small machine)"; \
	  $(PYTHON) -m venv --clear .venv; }
	@echo "make: installing what this project needs into .venv (once)"
	@PIP_CONSTRAINT=$(CURDIR)/.constraints.txt PIP_BUILD_CONSTRAINT=$(CURDIR)/.constraints.txt \
	  $(BIN)/python -m pip install $$([ -t 1 ] || echo --quiet) --disable-pip-version-check --editable '.[dev]'
	@touch $@
