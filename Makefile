# Every goal sets itself up: a fresh clone and Python 3.11 or newer are all it takes.
#   make demo | serve | test | check | docs | bench | scale | concurrency
#   make test STORES=postgresql,mysql    make test ARGS="tests/cli -k timeline"    make bench STORES=sqlite ROWS=record,page
#   make serve STORE=postgresql+psycopg://user:password@host/database    make serve STORE=mongodb://host/database PORT=8001
#   make serve SITE=django

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
BENCH := .venv-bench
WORKERS ?= 2
STORES ?=
STORE ?=
SITE ?= flask
PORT ?= 8000
ROWS ?=
ARGS ?=

.PHONY: help demo serve test check format docs bench scale concurrency clean
help:
	@sed -n '2,5s/^# *//p' Makefile

flask := flask --app examples/flask_app
flask_run = run --port $(PORT)
django := python examples/django_site/manage.py
django_run = runserver $(PORT)

demo: $(VENV)/.demo
	$(BIN)/python examples/demo.py

serve: $(VENV)/.serve
	$(if $($(SITE)),,$(error SITE is flask or django, not $(SITE)))
	STORE="$(STORE)" $(BIN)/$($(SITE)) seed
	STORE="$(STORE)" $(BIN)/$($(SITE)) $($(SITE)_run)

test: $(VENV)/.dev
	@$(BIN)/python tests/servers/mongodb_engine/install.py
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --stores "$(STORES)" $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(BENCH)/.bench
	@$(BENCH)/bin/python tests/servers/mongodb_engine/install.py
	PYTHONPATH=tests $(BENCH)/bin/python -m benchmarks --rows "$(ROWS)" --stores "$(STORES)" $(ARGS)

scale concurrency: $(VENV)/.dev
	@$(BIN)/python tests/servers/mongodb_engine/install.py
	PYTHONPATH=tests $(BIN)/python -m benchmarks.$@ $(if $(STORES),--stores "$(STORES)") $(ARGS)

clean:
	rm -rf $(VENV) $(BENCH) .servers build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A stamp says what is installed: it is made anew when a dependency or a pin changes.
%/.python: constraints.txt
	@python=$$(for each in python3.14 python3.13 python3.12 python3.11 python3; do \
	    "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$each"; break; }; done); \
	if [ -z "$$python" ]; then \
	    echo "activitylog needs Python 3.11 or newer: install one, so that python3 or python3.11 to python3.14 is found." >&2; \
	    exit 1; fi; \
	"$$python" -m venv $* || { \
	    echo "$$python cannot make virtual environments: install its venv package (Debian: apt-get install python3-venv)." >&2; \
	    exit 1; }
	$*/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --upgrade pip
	@touch $@

$(VENV)/.demo: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable ".[cli,files]"
	@touch $@

$(VENV)/.serve: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable ".[django,flask,mongodb,mysql,postgresql]" --group examples
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable ".[all]" --group dev
	@touch $@

$(VENV)/.docs: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable ".[all]" --group docs
	@touch $@

# The peers are apart: they must not decide which versions the tests see.
$(BENCH)/.bench: $(BENCH)/.python pyproject.toml constraints.txt
	$(BENCH)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt \
	    --editable ".[cli,django,mongodb,mysql,postgresql]" --group bench
	@touch $@
