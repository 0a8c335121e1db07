# What people type. CMake does the work; `make help` lists what there is.
#
#   make m=asan ...     the same in build-asan, with AddressSanitizer
#   make m=ubsan ...    the same in build-ubsan, with UndefinedBehaviorSanitizer
#   make m=clang ...    the same in build-clang, compiled by clang
#   make m=aarch64 ...  hosted programs for aarch64 in build-aarch64; their tests run under qemu
m      ?=
BUILD  ?= build$(if $(m),-$(m))
ENGINE ?= patch
JOBS   ?= $(shell nproc)

CMAKE_FLAGS_asan  = -DSEL4UX_SANITIZE=address
CMAKE_FLAGS_ubsan = -DSEL4UX_SANITIZE=undefined
CMAKE_FLAGS_clang = -DCMAKE_C_COMPILER=clang
CMAKE_FLAGS_aarch64 = -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake
PACKAGES_aarch64  = gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
CMAKE_FLAGS      ?= $(CMAKE_FLAGS_$(m))

ifneq ($(filter-out asan ubsan clang aarch64,$(m)),)
$(error m=$(m): there are asan, ubsan, clang and aarch64)
endif

.DEFAULT_GOAL := all

help: ## This list
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@awk '/^#   make/ { print substr($$0, 3) }' $(MAKEFILE_LIST)

all: $(BUILD)/build.ninja ## Build $(BUILD)/sel4ux and the guests
	@cmake --build $(BUILD) -j $(JOBS)

setup: ## Install what Debian 12 lacks to build and test (needs root when something is missing)
	@tools/setup.sh $(PACKAGES_$(m))

$(BUILD)/build.ninja: | setup
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) >/dev/null

demo: all ## Build, then run two processes, a Linux program, and a system with a shell
	@tools/demo.sh $(BUILD) $(ENGINE)

# Only tests need these: a decoder of traces, and a browser to look at their reports in. Tests wait for
# a quarter of their time, so there is one more of them than there are CPUs.
check: all ## Build, then run every test
	@tools/setup.sh chromium protobuf-compiler
	@tests/run.py --build $(BUILD) --jobs $$(($(JOBS) + 1))

bench: all ## Measure every engine, beside real seL4 with QEMU_KERNEL='[NAME=]FILE...'
	@cmake --build $(BUILD) -j $(JOBS) --target guests-on-demand net_linux
	@bench/run.py --build $(BUILD) $(addprefix --qemu-kernel ,$(QEMU_KERNEL))
	@bench/files.py --build $(BUILD)
	@bench/net.py --build $(BUILD)

format: ## Put all C files into the house style
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## Remove all build folders
	@rm -rf build build-asan build-ubsan build-clang build-aarch64

.PHONY: help all setup demo check bench format clean
