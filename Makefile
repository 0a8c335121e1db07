# What people type. CMake does the work; `make help` lists what there is.
BUILD  ?= build
ENGINE ?= trap
JOBS   ?= $(shell nproc)

.DEFAULT_GOAL := all

help: ## This list
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

all: $(BUILD)/build.ninja ## Build $(BUILD)/sel4ux and the guests
	@cmake --build $(BUILD) -j $(JOBS)

setup: ## Install what Debian 12 lacks to build and test (asks for root when it must)
	@tools/setup.sh

$(BUILD)/build.ninja: | setup
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) >/dev/null

demo: all ## Build, then run a system of two processes under sel4ux
	@echo; echo '$$ $(BUILD)/sel4ux run $(BUILD)/guests/process.elf'
	@$(BUILD)/sel4ux run --engine $(ENGINE) $(BUILD)/guests/process.elf

check: all ## Build, then run every test
	@tests/run.py --build $(BUILD) --jobs $(JOBS)

asan: ## Build with AddressSanitizer in build-asan
	@$(MAKE) --no-print-directory all BUILD=build-asan CMAKE_FLAGS='-DSEL4UX_SANITIZE=address'

ubsan: ## Build with UndefinedBehaviorSanitizer in build-ubsan
	@$(MAKE) --no-print-directory all BUILD=build-ubsan CMAKE_FLAGS='-DSEL4UX_SANITIZE=undefined'

clang: ## Build with clang in build-clang
	@$(MAKE) --no-print-directory all BUILD=build-clang CMAKE_FLAGS='-DCMAKE_C_COMPILER=clang'

format: ## Put all C files into the house style
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## Remove all build folders
	@rm -rf build build-asan build-ubsan build-clang

.PHONY: help all setup demo check asan ubsan clang format clean
