# make book   environment, data, notebooks and the published book (book/_build/html/index.html)
# make test   every check; ends with the coverage and the number of tests
# make lab    JupyterLab on the notebooks
# make test-faults    kills commands at random moments and runs them again; about 25 minutes
# make bad-input      what the readers make of bad input, recorded anew
# make test-browser   the built book and JupyterLab in a headless Chromium
# make weights        trains the networks in data/weights anew, hours; with --dry-run lists them
# make bench          results/benchmarks.json: what is how much faster than what, on this machine
# make pdf            the built book as one PDF (book/_build/galutils-book.pdf), by Chromium too

PYTHON ?= python3
PROFILE ?= quick
SOURCE ?= auto
JOBS ?= 2

BIN := .venv/bin
READY := .venv/.ready

.PHONY: book weights test lab test-faults bad-input test-browser bench pdf

book: $(READY)
	$(BIN)/galutils run --profile $(PROFILE) --source $(SOURCE) --jobs $(JOBS)

# the plus runs it under make --dry-run too, which it is told of
weights: $(READY)
	+$(BIN)/python -m book.tools.weights $(if $(findstring n,$(firstword -$(MAKEFLAGS))),--dry-run)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov=galutils --cov-report= --cov-fail-under=90

test-faults: $(READY)
	$(BIN)/python -m pytest -n 2 --dist load -o faulthandler_timeout=0 tests/faults

lab: $(READY)
	$(BIN)/jupyter lab notebooks

test-browser: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -o faulthandler_timeout=0 -o truncation_limit_lines=60 -o truncation_limit_chars=6000 tests/browser

bench: $(READY)
	$(BIN)/python -m pytest benchmarks -o faulthandler_timeout=0 --benchmark-columns=median,iqr,rounds

bad-input: $(READY)
	$(BIN)/python -m tests.bad_input

pdf: $(READY)
	$(BIN)/python -m book.tools.print_pdf

# The stamp comes last, so an interrupted installation is taken up again.
$(READY): requirements.lock pyproject.toml
	rm -f $@
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==0.13.8
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q galutils book
	touch $@
