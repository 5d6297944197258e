# Everything here is one call of tests/stack, which needs nothing but Python 3.11.
PYTHON ?= python3
STACK := $(PYTHON) -m tests.stack

.PHONY: help demo stop test bench lint

help:
	@echo "make demo   start SPAR, Odoo and PostgreSQL, and show the addon at work (leaves them running)"
	@echo "make stop   stop them; data stay in .stack"
	@echo "make test   run every test suite (SUITES=unit,odoo,glue,e2e,browser selects)"
	@echo "make lint   run the checks of the pre-commit hooks"
	@echo "make bench  measure"

demo:
	@$(STACK) demo

stop:
	@$(STACK) down

test:
	@$(STACK) test

bench:
	@$(STACK) bench

lint:
	@$(STACK) lint
