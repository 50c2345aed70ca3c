# Every target builds its own environment; nothing needs to be active, and nothing but Python 3.11+ to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DOCS := docs/cli.md docs/playbooks.md docs/formats.md
SCHEMA := docs/netcrm.schema.json
PRINT_SCHEMA := $(BIN)/python -c 'from netcrm.formats.archive.schema import json_schema; print(json_schema(), end="")'
PURE := --include='*/planning/*,*/matching/*,*/playbooks/*,*/domain/*' --omit='*/playbooks/library.py,*/domain/models.py'

.PHONY: demo test faults check bench docs format clean

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "netcrm needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)  ## a made-up season: import, decline, what is due, vCards
	@$(BIN)/netcrm demo

test: $(STAMP)  ## every test, with coverage: 95% overall, 100% of the pure core
	$(BIN)/python -m pytest -n 2 --cov --cov-report= tests README.md docs
	@$(BIN)/coverage report
	@$(BIN)/coverage report $(PURE) --fail-under=100

faults: $(STAMP)  ## kill -9, full disks, power cuts and crowds, the long way; the figures go into docs/reliability.md
	NETCRM_FAULTS=long NETCRM_FAULTS_PAGE=docs/reliability.md $(BIN)/python -m pytest tests/faults

check: $(STAMP)  ## format, lint, types, import contracts, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check $(DOCS)
	@$(PRINT_SCHEMA) | cmp -s - $(SCHEMA) || { echo "$(SCHEMA) is out of date; write it with: make docs"; exit 1; }

docs: $(STAMP)  ## write the generated parts of the documents anew
	$(BIN)/cog -r $(DOCS)
	$(PRINT_SCHEMA) > $(SCHEMA)

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## the figures, as ratios within this run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
