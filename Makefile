# Everything here is one call of tests/stack, which needs nothing but Python 3.11.
PYTHON ?= python3
STACK := $(PYTHON) -m tests.stack

.PHONY: help demo stop test fuzz torture bench lint

help:
	@echo "make demo   start SPAR, Odoo and PostgreSQL, and show the addon at work (leaves them running)"
	@echo "make stop   stop them; data stay in .stack"
	@echo "make test   run every test suite (SUITES=unit,odoo,glue,e2e,browser selects)"
	@echo "make fuzz   damage recorded answers 120,000 times and judge what is read of them"
	@echo "make torture  thousands of submissions while everything is killed, cut, delayed (TORTURE=\"--seed 7\")"
	@echo "make lint   run the checks of the pre-commit hooks"
	@echo "make bench  measure speed and cost beside a bare client and a plain Odoo (BENCH=latency SCALE=0.5)"

demo:
	@$(STACK) demo

stop:
	@$(STACK) down

test:
	@$(STACK) test

fuzz:
	@$(STACK) run env PYTHONPATH=g2p_spar_sync python -m tests.fuzz $(FUZZ)

torture:
	@$(STACK) run python -m tests.torture $(TORTURE)

bench:
	@$(STACK) bench

lint:
	@$(STACK) lint
