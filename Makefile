# make book   environment, data, notebooks and the published book (book/_build/html/index.html)
# make test   every check
# make lab    JupyterLab on the notebooks
# make bad-input      what the readers make of bad input, recorded anew
# make test-browser   the built book and JupyterLab in a headless Chromium
# make pdf            the built book as one PDF (book/_build/galutils-book.pdf), by Chromium too

PYTHON ?= python3
PROFILE ?= quick
SOURCE ?= auto
JOBS ?= 2

BIN := .venv/bin
READY := .venv/.ready

.PHONY: book test lab test-browser pdf bad-input

book: $(READY)
	$(BIN)/galutils run --profile $(PROFILE) --source $(SOURCE) --jobs $(JOBS)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n 2 --dist loadfile

lab: $(READY)
	$(BIN)/jupyter lab notebooks

test-browser: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -o truncation_limit_lines=60 -o truncation_limit_chars=6000 tests/browser

bad-input: $(READY)
	$(BIN)/python -m tests.bad_input

pdf: $(READY)
	$(BIN)/python -m galutils.pdf

# The stamp comes last, so an interrupted installation is taken up again.
$(READY): requirements.lock pyproject.toml
	rm -f $@
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==0.13.8
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@
