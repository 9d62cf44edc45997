# make book   environment, data, notebooks and the published book (book/_build/html/index.html)
# make test   every check
# make lab    JupyterLab on the notebooks

PYTHON ?= python3
PROFILE ?= quick
SOURCE ?= auto
JOBS ?= 2

BIN := .venv/bin
READY := .venv/.ready

.PHONY: book test lab

book: $(READY)
	$(BIN)/galutils run --profile $(PROFILE) --source $(SOURCE) --jobs $(JOBS)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n 2 --dist loadfile

lab: $(READY)
	$(BIN)/jupyter lab notebooks

# The stamp comes last, so an interrupted installation is taken up again.
$(READY): requirements.lock pyproject.toml
	rm -f $@
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==0.13.8
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@
