# Renraku: everything a newcomer, a developer and continuous integration call. `make` alone explains itself.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PORT ?= 8000
# Not SECONDS: bash counts in a variable of that name, and would start from ours.
FUZZ_SECONDS ?= 300
PYTHON ?= python3
BIN := .venv/bin
TOOLS := deploy/tools
TRANSLATIONS := services/gateway/gateway/translations
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/*.po))
# Packages have an __init__.py; folders of tests have none, and their names repeat, which mypy refuses.
TYPED := $(patsubst %/__init__.py,%,$(wildcard libs/*/*/__init__.py services/*/*/__init__.py deploy/*/*/__init__.py bench/__init__.py))
# Side by side, a file of tests never divided: each part has servers of its own. In the order given here: the few that wait for
# minutes come first, and not at the end beside an idle part. Three on two cores, because many wait for a broker; the stories
# take the machine whole, two at a time, and a browser a process of its own: Playwright leaves its event loop running, in which
# nobody else can start one.
IN_ORDER := --dist loadfile --no-loadscope-reorder
SIDE_BY_SIDE := -n 2 $(IN_ORDER)
IN_THREES := -n 3 $(IN_ORDER)
# A selection by ARGS may leave one of the two runs without a test (pytest's exit 5).
NONE_IS_FINE = $(if $(ARGS),|| [ $$? -eq 5 ])
COMPILE := $(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

.PHONY: help run dev test test-fast lint docs answers css bench chaos lock fuzz clean python installed installed-dev catalogues

help: ## Show this list
	@echo "Renraku (連絡): an open, self-hosted school contact network"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
	@echo
	@echo "First time? make run, then open http://localhost:$(PORT)"

run: installed catalogues ## Start everything in one process (PORT=8000; FRESH=1 throws the data away and begins again)
	@exec $(BIN)/renraku up --port $(PORT) $(if $(filter 1,$(FRESH)),--fresh)

dev: installed-dev catalogues ## The same, restarting when a file changes
	@exec $(BIN)/renraku up --port $(PORT) $(if $(filter 1,$(FRESH)),--fresh) --reload

test: installed-dev catalogues ## Run every test, the slowest named at the end (ARGS="-k mail" passes on to pytest)
	@$(PYTHON) $(TOOLS)/binaries.py servers browser promtool faults relay
	@$(BIN)/python -m pytest $(IN_THREES) deploy libs services tests/code --durations=15 $(ARGS) $(NONE_IS_FINE)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/integration --durations=15 $(ARGS) $(NONE_IS_FINE)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/browser --durations=5 $(ARGS) $(NONE_IS_FINE)

test-fast: installed-dev catalogues ## Run the service and domain tests only: no broker, no browser, no processes
	@$(PYTHON) $(TOOLS)/binaries.py servers
	@$(BIN)/python -m pytest $(IN_THREES) libs services deploy -m "not processes and not browser and not rabbit" $(ARGS)

lint: installed-dev ## Check style, format, types and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(TYPED) deploy/tools conftest.py
	@$(BIN)/lint-imports

docs: installed-dev ## Write the generated part of docs/ again (docs/events.md)
	@$(BIN)/python -m common.schemas.document > docs/events.md

answers: installed-dev ## Write the types of what houses answer again after a schema changed (common/answers)
	@$(BIN)/python $(TOOLS)/answers.py

css: installed-dev ## Build the pages' Bootstrap again after a template used a new class of it (static/bootstrap.css)
	@$(BIN)/python $(TOOLS)/stylesheet.py

fuzz: installed-dev catalogues ## Repeat the property-based tests with new random seeds (FUZZ_SECONDS=300)
	@$(PYTHON) $(TOOLS)/binaries.py servers
	@$(TOOLS)/fuzz.sh $(FUZZ_SECONDS)

bench: installed-dev catalogues ## Measure what we claim, beside what one would use instead
	@$(PYTHON) $(TOOLS)/environment.py requirements-bench.lock
	@$(PYTHON) $(TOOLS)/binaries.py servers mail
	@PATH="$$PATH:/usr/sbin" $(BIN)/python -m bench $(ARGS)

chaos: installed-dev catalogues ## Kill roles at random while messages go out, then check every promise (CHAOS_KILLS=200, CHAOS_SEED)
	@$(PYTHON) $(TOOLS)/binaries.py servers
	@$(BIN)/python -m pytest -q tests/integration/chaos.py $(ARGS)

lock: installed-dev ## Pin the dependencies again after pyproject.toml changed (ARGS=--upgrade: newer ones)
	@$(COMPILE) $(ARGS) -o requirements.lock
	@$(COMPILE) $(ARGS) --extra dev -c requirements.lock -o requirements-dev.lock
	@$(COMPILE) $(ARGS) --extra bench -c requirements-dev.lock -o requirements-bench.lock

clean: ## Remove the virtual environment, the local data and every cache
	@rm -rf .venv .run .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -f $(TRANSLATIONS)/*/LC_MESSAGES/*.mo

python:
	@command -v $(PYTHON) >/dev/null || { echo "Renraku needs Python 3.11 or newer, and there is no $(PYTHON) here." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Renraku needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 ..." >&2; exit 1; }

installed: python
	@$(PYTHON) $(TOOLS)/environment.py requirements.lock

installed-dev: python
	@$(PYTHON) $(TOOLS)/environment.py requirements-dev.lock

catalogues: $(CATALOGUES)

%.mo: %.po
	@$(BIN)/pybabel -q compile -i $< -o $@
