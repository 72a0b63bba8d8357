# What a visitor and a developer do, one word each. All of it runs from .venv, which is made on first use.
# Plain make: it must work with GNU make 3.81 and with BSD make.

PYTHON = .venv/bin/python
MINUTES = 30
ARGS =
LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header pyproject.toml

.PHONY: help demo test attacks check format bench soak lock clean \
	check-format check-lint check-types check-contracts check-dead-code check-links

help:
	@echo "make demo             the whole story on this machine, in a page that looks like Slack"
	@echo "make test             every test"
	@echo "make attacks          take each defence out in turn, and see its test fail"
	@echo "make check            format, lint, types, contracts, dead code, links (-k: go on after a fault)"
	@echo "make format           write the code as the formatter wants it"
	@echo "make bench            measure, print a table, write bench/results.json"
	@echo "make soak             kill things and let Slack fail at random, for MINUTES=30"
	@echo "make lock             write deploy/lock/ anew (needs uv)"
	@echo "make clean            remove what these commands made"

demo: .venv/installed-demo
	@$(PYTHON) -m deploy.demo $(ARGS)

test: .venv/installed-dev
	$(PYTHON) -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

attacks: .venv/installed-dev
	$(PYTHON) -m tests.attacks $(ARGS)

check: check-format check-lint check-types check-contracts check-dead-code check-links

check-format: .venv/installed-dev
	$(PYTHON) -m ruff format --check .

check-lint: .venv/installed-dev
	$(PYTHON) -m ruff check .

check-types: .venv/installed-dev
	$(PYTHON) -m mypy

check-contracts: .venv/installed-dev
	.venv/bin/lint-imports --no-logo

check-dead-code: .venv/installed-dev
	$(PYTHON) -m vulture

check-links: .venv/installed-dev
	$(PYTHON) -m tests.check.links

format: .venv/installed-dev
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

bench: .venv/installed-dev
	$(PYTHON) -m tests.bench $(ARGS)

soak: .venv/installed-dev
	$(PYTHON) -m tests.chaos --minutes $(MINUTES) $(ARGS)

lock:
	$(LOCK) --extra custodian --extra demo --group build --group dev --output-file deploy/lock/dev.txt
	$(LOCK) --extra custodian --extra demo --group build --constraint deploy/lock/dev.txt --output-file deploy/lock/demo.txt
	$(LOCK) --extra custodian --constraint deploy/lock/dev.txt --output-file deploy/lock/run.txt

clean:
	rm -rf .venv .demo dist .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

.venv/installed-demo: deploy/lock/demo.txt deploy/setup.sh
	@sh deploy/setup.sh demo

.venv/installed-dev: deploy/lock/dev.txt deploy/setup.sh
	@sh deploy/setup.sh dev
