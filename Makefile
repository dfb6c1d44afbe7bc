# Targets with a double hash are listed by `make help`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PYTHONPATH := include:plugins
export AIRFLOW__CORE__LOAD_EXAMPLES := False
# Compiled modules start several times as fast, and the tests start many processes.
unexport PYTHONDONTWRITEBYTECODE

QUIET := --quiet --disable-pip-version-check --no-input
# What is locked is installed with its hashes: by uv, which is many times as fast, else by pip.
define install-locked
	$(1)/bin/python -m pip install $(QUIET) --require-hashes -r requirements-installer.txt && \
	$(1)/bin/uv pip install --quiet --no-config --python $(1)/bin/python --compile-bytecode \
		--require-hashes -r $(2) || \
	$(1)/bin/python -m pip install $(QUIET) --require-hashes -r $(2)
endef

.DEFAULT_GOAL := help
.PHONY: help install demo demo-replies demo-board test test-slow test-nightly test-domain check lint types e2e \
	e2e-nightly nightly bench soak soak-delivery reference docs mutation baseline same lock clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## Install everything into .venv

$(STAMP): requirements.txt requirements-installer.txt pyproject.toml
	@$(PYTHON) include/cpsa_demo/python_check.py
	@echo "Installing into $(VENV); the first time this takes a few minutes."
	@$(PYTHON) -m venv $(VENV)
	@$(call install-locked,$(VENV),requirements.txt)
	@$(BIN)/python -m pip install $(QUIET) --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Run eight quarters of the sample programme through Airflow and send three half-years
	@$(BIN)/python -m cpsa_demo

demo-replies: $(STAMP) ## The same in a folder of its own; departments answer the first half-year, figures are corrected
	@CPSA_DEMO_HOME=$${CPSA_DEMO_HOME:-var/demo-replies} $(BIN)/python -m cpsa_demo --with-replies

demo-board: $(STAMP) ## Open board, portal and mails of the demo, until Ctrl-C
	@$(BIN)/python -m cpsa_demo --board

test: $(STAMP) ## The tests; lists what it leaves out if a service is missing
	$(BIN)/python -m pytest -n auto --dist worksteal -rs
	@echo "Left to make test-slow, make e2e and make nightly: what takes longer."

test-slow: $(STAMP) ## The tests that take longer and belong to every commit: whole programmes, LibreOffice
	$(BIN)/python -m pytest -n auto --dist worksteal -rs -m "slow and not e2e and not nightly"

test-nightly: $(STAMP) ## The slowest tests: killed workers, injected faults, hard programmes
	$(BIN)/python -m pytest -n auto --dist worksteal -rs -m "nightly and not e2e"

test-domain: ## Calendar, figures, rules, scores and their like, without Airflow
	@$(PYTHON) include/cpsa_demo/python_check.py
	$(PYTHON) -m venv .venv-domain
	@$(call install-locked,.venv-domain,requirements-domain.txt)
	! .venv-domain/bin/python -c 'import airflow' 2>/dev/null
	.venv-domain/bin/python -m pytest -n auto --dist worksteal -rs tests/unit tests/house \
		$(foreach part,cli delivery documents intake online_edition services template web,--ignore=tests/unit/$(part))

lint: $(STAMP) ## Ruff: faults, outdated Airflow idioms, format; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## Mypy on the package, the plugins and the DAGs
	$(BIN)/mypy

check: lint types test ## What CI runs first: lint, types, tests

e2e: $(STAMP) ## On a real Airflow: the demo, board and portal in a browser, an upgrade
	$(BIN)/python -m pytest -rs -m "e2e and not nightly"

e2e-nightly: $(STAMP) ## The slowest on a real Airflow: a quarter under a moved clock, killed workers, backfill
	$(BIN)/python -m pytest -rs -m "nightly and e2e"

nightly: ## Everything that is too slow for each commit: nightly tests, soaks, benchmarks
	.ci/nightly

AGENCIES ?= 7000
bench: $(STAMP) ## Benchmarks beside their references and the table of targets; hours for AGENCIES=7000
	$(BIN)/python -m bench --agencies $(AGENCIES)

soak: $(STAMP) ## Hostile files and mails, and collectors killed while they arrive; writes docs/soak.md
	$(BIN)/python -m tests.soak --write docs/soak.md

TRIALS ?= 300
soak-delivery: $(STAMP) ## Trials of the ledger with kills, stops and a faulty server; writes docs/delivery-soak.md
	$(BIN)/python -m tests.soak.delivery --trials $(TRIALS) --write docs/delivery-soak.md

SAMPLE ?= 60
mutation: $(STAMP) .venv-mutation/.installed ## Small changes to the code, each of which a test should notice
	$(BIN)/python -m tests.mutation --sample $(SAMPLE) --write docs/mutation.md

.venv-mutation/.installed: requirements-mutation.txt requirements-installer.txt
	@$(PYTHON) -m venv .venv-mutation
	@$(call install-locked,.venv-mutation,requirements-mutation.txt)
	@touch $@

reference: $(STAMP) ## Write the pages of docs/ that are made from the code; tests compare the two
	@$(BIN)/python -m docs.make_reference

docs: .venv-docs/.installed ## Build the site of the documentation into build/site; a link that leads nowhere is an error
	.venv-docs/bin/mkdocs build --strict --quiet

.venv-docs/.installed: requirements-docs.txt requirements-installer.txt
	@$(PYTHON) -m venv .venv-docs
	@$(call install-locked,.venv-docs,requirements-docs.txt)
	@touch $@

baseline: $(STAMP) ## Keep digests of all that is made of the sample, before names are changed
	@$(BIN)/python -W ignore -m tests.baseline write

same: $(STAMP) ## Make all of it again and list every difference
	@$(BIN)/python -W ignore -m tests.baseline compare

lock: COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	--no-header --python-version 3.11
lock: $(STAMP) ## Lock the requirements again from pyproject.toml
	$(COMPILE) pyproject.toml --all-extras -o requirements.txt
	$(COMPILE) pyproject.toml --extra demo --extra test --extra build -c requirements.txt \
		-o requirements-domain.txt
	$(COMPILE) --group docs -o requirements-docs.txt
	$(COMPILE) --group mutation -o requirements-mutation.txt
	echo uv | $(COMPILE) - -o requirements-installer.txt

clean: ## Remove what was made here: environments, the demo's files, caches
	rm -rf .venv .venv-docs .venv-domain .venv-mutation var build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
