# Every target works from a fresh clone; `install` is stamped, so a second run starts at once.
PYTHON ?= python3
# Windows keeps a virtual environment's programs in Scripts, everything else in bin
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
# two workers: the embedded model and Chromium are what limits a small machine
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: help install install-dev lab test test-all notebooks recordings lint format bench lock clean

help:
	@echo "make lab         open the course in JupyterLab (ARGS=... goes to JupyterLab)"
	@echo "make test        run every test (make test-all adds the slow ones)"
	@echo "make lint        format check, lint, types, spelling"
	@echo "make notebooks   rebuild notebooks/*.ipynb from notebooks/source/*.py"
	@echo "make recordings  record what the embedded model has not yet answered"
	@echo "make bench       run the benchmarks"
	@echo "make lock        refresh the pinned versions"

install:
	@$(PYTHON) tools/bootstrap.py

install-dev:
	@$(PYTHON) tools/bootstrap.py --dev

lab: install
	@$(BIN)/evalfirst lab $(ARGS)

test: install-dev
	$(PYTEST) -m "not slow"

test-all: install-dev
	$(PYTEST)

notebooks: install-dev
	$(BIN)/evalfirst course build

recordings: install
	$(BIN)/evalfirst course record

lint: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/codespell

format: install-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: install-dev
	$(BIN)/python -m benchmarks

lock: install-dev
	$(BIN)/python tools/lock.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache
