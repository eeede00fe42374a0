# Berth: make demo, make test, make test-vm, make bench [ROWS= RUNS= MARKDOWN=], make install PREFIX= DESTDIR=.

PREFIX  ?= /usr/local
DESTDIR ?=
CONFIG  ?= release
SCRATCH ?= .build
SWIFT   ?= swift
BIN     := $(SCRATCH)/$(CONFIG)
STAGE   := $(SCRATCH)/stage-$(CONFIG)

PLUGINS := Snapshotter/Overlay Network/Bridge Network/None Network/Host Log/JSONFile Volume/Local \
           Registry/Distribution Registry/Layout

.PHONY: all packages test-packages bench-packages build stage demo test test-vm bench lint install uninstall clean

all: build

packages:
	@.ci/packages build

test-packages:
	@.ci/packages build test

bench-packages:
	@.ci/packages build bench

build: packages
	$(SWIFT) build --scratch-path $(SCRATCH) -c $(CONFIG)

# What an installation looks like, as links into the build folder: for running from the tree.
stage:
	@.ci/stage link $(BIN) $(STAGE) $(PLUGINS)

demo: build stage
	@.ci/demo $(STAGE)

# One at a time: tests that drive processes block, and would starve those that count on tasks.
test: CONFIG := debug
test: test-packages
	$(SWIFT) build --scratch-path $(SCRATCH) --build-tests
	@.ci/stage link $(SCRATCH)/debug $(SCRATCH)/stage-debug $(PLUGINS)
	BERTH_STAGE=$(abspath $(SCRATCH)/stage-debug) $(SWIFT) test --scratch-path $(SCRATCH) --skip-build --no-parallel

# The runtime and the engine under cgroup v2, in a virtual machine by emulation (Docs/runtime-cli.md).
test-vm: CONFIG := debug
test-vm:
	@.ci/packages build vm
	$(SWIFT) build --scratch-path $(SCRATCH) --build-tests
	@.ci/test-vm $(SCRATCH)/debug $(SCRATCH)/vm $(PLUGINS)

# Beside the peers of Debian (Docs/benchmarks.md). ROWS="run exec" selects.
bench: bench-packages build stage
	@python3 -B Benchmarks --stage $(STAGE) $(if $(RUNS),--runs $(RUNS)) $(if $(MARKDOWN),--markdown $(MARKDOWN)) $(ROWS)

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Plugins Tests
	.ci/rules


install:
	@.ci/stage copy $(BIN) $(DESTDIR)$(PREFIX) $(PLUGINS)
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|g' Sources/berthd/berth.service.in > $(DESTDIR)$(PREFIX)/lib/systemd/system/berth.service

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/libexec/berth $(DESTDIR)$(PREFIX)/share/berth $(DESTDIR)$(PREFIX)/lib/systemd/system/berth.service
	rm -f $(DESTDIR)$(PREFIX)/bin/berth $(DESTDIR)$(PREFIX)/bin/berthd

clean:
	rm -rf $(SCRATCH)
