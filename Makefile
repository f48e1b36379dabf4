# Every target sets up what is missing first: uv, the locked dependencies, the Temporal server.
.PHONY: run web audit replay-live test verify check setup bench bench-waiting chaos fuzz mutation stripe-check screenshots token clean

# The uv on PATH, or else one from PyPI in .cache.
UV := $(shell command -v uv || echo .cache/uv/bin/uv)
# PYTHON=3.13 or PYTHON=/usr/bin/python3 runs a target with that one, in an environment beside the default one.
PYTHON := $(if $(filter command line,$(origin PYTHON)),$(PYTHON))
VENV := .venv$(if $(PYTHON),-$(notdir $(PYTHON)))
export UV_PROJECT_ENVIRONMENT := $(VENV)
RUN := $(UV) run --locked --no-sync python

run: $(VENV)/.synced
	@$(RUN) -m dev.run

# The page at /, if Node.js is there; `make run` builds it too.
web: $(VENV)/.synced
	@$(RUN) -m web.build

# Of the system that `make run` runs, with the same settings.
audit: $(VENV)/.synced
	@$(RUN) -m dev.run audit

# The gate before a release: the workflows of the configured Temporal (TEMPORAL_ADDRESS, PAYLOAD_KEYS, …)
# under the code at hand: all open ones, and the last CLOSED of each type.
replay-live: $(VENV)/.synced
	@$(RUN) -m verification.replay $(if $(CLOSED),--closed=$(CLOSED))

# What a contributor waits for: all that is quick, in two processes.
test: setup
	@$(RUN) -m pytest -m "not proof" --numprocesses=2 --dist=loadfile

# The rest: browser tests, failpoints, models, fuzzing, seeded bugs; then 300 orders under faults.
verify: setup
	@$(RUN) -m pytest -m proof --numprocesses=2 --dist=loadfile
	@$(RUN) -m verification.chaos --seed=1 --orders=300 --database=postgresql

check: $(VENV)/.synced
	@scripts/check $(UV)

# PEER: the folder in which the Go application temporalio/reference-app-orders-go was built, to measure it too.
# DATABASE: sqlite or postgresql.
bench: setup web
	@$(RUN) -m verification.bench $(if $(PEER),--peer=$(PEER)) $(if $(DATABASE),--database=$(DATABASE))

# How cost grows: N payments (default: 20,000, half an hour) that wait, measured step by step; then a quarter is reminded.
bench-waiting: setup
	@$(RUN) -m verification.bench.waiting $(if $(N),--payments=$(N))

# Without arguments: 3,000 orders of a new seed under faults, then 2,000 payments and 10,000 races beside their model,
# and 2,000 charges whose provider's search is behind.
# SEED, ORDERS, DATABASE (sqlite, postgresql) and WORKER say what is played instead; with ORDERS, orders only.
chaos: setup
	@$(RUN) -m verification.chaos $(if $(SEED),--seed=$(SEED)) $(if $(ORDERS),--orders=$(ORDERS)) \
	  $(if $(DATABASE),--database=$(DATABASE)) $(if $(WORKER),--worker="$(WORKER)")
	@$(if $(ORDERS),,$(RUN) -m tests.verification.models $(if $(SEED),--seed=$(SEED)))

# 10,000 generated requests, of two customers, the operator and the holder of a link; then the audit.
fuzz: setup
	@$(RUN) -m tests.verification.fuzz $(if $(SEED),--seed=$(SEED)) $(if $(CASES),--cases=$(CASES))

# Some 20 minutes: do the quick tests notice changed code of the domain and the ledger, and planted bugs?
mutation: $(VENV)/.synced
	@$(RUN) -m tests.verification.mutation

# At Stripe itself: make stripe-check STRIPE_API_KEY=sk_test_...; docs/stripe-check.md says more.
stripe-check: $(VENV)/.synced
	@$(RUN) -m tests.stripe_check

# docs/pictures, in Debian's Chromium, of a story played on a system of its own.
screenshots: setup
	@$(RUN) -m tests.screenshots

setup: $(VENV)/.synced
	@$(RUN) -m dev.temporal_server.launch --build-only

# CUSTOMER=kermit makes it a customer's, SCOPE="orders:read cards:write" allows no more than that.
token: $(VENV)/.synced
	@$(RUN) -m dev.tokens $(if $(CUSTOMER),--customer $(CUSTOMER)) $(if $(SCOPE),--scope $(SCOPE))

clean:
	rm -rf .data .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/.synced: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --locked --quiet $(if $(PYTHON),--python $(PYTHON))
	@touch $@

.cache/uv/bin/uv:
	@scripts/install-uv
