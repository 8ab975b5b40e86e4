# `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.txt
PIP := $(BIN)/python -m pip --disable-pip-version-check
JOBS ?= 2

.PHONY: help install demo test check fix docs picture bench capabilities proof lock clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

install: $(VENV)/.installed  ## everything into .venv; the command is .venv/bin/regulars

$(VENV)/.installed: $(LOCK) pyproject.toml scripts/make-venv
	@scripts/make-venv $(PYTHON) $(VENV)
	@echo "installing the locked packages into $(VENV) (a minute or two the first time)"
	@$(PIP) install --quiet --require-hashes --requirement $(LOCK)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: install  ## a year of a grocer, from files to a report, in regulars-demo/
	@$(BIN)/regulars demo regulars-demo

test: install  ## every test, with what it needs from the system (a browser, PostgreSQL)
	@scripts/system-packages
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --capabilities

check: install  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: install  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install  ## write the pages made from the code again
	$(BIN)/python scripts/write_docs.py

picture: install  ## the README's picture, from the demo's report
	$(BIN)/python scripts/picture.py

bench: install  ## speed and memory against hand-written SQL and others
	$(BIN)/python -m bench

capabilities: install  ## which of the 160 capabilities are proven by tests
	@$(BIN)/python scripts/capabilities.py

proof: install  ## the long versions of the reliability tests
	@$(BIN)/python scripts/proof.py $(if $(TIMES),--times $(TIMES))

lock: install  ## resolve the dependencies anew
	@$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --all-extras --group dev pyproject.toml --output-file $(LOCK) $(UPGRADE)

clean:  ## what the other targets made
	rm -rf $(VENV) regulars-demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
