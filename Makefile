# make test is what CI runs. Each step stops at its first failure. What takes more
# than a line of shell is in internal/release; see its doc.go.

# go.work would lend each module the requirements of the others: what is checked
# here is each module as its user gets it. A program has no replace lines; there
# internal/release writes a go.work for it alone.
export GOWORK := off

bin      := $(CURDIR)/bin
release  := $(bin)/release$(shell go env GOEXE)
each     := $(release) each
targets  := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 freebsd/amd64
examples := $(dir $(shell git ls-files --cached --others --exclude-standard 'examples/*/main.go'))
version   = $(shell sed -n 's/^const Version = "\(.*\)"/\1/p' internal/wire/version.go)

.PHONY: test fmt check tidy tidy-write vet build lint vuln race memory 32bit examples bench
.PHONY: workflows platforms qemu wine fuzz api release rehearse dist collector sbom man container tool tools

test: fmt check tidy vet lint workflows vuln race memory 32bit examples rehearse
	@echo "all checks passed"

tool:
	@GOOS= GOARCH= go build -C internal/release -o $(release) .

# The linters that internal/tools/go.mod names.
tools:
	@go build -C internal/tools -o $(bin)/ tool

fmt:
	@echo "== gofmt"
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }

# Versions, replace lines, go.work and the form of the changelog.
check: tool
	@echo "== release check" && $(release) check

tidy: tool
	@$(release) tidy

tidy-write: tool
	@$(release) tidy -write

vet: tool
	@$(each) go vet ./...

build: tool
	@$(each) go build ./...

lint: tool tools
	@$(each) $(bin)/staticcheck ./...

workflows: tools
	@echo "== actionlint" && $(bin)/actionlint -shellcheck= -pyflakes=

race: tool
	@$(each) go test -race -timeout 20m ./...

# The race detector takes memory of its own.
memory:
	@for p in encoding internal/heaptest internal/wire query query/arrow query/promapi; do echo "== go test, for its memory: $$p" && (cd $$p && go test .) || exit 1; done

# The race detector knows no 32-bit system, and macOS runs no 32-bit program.
32bit:
ifeq ($(shell go env GOHOSTOS),darwin)
	@echo "== GOARCH=386 go test: not on macOS"
else
	@echo "== GOARCH=386 go test" && CGO_ENABLED=0 GOARCH=386 go test -timeout 20m ./...
endif

# As a reader of the README runs them: go.work serves the checkout.
examples:
	@for e in $(examples); do echo "== go run ./$$e" && GOWORK= go run ./$$e || exit 1; done

# vuln fails for a finding, and for every error but a database that cannot be
# reached.
vuln: tool tools
	@said=$$($(each) $(bin)/govulncheck ./... 2>&1) || case "$$said" in \
		*'fetching vulnerabilities: Get "'*) echo "== govulncheck"; echo "not checked: the vulnerability database cannot be reached from here";; \
		*) echo "$$said"; exit 1;; \
	esac

# What users do with the tags of this version, from empty modules.
rehearse: tool
	@$(release) rehearse

# What the public packages changed since the last tag.
api: tool
	@$(release) api

# make release VERSION=v0.2.0
release: tool
	@$(release) write $(VERSION)

# docs/platforms.md says what is tested on which platform, and what is only built.
systems := windows/amd64 darwin/arm64 freebsd/amd64 openbsd/amd64 wasip1/wasm

platforms:
	@for s in $(systems); do echo "== go vet and build: $$s" && GOOS=$${s%/*} GOARCH=$${s#*/} go vet ./... && GOOS=$${s%/*} GOARCH=$${s#*/} go build ./... || exit 1; done
	@echo "== go build: plan9/amd64" && GOOS=plan9 GOARCH=amd64 go build ./...

# s390x is big endian. Only what depends on the order of bytes is run, for qemu is
# slow: not what measures memory or cost, which no order of bytes changes, and not
# what starts a process of its own, which would want qemu too.
qemu:
	@for a in arm64:aarch64 s390x:s390x; do echo "== go test, by qemu: $${a%:*}" && \
		CGO_ENABLED=0 GOARCH=$${a%:*} go test -short -timeout 10m -skip 'Memory|Budget|Bounds|Cost|Linear|Holds|Allocation|CanBeCut|Gigabytes|Process|Killed|SpoolWasRemoved' \
			-exec qemu-$${a#*:} ./encoding ./internal/deflate ./query ./internal/queue || exit 1; done

# Debian's wine cannot run the spool: see docs/platforms.md.
wine:
	@echo "== go test, by wine: windows/amd64"
	@GOOS=windows GOARCH=amd64 go test -timeout 15m -exec $(CURDIR)/.ci/wine -run 'Memory' ./internal/queue
	@GOOS=windows GOARCH=amd64 go test -timeout 15m -exec $(CURDIR)/.ci/wine -run 'Option|Tags|Env|Level|Filter' -skip 'Spool|ProviderAlone|EachOptionBeatsItsVariable' .

# Every fuzz target of every module, one after the other. The corpus is kept in
# $$(go env GOCACHE)/fuzz.
FUZZTIME := 5m
fuzz: tool
	@$(release) fuzz $(FUZZTIME)

# bench takes twenty to thirty minutes; for 10,000 series alone, under two: cd internal/bench && go run .
# The whole path, into a real VictoriaMetrics, takes ten of them.
bench:
	@cd internal/bench && go run . -store && go run . -sizes 1000,10000,100000

# Static binaries of the command with their checksums, its manual and completions.
# Those of another version would be published too, so they go.
dist: tool man
	@rm -f dist/apptuit_*
	@$(release) dist $(CURDIR)/dist $(targets)
	@cd dist && sha256sum apptuit_* > SHA256SUMS && cat SHA256SUMS

# A Collector with the components of this checkout, as its builder makes it of the
# tags. The first time, all of the Collector is compiled.
collector: tool
	@$(release) collector $(bin) && echo $(bin)/otelcol-apptuit

man: tool
	@mkdir -p dist/man && SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(each) -in cmd/apptuit go test -count=1 -run '^TestManualAndCompletions$$' . -man $(CURDIR)/dist/man

# What is in each binary, as its build says. It is published too, and so has its
# checksum.
sbom: dist
	@cd dist && for b in apptuit_*; do echo "== sbom: $$b" && \
		go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -version v$(version) -output $$b.cdx.json $$b || exit 1; done
	@cd dist && sha256sum apptuit_* > SHA256SUMS

# make container BUILDER=podman, or buildah
BUILDER := docker
container: dist
	@cp /etc/ssl/certs/ca-certificates.crt dist/
	@$(BUILDER) build --file Containerfile --tag apptuit:$(version) dist
