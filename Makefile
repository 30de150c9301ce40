# What people and machines type here. Debian's python3, python3-venv and make are enough; the rest comes into .venv,
# locked with hashes, from wherever your pip is set up to fetch. Once installed, everything but `wheel` and `lock`
# works offline, and at once.
#
#   make test ARGS="-k feeds -x"       further words for the program behind a target
#   make run PYTHON=python3.13         another Python, 3.11 or newer

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) * 2)')

PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check --quiet
TAG    := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
MADE   := $(VENV)/made-$(TAG).stamp
RUN    := $(VENV)/run-$(TAG).stamp
DEV    := $(VENV)/dev-$(TAG).stamp
BENCH  := $(VENV)/bench-$(TAG).stamp
UV     ?= build/uv/bin/uv
LOCK    = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
          --no-emit-find-links --no-annotate --no-header $(ARGS) pyproject.toml

BARE    = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
          --no-emit-find-links --no-annotate --no-header

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-faults lint types cover wheel bench pictures lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: $(RUN) ## install what it needs to run, and show the main job on the shipped sample days
	@$(VENV)/bin/digest demo $(ARGS)

test: $(DEV) ## all tests, in random order, two for each core, since many wait for servers
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-faults: $(DEV) ## the whole sweeps: death at every statement and system call; some minutes
	$(PY) -m pytest -m faults $(ARGS)

lint: $(DEV) ## ruff: rules and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(DEV) ## mypy, strict
	$(PY) -m mypy

cover: $(DEV) ## all tests, and what they do not reach: below 95 % of the branches is a failure
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest -n $(WORKERS) --dist worksteal -q $(ARGS)
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

wheel: $(DEV) ## build sdist and wheel, and try the wheel in an environment and a folder of its own
	rm -rf dist
	$(PY) -m hatchling build -d dist
	set -eu; away=$$(mktemp -d); trap 'rm -rf "$$away"' EXIT; bin="$$away/venv/bin"; \
	$(PYTHON) -m venv "$$away/venv"; \
	"$$bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements.txt; \
	"$$bin/python" -m pip --disable-pip-version-check --quiet install --no-deps --no-index dist/*.whl; \
	"$$bin/python" -m pip --disable-pip-version-check check; \
	mkdir "$$away/empty"; cd "$$away/empty"; "$$bin/digest" --version; "$$bin/digest" demo

bench: $(BENCH) ## speed and memory, as ratios within one run
	$(PY) -m bench $(ARGS)

pictures: $(DEV) ## take the README's pictures anew; needs Debian's chromium
	$(PY) docs/pictures/make.py

lock: $(UV) ## write the locks again from pyproject.toml; newest versions: make lock ARGS=--upgrade
	$(LOCK) --group dev -o requirements-dev.txt
	$(LOCK) -c requirements-dev.txt -o requirements.txt
	$(BARE) --group build -c requirements-dev.txt -o requirements-build.txt
	$(BARE) --group bench -c requirements-dev.txt -o requirements-bench.txt

clean: ## remove all that was made here, the environment too
	rm -rf $(VENV) build dist demo .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis bench/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what the targets stand on: stamps, so that nothing is installed twice ---

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Paperround needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment: on Debian, apt install python3-venv" >&2; exit 1; }
	@touch $@

$(RUN): $(MADE) requirements.txt requirements-build.txt pyproject.toml
	@echo "installing the run-time packages into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.txt -r requirements-build.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUN) requirements-dev.txt
	@echo "installing the tools into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(BENCH): $(DEV) requirements-bench.txt
	@echo "installing what the benchmark compares with into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-bench.txt
	@touch $@

build/uv/bin/uv:
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip --disable-pip-version-check --quiet install uv
