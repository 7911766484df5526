# make run    install what is missing, build, show the built-in test pattern (ARGS='…' for a pipeline and options)
# make test   install what the tests need too, run every test
# make check  formatting, clippy for the host and for wasm32, documentation
# make bench  every part of the program beside its baselines and peers (PART=send runs one; SINKVIEW_BENCH_ROUNDS and
#             SINKVIEW_BENCH_SECONDS shorten it); tables at the end, JSON in target/bench
# make torture  faults tried on the real binary with tools of others (PART=site runs one part; TORTURE_SOAK=900 and
#             TORTURE_FUZZ=60 are seconds); one table, compared with a committed one; TORTURE_COMMIT=1 commits it
# make fuzz   each fuzz target for FUZZ_SECONDS (60); needs a nightly compiler and cargo-fuzz

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test check bench torture fuzz setup setup-test setup-bench setup-torture

WASM := wasm32-unknown-unknown
FUZZ_SECONDS ?= 60

# The libraries to build with, and the elements most pipelines use.
PACKAGES := gcc libc6-dev pkg-config libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev gstreamer1.0-tools \
	gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
# A real browser, the engine of that browser by itself for the SIMD kernels, a Python for the client that the README
# shows, an RTSP server to play from, readers of what is written for Prometheus and for systemd, and other programs that
# speak TLS.
TEST_PACKAGES := $(PACKAGES) chromium chromium-driver firefox-esr nodejs python3 python3-venv util-linux bsdutils \
	python3-gi gir1.2-gst-rtsp-server-1.0 python3-prometheus-client systemd openssl curl
# Proxies to be behind: unpacked below target, since installing would start them.
PROXIES := nginx caddy
# Links of a given rate, and the bindings that the do-it-yourself peers pull frames with.
BENCH_PACKAGES := $(PACKAGES) chromium chromium-driver python3 python3-venv python3-gi \
	gir1.2-gst-plugins-base-1.0 iproute2

# The tools that judge: slow and odd requests, namespaces and packets that are dropped, other clocks, memory.
TORTURE_PACKAGES := $(PACKAGES) chromium chromium-driver curl python3 python3-venv util-linux iproute2 nftables \
	slowhttptest wapiti faketime valgrind openssl

# $(call install,PACKAGES): asks dpkg what is missing, and apt for that alone.
define install
@command -v dpkg-query >/dev/null || { echo "This is no Debian or Ubuntu; install the counterparts of: $(1)" >&2; exit 1; }; \
missing=(); for package in $(1); do \
	dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$$package"); \
done; \
if [ $${#missing[@]} -gt 0 ]; then \
	echo "Installing $${missing[*]}"; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get update -q >/dev/null && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -yq --no-install-recommends "$${missing[@]}" >/dev/null || \
	{ echo "apt-get could not install: $${missing[*]}. Install them by hand, then run make again." >&2; exit 1; }; \
fi
@command -v rustup >/dev/null || { echo "Rust is missing: install it from https://rustup.rs, then run make again." >&2; exit 1; }
@rustup show active-toolchain >/dev/null 2>&1 || { echo "Installing the Rust toolchain of rust-toolchain.toml"; rustup toolchain install; }
@rustup target list --installed | grep -qx $(WASM) || { echo "Installing Rust's $(WASM) target"; rustup target add $(WASM); }
endef

# $(call unpack,PACKAGES): unpacks what is not installed, and starts nothing.
define unpack
@for package in $(1); do \
	PATH="$$PATH:/usr/sbin" command -v "$$package" >/dev/null && continue; \
	ls target/proxies/usr/*bin/"$$package" >/dev/null 2>&1 && continue; \
	echo "Unpacking $$package"; \
	mkdir -p target/proxies && (cd target/proxies && rm -f "$$package"_*.deb && \
		apt-get download -q "$$package" >/dev/null && dpkg-deb -x "$$package"_*.deb .) || \
	{ echo "apt-get could not download $$package; install it, then run make again." >&2; exit 1; }; \
done
endef

run: setup
	cargo run --release --locked -p capture -- $(ARGS)

test: setup-test
	cargo build --locked -p capture
	cargo test --locked --workspace --exclude e2e
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="node $(CURDIR)/viewer-wasm/tests/run-in-node.mjs" \
		cargo test --locked -p viewer-wasm --target $(WASM) --test fast --test coding
	cargo test --locked -p e2e -- --test-threads=1

check: export SINKVIEW_VIEWER := skip
check: setup
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p wire -p viewer-wasm --target $(WASM) -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

# A part that fails keeps no other from running.
bench: setup-bench
	cargo build --release --locked -p capture
	cargo bench --locked -p e2e --no-fail-fast $(if $(PART),--bench $(PART),--bench '*')

# The unoptimised program, too: valgrind takes what an optimiser makes for errors.
torture: setup-torture
	cargo build --locked -p capture
	cargo build --release --locked -p capture
	cargo run --release --locked -p e2e --example torture -- $(PART)

fuzz: export SINKVIEW_VIEWER := skip
# What GLib makes once and keeps is no leak of a target.
fuzz: export ASAN_OPTIONS := detect_leaks=0
fuzz: setup
	for crate in wire capture viewer-wasm; do (cd $$crate && for target in $$(cargo +nightly fuzz list); do \
		mkdir -p "fuzz/corpus/$$target" "fuzz/seeds/$$target" && \
		cargo +nightly fuzz run "$$target" "fuzz/corpus/$$target" "fuzz/seeds/$$target" -- \
		-max_total_time=$(FUZZ_SECONDS) -len_control=0 -max_len=4096; done); done

setup:
	$(call install,$(PACKAGES))

setup-test:
	$(call install,$(TEST_PACKAGES))
	$(call unpack,$(PROXIES))

setup-bench:
	$(call install,$(BENCH_PACKAGES))

setup-torture:
	$(call install,$(TORTURE_PACKAGES))
