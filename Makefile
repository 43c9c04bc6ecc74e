# `make` prints this file's targets. Each has its help behind `##`.

SHELL := /bin/bash

DATA      := .parley-demo
BENCH     ?= .
COUNT     ?= 1
EVENTS    ?= 1000000
FUZZTIME  ?= 20s
MINUTES   ?= 10
SEED      ?=
PKGS      ?= ./...
WEB       := cmd/parley/internal/web

# Asked only by the targets that use them.
VERSION    = $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# The race detector needs a C compiler; without one the tests run without it.
RACE      ?= $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# Linter and vulnerability scanner have a module file of their own, so that
# their dependencies never become ours.
LINT      := go tool -modfile=.ci/lint.mod golangci-lint
VULN      := go tool -modfile=.ci/lint.mod govulncheck

.DEFAULT_GOAL := help
.PHONY: help build demo dashboard test node_modules chromium check fmt lint docs golden fuzz torture mutants bench cover vuln clean

help: ## print this list
	@sed -n 's/^\([a-z][a-z_-]*\):.*## /\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

# Without cgo the program is one static file, and needs no C compiler.
build: dashboard ## build bin/parley
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/parley ./cmd/parley

demo: build ## import the worked example into a fresh .parley-demo, print it, and end
	@rm -rf $(DATA)
	@bin/parley demo --once --data $(DATA)
	@printf '\nThe data stays in $(DATA) until the next `make demo`. To look at it in a browser: bin/parley serve --data $(DATA)\n'

test: dashboard chromium ## run all tests, with the race detector where a C compiler is at hand
	go test $(RACE) -timeout 45m $(PKGS)

dashboard: $(WEB)/dist/index.html ## bundle the web dashboard, if its sources have changed

$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json $(WEB)/build.mjs $(shell find $(WEB)/src -type f)
	cd $(WEB) && node build.mjs
	@touch $@

node_modules: $(WEB)/node_modules/.package-lock.json ## fetch what the dashboard and the tests need from npm

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && npm ci
	@touch $@

# The tests of the dashboard drive a real browser. PARLEY_CHROMIUM names another one.
chromium: ## install Chromium, which tests of the dashboard need, if it is not there
	@command -v "$${PARLEY_CHROMIUM:-chromium}" >/dev/null || { \
		echo 'Chromium is not there; installing it'; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } || { \
		echo 'The tests of the dashboard need Chromium, and it could not be installed. Install it, or say where it is: PARLEY_CHROMIUM=/path/to/chromium make test' >&2; exit 1; }

check: node_modules ## say what is wrong with format, modules, lint, types of the dashboard, generated docs, house rules
	$(LINT) fmt --diff
	go vet ./...
	go mod tidy -diff
	go fix -diff ./...
	$(LINT) run ./...
	cd $(WEB) && node_modules/.bin/tsc --noEmit
	go run ./cmd/parley docs --check
	go test -count=1 ./cmd/parley/internal/house

fmt: ## repair what `make check` can have repaired
	go mod tidy
	go fix ./...
	$(LINT) fmt

lint: ## run the linters alone (their first build takes two minutes)
	$(LINT) run ./...

docs: ## write docs/cli.md, docs/events.md and the tables of docs/api.md anew from the program
	go run ./cmd/parley docs

# Only packages that have golden files know the flag -update.
golden: docs ## rewrite golden files; commit them only if you can explain the diff
	@set -e; dirs=$$(grep -rl --include='*_test.go' 'flag\.Bool[Var]*(.*"update"' cmd domain eventstore projections | xargs -r -n1 dirname | sort -u | sed 's|^|./|'); \
	if [ -z "$$dirs" ]; then echo 'no test has golden files yet'; exit 0; fi; \
	go test $$dirs -update
	git status --short

mutants: ## put deliberate faults into the source, one at a time; a test must notice each
	go test -count=1 -tags mutants -timeout 60m -v -run TestMutants ./cmd/parley/internal/mutants

fuzz: ## run every fuzz test for FUZZTIME (20s)
	@set -e; for pkg in $$(go list $(PKGS)); do \
		names=$$(go test -list '^Fuzz' $$pkg); \
		for name in $$(sed -n '/^Fuzz/p' <<<"$$names"); do \
			echo "== $$pkg $$name"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

torture: ## writers, kill -9, restarts: MINUTES (10) on a folder, as many on a cluster; SEED=n repeats choices
	PARLEY_TORTURE_MINUTES=$(MINUTES) PARLEY_TORTURE_SEED=$(SEED) go test -count=1 -timeout 0 -v -run '^TestTorture' ./eventstore

bench: ## run the benchmarks (BENCH=regexp, COUNT=n for benchstat, EVENTS=n to read)
	PARLEY_BENCH_EVENTS=$(EVENTS) go test -timeout 60m -p 1 -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(PKGS)

cover: ## write coverage.html and print the total
	go test -timeout 20m -coverpkg ./... -coverprofile coverage.out $(PKGS)
	go tool cover -html coverage.out -o coverage.html
	@go tool cover -func coverage.out | tail -n 1

vuln: ## look for known vulnerabilities (asks the Go vulnerability database)
	$(VULN) ./...

clean: ## remove what make has built, and the demo's data
	rm -rf bin $(DATA) coverage.out coverage.html
