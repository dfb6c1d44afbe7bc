# Targets with a double hash are listed by `make help`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PYTHONPATH := include:plugins
export AIRFLOW__CORE__LOAD_EXAMPLES := False

.DEFAULT_GOAL := help
.PHONY: help install demo demo-board test test-domain check lint types e2e bench lock clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## Install everything into .venv

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) include/cpsa_demo/python_check.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Run eight quarters of the sample programme through Airflow and send three half-years
	@$(BIN)/python -m cpsa_demo

demo-board: $(STAMP) ## Open Airflow on what the demo left, until Ctrl-C
	@$(BIN)/python -m cpsa_demo --board

test: $(STAMP) ## The tests; says what it leaves out where a service is not there
	$(BIN)/python -m pytest -n auto -rs

test-domain: ## The domain's tests in an environment without Airflow
	@$(PYTHON) include/cpsa_demo/python_check.py
	$(PYTHON) -m venv .venv-domain
	.venv-domain/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-domain.txt
	! .venv-domain/bin/python -c 'import airflow' 2>/dev/null
	.venv-domain/bin/python -m pytest -n auto -rs tests/unit tests/sql tests/house tests/agreement

lint: $(STAMP) ## Ruff: faults, outdated Airflow idioms, format; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## Mypy on the domain package
	$(BIN)/mypy

check: lint types test ## What CI runs first: lint, types, tests

e2e: $(STAMP) ## The demo from end to end, with backfill and replay, on a real Airflow
	$(BIN)/python -m pytest -m e2e tests/e2e -rs

bench: $(STAMP) ## Benchmarks beside their references, in one run
	$(BIN)/python -m bench

lock: ## Lock requirements anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --all-extras -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --extra demo --extra test --extra build -c requirements.txt \
		-o requirements-domain.txt

clean: ## Remove what was made here: environments, the demo's files, caches
	rm -rf .venv .venv-domain var build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
