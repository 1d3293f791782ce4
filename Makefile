# run: try the broker.  test: prove it.  build: the release binary.  bench, lint: as they say.
# soak: prove it for long.  fuzz: look for inputs that break a rule.  sanitize: the tests under two sanitizers.
# container-check: the steps of the container's Dockerfile, without Docker.
.PHONY: run test build bench lint soak fuzz sanitize sanitize-address sanitize-thread container-check libraries peers python
.DEFAULT_GOAL := build

LIBRARIES := libcurl4-openssl-dev libssl-dev libjansson-dev libsqlite3-dev libpq-dev pkg-config
PEERS     := chromium chromium-driver strace e2fsprogs postgresql faketime
# Only root may install, and only from Debian.
INSTALL    = [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null
TESTING   := --traits FaultInjection --explicit-target-dependency-import-check error
BROKER    := .build/debug/secret-broker
# MemoryTests: a sanitizer's allocator keeps what is freed, so that it can tell when it is used. The others: programs
# that give up within a second, look at what lasts one, or send all they can think of to a broker ten times slower; and
# libfaketime, which does not get along with a sanitizer that asks for the time before it is there.
UNSANITIZED := MemoryTests|AWSSignInInteropTests|AzureInteropTests|OpenAPITests|ReplicaTests.skewed
# XCTest itself leaks, and the address sanitizer would stop for that.
SANITIZED = SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(2) \
	swift test --skip-build $(TESTING) --sanitize=$(1) --scratch-path .build/$(1)
PROVIDER  ?= aws
# Where there is a folder with Terraform's plugin for AWS, its module is applied in the tests; nothing is fetched for it.
export TF_PLUGIN_DIR ?= $(patsubst %/registry.terraform.io,%,$(firstword $(wildcard \
	/opt/*/registry.terraform.io /usr/share/terraform/*/registry.terraform.io \
	/usr/local/share/terraform/*/registry.terraform.io)))
# Of `soak`: how many random operations, and for how many seconds the load.
OPERATIONS ?= 10000
LOAD       ?= 600
# Of `fuzz`, for each target.
FUZZ_SECONDS ?= 60
CATALOG   ?= sqlite://$(CURDIR)/.build/run/catalog.db

# Against a simulated cloud; with STORE=aws-secretmanager://... against that store, in a catalog that is kept. At another
# address with LISTEN=127.0.0.1:8481.
run: libraries
	swift build --product secret-broker
ifdef STORE
	@echo "An admin token for a day:"
	@$(BROKER) token create --name operator --role admin --expires 1d --catalog $(CATALOG)
	$(BROKER) serve --store '$(STORE)' --catalog $(CATALOG) $(if $(LISTEN),--listen $(LISTEN))
else
	@$(BROKER) dev --provider $(PROVIDER) $(if $(LISTEN),--listen $(LISTEN))
endif

# As it is shipped: it brings Swift's library along, whose calls then take no detour.
build: libraries
	swift build -c release --product secret-broker --static-swift-stdlib -Xlinker -s

test: libraries peers python
	swift build --build-tests $(TESTING)
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 swift test --skip-build $(TESTING) --skip SystemTests
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16 swift test --skip-build $(TESTING) --filter SystemTests

# The packages of the tests' programs in Python, so that no test waits for them.
python:
	@Tests/Interop/install || { echo "Python's packages are missing; as root: apt-get install python3-venv" >&2; exit 1; }

lint:
	swift format lint --strict --recursive Package.swift Sources providers Tests

# Random operations, faults and kills against a model; load with rotations, faults and kills; three replicas the same.
soak: libraries
	swift build --build-tests $(TESTING)
	SECRET_BROKER_TEST_OPERATIONS=$(OPERATIONS) SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16 \
	swift test --skip-build $(TESTING) --filter SystemTests.RandomTests
	SECRET_BROKER_TEST_LOAD=$(LOAD) swift test --skip-build $(TESTING) --filter SystemTests.LoadTests
	SECRET_BROKER_TEST_LOAD=$(LOAD) swift test --skip-build $(TESTING) --filter SystemTests.HistoryTests

bench: build
	Tests/Bench/run

fuzz: libraries
	FUZZ_SECONDS=$(FUZZ_SECONDS) Tests/Fuzz/run

sanitize: sanitize-address sanitize-thread
sanitize-address sanitize-thread: sanitize-%: libraries peers python
	swift build --build-tests $(TESTING) --sanitize=$* --scratch-path .build/$*
	$(call SANITIZED,$*,4) --skip 'SystemTests|$(UNSANITIZED)'
	$(call SANITIZED,$*,16) --skip '$(UNSANITIZED)' --filter SystemTests

# In a clean clone of the last commit. As root with debootstrap, also in a Debian of its own, as the image has it.
container-check: libraries
	.container/check

# What the C parts are linked against, from Debian. Installed when this user may, named when not.
libraries:
	@pkg-config --exists libcurl libssl jansson sqlite3 libpq 2>/dev/null && exit 0; \
	$(call INSTALL,$(LIBRARIES)) || { echo "These libraries are missing; as root: apt-get install $(LIBRARIES)" >&2; exit 1; }

# A browser for the pages, what makes a disk slow or read-only, and a database. Without them those tests are skipped.
peers:
	@for program in chromium chromedriver strace mkfs.ext4 faketime /usr/lib/postgresql/*/bin/initdb; do \
	command -v $$program >/dev/null || missing=1; done; \
	[ -z "$$missing" ] && exit 0; \
	$(call INSTALL,$(PEERS)) || \
	echo "Pages, failing disks or PostgreSQL are not tested; as root: apt-get install $(PEERS)" >&2
