# Every target sets up what is missing first: uv, the locked dependencies, the Temporal server.
.PHONY: run web audit test check setup bench chaos fuzz mutation screenshots token clean

# The uv on PATH, or else one from PyPI in .cache.
UV := $(shell command -v uv || echo .cache/uv/bin/uv)
PYTHON := $(UV) run --locked --no-sync python

run: .venv/.synced
	@$(PYTHON) -m dev.run

# The page at /, if Node.js is there; `make run` builds it too.
web: .venv/.synced
	@$(PYTHON) -m web.build

# Of the system that `make run` runs, with the same settings.
audit: .venv/.synced
	@$(PYTHON) -m dev.run audit

test: setup
	@$(PYTHON) -m pytest

check: .venv/.synced
	@scripts/check $(UV)

bench: setup
	@$(PYTHON) -m verification.bench

# Without arguments: 3,000 orders of a new seed under faults, then 2,000 payments and 10,000 races beside their model.
# SEED, ORDERS, DATABASE (sqlite, postgresql) and WORKER say what is played instead; with ORDERS, orders only.
chaos: setup
	@$(PYTHON) -m verification.chaos $(if $(SEED),--seed=$(SEED)) $(if $(ORDERS),--orders=$(ORDERS)) \
	  $(if $(DATABASE),--database=$(DATABASE)) $(if $(WORKER),--worker="$(WORKER)")
	@$(if $(ORDERS),,$(PYTHON) -m tests.verification.models $(if $(SEED),--seed=$(SEED)))

# 10,000 requests that nobody thought of, as two customers, the operator and who has a link; then the audit.
fuzz: setup
	@$(PYTHON) -m tests.verification.fuzz $(if $(SEED),--seed=$(SEED)) $(if $(CASES),--cases=$(CASES))

# Minutes: do the unit tests of the domain and the ledger notice changed code?
mutation: .venv/.synced
	@$(PYTHON) -m tests.verification.mutation

# docs/pictures, in Debian's Chromium, of a story played on a system of its own.
screenshots: setup
	@$(PYTHON) -m tests.screenshots

setup: .venv/.synced
	@$(PYTHON) -m dev.temporal_server.launch --build-only

# CUSTOMER=kermit makes it a customer's, SCOPE="orders:read cards:write" allows no more than that.
token: .venv/.synced
	@$(PYTHON) -m dev.tokens $(if $(CUSTOMER),--customer $(CUSTOMER)) $(if $(SCOPE),--scope $(SCOPE))

clean:
	rm -rf .data .pytest_cache .ruff_cache .import_linter_cache

.venv/.synced: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --locked --quiet
	@touch $@

.cache/uv/bin/uv:
	@scripts/install-uv
