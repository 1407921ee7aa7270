# Two commands do everything on a machine that has Python (3.11 or newer) and make:
#   make demo    a brain learns to read handwritten digits
#   make test    the whole suite, linters and type checks

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint fuzz limits building lesions bench gallery clean

demo: .venv/installed
	$(BIN)/neurosim run digits

test: .venv/installed-for-tests lint
	$(BIN)/python tests/compile_kernels.py
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadgroup --durations 15 --cov --cov-report=term:skip-covered

lint: .venv/installed-for-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The property tests again, with new random examples and many more of them: minutes, not seconds.
fuzz: .venv/installed-for-tests
	$(BIN)/python -m pytest tests --hypothesis-profile=fuzz

# How long the first steps take and what memory they need, beside the limits set for them: on a quiet machine.
limits: .venv/installed
	$(BIN)/python benchmarks/limits.py

# How long networks of up to a hundred million synapses take to build, and with how much memory: some minutes.
building: .venv/installed
	$(BIN)/python benchmarks/building.py

# What a lesion atlas costs beside an answer for each lesion: some minutes, on a quiet machine.
lesions: .venv/installed
	$(BIN)/python -m benchmarks.lesions

# neurosim beside what others use, and beside what the machine can do: an hour, on a quiet machine with 24 GB.
bench: .venv/installed-for-bench
	$(BIN)/python -m benchmarks.run

# The gallery, plots/: one picture of every scenario and the page that shows them, made afresh.
gallery: .venv/installed
	$(BIN)/python plots/make.py

clean:
	rm -rf .venv build dist *.egg-info neurosim-out .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "neurosim needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python setup.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-for-bench: .venv/bin/python setup.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[bench]"
	@touch $@ .venv/installed

.venv/installed-for-tests: .venv/bin/python setup.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@ .venv/installed
