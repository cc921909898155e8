# `make run` and `make test` install what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Tests that neither measure time nor open sockets. They run on two cores; the others run alone,
# because a neighbour would delay them or take a port that they look at.
CALM := tests/protocols $(addprefix tests/bridge/,emotion face inference model offline recording rendering)
CALM += $(filter-out %/test_yaml_file.py,$(wildcard tests/bridge/config/test_*.py))

.PHONY: install run avatar check test docs bench dist clean

install: $(VENV)/.installed

run: install
	$(BIN)/affect-bridge run config.example.yaml

# Installs the two libraries that draw an avatar of your own on the page. Needs npm.
avatar:
	@command -v npm >/dev/null || { echo "make avatar needs npm, which comes with Node.js" >&2; exit 1; }
	npm ci --silent --ignore-scripts --prefix bridge/web/libraries

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

test: $(VENV)/.installed-test
	$(BIN)/pytest -n 2 --dist worksteal $(CALM)
	$(BIN)/pytest $(CALM:%=--ignore=%)

# Generates what comes from the code: the reference of the configuration and its JSON Schema, the
# tables in docs/receivers.md, the systemd units, the pictures of the page (they need Chromium).
docs: $(VENV)/.installed-test
	$(BIN)/python -m bridge.cli.generated
	$(BIN)/python tests/test_docs.py
	$(BIN)/python -m tests.inputs_page
	$(BIN)/python -m bridge.offline.living.page
	$(BIN)/python -m tests.page_pictures

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

# Builds the wheel, the source archive and the zip for people, and installs each into a fresh
# environment. They contain the libraries for avatars.
dist: $(VENV)/.installed-test avatar
	$(BIN)/python -m tests.release dist

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("affect-bridge needs Python 3.11 or newer; this is %d.%d" % v[:2])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	touch $@ $(VENV)/.installed
