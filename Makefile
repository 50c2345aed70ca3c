# Every target builds its own environment; nothing needs to be active, and nothing but Python 3.11+ to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DOCS := docs/cli.md docs/playbooks.md docs/formats.md
SCHEMA := docs/netcrm.schema.json
PRINT_SCHEMA := $(BIN)/python -c 'from netcrm.formats.archive.schema import json_schema; print(json_schema(), end="")'
PURE := --include='*/planning/*,*/matching/*,*/playbooks/*,*/domain/*' --omit='*/playbooks/library.py,*/domain/models.py'

PYTEST := $(BIN)/python -m pytest -n 2 tests README.md docs
DAILY := not (server or faults or fuzz or programs) or short
COVER := $(if $(MEASURE),--cov --cov-report=)

.PHONY: demo test test-rest test-all coverage faults check bench docs format clean

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "netcrm needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)  ## a made-up season: import, decline, what is due, vCards
	@$(BIN)/netcrm demo

test: $(STAMP)  ## the daily run, under three minutes on two cores: all unmarked tests, and a short form of the others
	$(PYTEST) $(COVER) -m '$(DAILY)'

test-rest: $(STAMP)  ## what `make test` leaves out: PostgreSQL, faults, hostile input, other people's programs
	$(PYTEST) $(COVER) $(if $(MEASURE),--cov-append) -m 'not ($(DAILY))'

test-all:  ## every test, then its coverage
	$(MAKE) test MEASURE=yes
	$(MAKE) test-rest MEASURE=yes
	$(MAKE) coverage

coverage: $(STAMP)  ## of the last measured run: 95% overall, 100% of the pure core
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
