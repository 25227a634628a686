# The verbs of the project, the same by hand and in CI. `make` alone prints them.
# The work is in scripts/; a verb here is one line.

MAKEFLAGS += --no-print-directory
PREFIX ?= /usr/local
SAN ?=
export SAN SETUP FUZZ_SECONDS CTEST_ARGS

.PHONY: help setup build chat serve bench bench-peers bench-load baselines soak test test-arm test-browser test-clients heads lint format fuzz install clean

help: ## print these verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 - \2/p' Makefile | awk -F ' - ' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: ## install the build packages that are missing (SETUP=skip: never)
	@scripts/setup.sh build

build: ## build the program: build/release/yixin
	@scripts/setup.sh build && scripts/build.sh release yixin

chat: ## set up, build, fetch the model, talk (ARGS="--article")
	@scripts/setup.sh build && scripts/build.sh release yixin && scripts/chat.sh $(ARGS)

serve: ## set up, build, answer over HTTP at 127.0.0.1:8420 (ARGS="--port 8000")
	@scripts/setup.sh build && scripts/build.sh release yixin && build/release/yixin serve $(ARGS)

bench: ## set up, build, measure this machine (ARGS="--only prefill --rounds 9")
	@scripts/setup.sh build && scripts/build.sh release yixin && build/release/yixin bench $(ARGS)

bench-peers: ## measure it beside llama.cpp and transformers, write docs/performance.md (ARGS="--quick")
	@scripts/setup.sh build peers && scripts/build.sh release yixin && python3 -B tools/bench_peers.py $(ARGS)

bench-load: ## measure yixin serve beside llama-server, 1 to 16 clients (ARGS="--rounds 5")
	@scripts/setup.sh build peers && scripts/build.sh release yixin && python3 -B tools/load_table.py $(ARGS)

baselines: ## how good its labels are beside other ways to them (ARGS="dev.jsonl fit.jsonl")
	@scripts/setup.sh build peers && scripts/build.sh release yixin && python3 -B tools/baselines.py $(ARGS)

soak: ## a mixed load on `yixin serve`, and whether it held (ARGS="--seconds 600 --model FILE")
	@scripts/setup.sh build && scripts/build.sh release yixin && python3 -B tools/soak.py $(ARGS)

test: ## set up, build, run every test (SAN=address,undefined or SAN=thread: with sanitizers)
	@scripts/setup.sh build && scripts/test.sh

test-arm: ## cross-build the NEON kernels, run their tests under qemu-user
	@scripts/setup.sh build arm && scripts/test_arm.sh

test-browser: ## look at the program's pages in a headless Chromium
	@scripts/setup.sh build browser && scripts/test_browser.sh

test-clients: ## openai, langchain, llm, curl and schemathesis against `yixin serve`
	@scripts/setup.sh build clients && scripts/test_clients.sh

heads: ## fit the heads that ship, after the prompt of sentiment.zh, mood.zh or chat.zh has changed (docs/fit.md)
	@scripts/setup.sh build && scripts/build.sh release yixin && scripts/heads.sh $(ARGS)

lint: ## formatting, clang-tidy, the map of the rooms, scripts
	@scripts/setup.sh build lint && scripts/lint.sh

format: ## rewrite the C++ files in the project's format
	@scripts/setup.sh lint && scripts/lint.sh --format

fuzz: ## run each fuzzer for FUZZ_SECONDS (60)
	@scripts/setup.sh build fuzz && scripts/fuzz.sh

install: ## install program, library and tasks under PREFIX (/usr/local)
	@scripts/setup.sh build && scripts/build.sh release yixin yixin_package && cmake --install build/release --prefix "$$(realpath -m -- "$(PREFIX)")"

clean: ## remove what was built (models and the user's cache stay)
	@rm -rf build/release build/asan build/tsan build/fuzz build/arm build/lint build/ci
