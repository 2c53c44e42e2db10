# `make demo` and `make test` need git, make and Python 3.11 or newer; everything else is downloaded.
PYTHON ?= python3
UV_VERSION := 0.13.9
# The installed uv, otherwise one that pip downloads once.
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
# Behind a proxy that intercepts TLS, only the system's certificates are valid.
export UV_SYSTEM_CERTS ?= true
# Container images often set this, and then each of about a hundred processes compiles everything it imports again.
unexport PYTHONDONTWRITEBYTECODE
RUN := .venv/bin/
# Many tests wait for a clock or another process, so two workers per core keep the cores busy.
WORKERS = $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
STAMP := .venv/.ready

.PHONY: help setup demo demo-web try test test-fast lint fmt types imports audit docs docs-site docs-serve lock bench bench-short chaos clean hooks
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.tools/bin/uv:
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "$(PYTHON) has no pip: install it (Debian and Ubuntu: apt install python3-pip), or uv" >&2; exit 1; }
	PIP_ROOT_USER_ACTION=ignore $(PYTHON) -m pip install --quiet --disable-pip-version-check --target .tools uv==$(UV_VERSION)

$(STAMP): requirements/dev.txt pyproject.toml | $(filter .tools/bin/uv,$(UV))
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; say which with: make PYTHON=/path/to/python3.12 ...")'
	$(UV) venv --quiet --clear --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python .venv --no-deps --editable .
	@touch $@

setup: $(STAMP) ## Create .venv with all locked dependencies

demo: $(STAMP) ## Watch a hotfix fixed and shipped, on a simulated GitHub
	@$(RUN)python -m tests.demo

demo-web: $(STAMP) ## Run the demo and serve its pages in a browser until Ctrl-C
	@$(RUN)python -m tests.demo --web

try: $(STAMP) ## Register the App on a simulated GitHub, and see a verdict
	@$(RUN)python -m tests.demo --try

test: $(STAMP) ## Run every test
	$(RUN)pytest -n $(WORKERS) --dist loadgroup

test-fast: $(STAMP) ## Run the tests of the pure packages and rules
	$(RUN)pytest -n auto tests/unit tests/house

lint: $(STAMP) ## Check style, format, language and commit messages
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)python -m tests.house.language
	$(RUN)python -m tests.house.commits --since

hooks: $(STAMP) $(filter .tools/bin/uv,$(UV)) ## Check each commit as you make it (pre-commit)
	$(UV) tool run --quiet pre-commit@4.7.0 install --hook-type commit-msg --hook-type pre-commit

fmt: $(STAMP) ## Format the code
	$(RUN)ruff check --fix .
	$(RUN)ruff format .

types: $(STAMP) ## Check types (mypy --strict)
	$(RUN)mypy

imports: $(STAMP) ## Check the import contracts (import-linter)
	$(RUN)lint-imports

audit: $(STAMP) ## Check the workflows and the action (zizmor)
	$(RUN)zizmor --offline --quiet .

bench: $(STAMP) ## Measure the service's figures, as a table and JSON
	$(RUN)python -m bench

bench-short: $(STAMP) ## Measure only counts: calls, round trips, losses
	$(RUN)python -m bench --short

chaos: $(STAMP) ## Run the whole fault campaign against the service
	$(RUN)python -m tests.chaos

docs: $(STAMP) ## Regenerate the policy reference and schema from the code
	$(RUN)python -m hotfix.policy.reference > docs/policy.md
	$(RUN)hotfix policy schema > hotfix/policy/hotfix-policy.schema.json

docs-site: $(STAMP) ## Build the documentation site into build/site
	NO_MKDOCS_2_WARNING=1 $(RUN)python -m mkdocs build --strict

docs-serve: $(STAMP) ## Serve the documentation site on 127.0.0.1:8001
	NO_MKDOCS_2_WARNING=1 $(RUN)python -m mkdocs serve --dev-addr 127.0.0.1:8001

lock: $(STAMP) ## Update the lock files after a change of pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o action/requirements.txt
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --extra service pyproject.toml -o requirements/service.txt
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --extra service --group dev pyproject.toml -o requirements/dev.txt
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --group release -o requirements/release.txt

clean: ## Remove everything that the other targets created
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist bench/results chaos-logs *.egg-info
	find . -type d -name __pycache__ -prune -exec rm -rf {} +
