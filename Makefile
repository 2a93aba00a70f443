# Two commands are enough: `make demo` and `make test`. Each makes the virtual environment first, from the pinned lock.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# One stamp per lock and interpreter: the second command finds everything installed and starts at once.
STAMP  := $(VENV)/.installed
SHELL  := /bin/bash
.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: help venv demo test rl check serve bench clean lock

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

venv: $(STAMP) ## make .venv from requirements.lock (hash-checked), with uv for speed

$(STAMP): requirements.lock requirements-uv.lock pyproject.toml
	@[ -w . ] || { echo "caudal: no permission to write into $$(pwd); clone into a directory of your own" >&2; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "caudal: $(PYTHON) not found; install Python 3.11 or newer, or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "caudal: $$($(PYTHON) --version) is too old; Python 3.11 or newer is needed, say make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "caudal: Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "caudal: making $(VENV) (about a minute the first time) ..." >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: venv ## the main job, end to end: study, promotion, live weeks on the emulator (ONCE=1: then exit, summary as JSON)
	@$(BIN)/caudal demo $(if $(ONCE),--once --json)

test: check ## everything that CI runs (FAST=1: the inner loop, without slow tests, doctests and notebooks)
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal $(if $(FAST),-m "not slow")
	@$(if $(FAST),,$(BIN)/python -m pytest -q --doctest-modules --ignore-glob="*/migrations/*" agents simulator service experiments)
	@$(if $(FAST),,SMOKE=1 $(BIN)/python -m pytest -q --nbmake notebooks)

rl: venv ## reinforcement learning: installs stable-baselines3 (with PyTorch, about 3 GB on Linux), runs its checks and the PPO notebook
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-rl.lock
	@$(BIN)/python -m pytest -q tests/simulator/environments/test_stable_baselines3.py
	@SMOKE=1 $(BIN)/python -m pytest -q --nbmake notebooks/03_ppo.ipynb

check: venv ## format, lint, types, import directions, spelling
	@$(BIN)/ruff format --check --quiet . || { echo "caudal: run .venv/bin/ruff format ." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@report=$$(mktemp); $(BIN)/lint-imports --no-cache >"$$report" 2>&1 || { cat "$$report"; rm -f "$$report"; exit 1; }; rm -f "$$report"
	@$(BIN)/codespell $$(git ls-files '*.py' '*.md' '*.toml' ':!tests')  # tests misspell on purpose, to see the hints

serve: venv ## the service alone: API, dashboard, scheduler (dummy mode unless the environment says otherwise)
	@$(BIN)/caudal serve

bench: venv ## benchmark figures, as ratios from one run
	@$(BIN)/caudal bench

lock: venv ## resolve the lock anew (hashes, no index addresses, for Python 3.11 to 3.13)
	@$(BIN)/uv pip compile pyproject.toml --extra dev --extra postgres --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra dev --extra postgres --extra rl --universal --python-version 3.11 --generate-hashes \
		--constraint requirements.lock --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-rl.lock
	@echo 'uv>=0.9' | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-uv.lock
	@for part in emulator build; do $(BIN)/uv pip compile docker/$$part.in --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file docker/$$part.lock; done

clean: ## remove the environment and all local data
	@rm -rf $(VENV) .caudal .mypy_cache .ruff_cache .pytest_cache .hypothesis

.DEFAULT:
	@echo "caudal: there is no target '$@'; make help lists them" >&2; exit 2
