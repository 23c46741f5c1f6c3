# Two commands do everything on a fresh machine with Python 3.11 or newer: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
SOURCES := src tests benchmarks examples

.PHONY: install demo test test-quick check chaos coverage bench clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# What the demo needs and nothing more.
$(VENV)/demo-installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what the demo needs into $(VENV) ..."
	$(PIP) install -c constraints.txt -e ".[phenotype]"
	@touch $@

# Everything: all extras, and what checks and tests need.
$(VENV)/all-installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing everything into $(VENV) ..."
	$(PIP) install -c constraints.txt -e ".[phenotype,anndata,dask,gp,mlflow,dev]"
	@touch $@ $(VENV)/demo-installed

install: $(VENV)/all-installed

demo: $(VENV)/demo-installed
	$(BIN)/sweepwright run phenotype --folder studies/demo

# On both cores first, a file per worker; then, alone, what waits, kills or measures CPU time. The last summary says both.
test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not serial"
	$(BIN)/python -m pytest -m serial

# Under a minute: what one runs between two thoughts.
test-quick: install
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not serial and not slow and not browser"

check: install
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/pyright
	$(BIN)/lint-imports

# A running study killed 200 times (about 10 minutes); make test does a short version.
chaos: install
	$(BIN)/python tests/running/chaos.py --kills 200

# Every number of choosing over thousands of simulated studies, beside its bound (about 25 minutes); make test does a short version.
coverage: install
	$(BIN)/python tests/choosing/calibration/calibrate.py --studies 400

bench: install
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/resume.py
	$(BIN)/python benchmarks/decision.py
	$(BIN)/python benchmarks/drivers.py
	$(BIN)/python benchmarks/adopt.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/phenotype_grid.py

clean:
	rm -rf $(VENV) studies build dist
