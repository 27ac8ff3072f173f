# make test is what CI runs. Each step stops at its first failure.

modules   := $(dir $(shell git ls-files --cached --others --exclude-standard '*go.mod'))
code      := $(filter-out internal/tools/,$(modules)) # that one names the linter and holds no package
examples  := $(dir $(shell git ls-files --cached --others --exclude-standard 'examples/*/main.go'))
linter    := go tool -modfile=$(CURDIR)/internal/tools/go.mod staticcheck
vulncheck := go tool -modfile=$(CURDIR)/internal/tools/go.mod govulncheck

# go.work would lend each module the requirements of the others, and allows no
# -modfile: what is checked here is each module as its user gets it.
export GOWORK := off

.PHONY: test fmt tidy vet lint vuln race memory 32bit examples bench

test: fmt tidy vet lint vuln race memory 32bit examples
	@echo "all checks passed"

fmt:
	@echo "== gofmt"
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }

tidy:
	@for m in $(modules); do echo "== go mod tidy: $$m" && (cd $$m && go mod tidy -diff) || exit 1; done

vet:
	@for m in $(code); do echo "== go vet: $$m" && (cd $$m && go vet ./...) || exit 1; done

lint:
	@for m in $(code); do echo "== staticcheck: $$m" && (cd $$m && $(linter) ./...) || exit 1; done

race:
	@for m in $(code); do echo "== go test -race: $$m" && (cd $$m && go test -race ./...) || exit 1; done

# The race detector takes memory of its own.
memory:
	@for p in encoding internal/heaptest internal/wire query query/arrow query/promapi; do echo "== go test, for its memory: $$p" && (cd $$p && go test .) || exit 1; done

# The race detector knows no 32-bit system.
32bit:
	@echo "== GOARCH=386 go test" && CGO_ENABLED=0 GOARCH=386 go test ./...

examples:
	@for e in $(examples); do echo "== go run $$e" && (cd $$e && go run .) || exit 1; done

# vuln fails for a finding, and for every error but a database that cannot be
# reached.
vuln:
	@for m in $(code); do \
		echo "== govulncheck: $$m"; \
		said=$$(cd $$m && $(vulncheck) ./... 2>&1) && continue; \
		case "$$said" in \
		*'fetching vulnerabilities: Get "'*) echo "not checked: the vulnerability database cannot be reached from here"; exit 0;; \
		esac; \
		echo "$$said"; exit 1; \
	done

# bench takes twenty to thirty minutes; for 10,000 series alone, under two: cd internal/bench && go run .
# The whole path, into a real VictoriaMetrics, takes ten of them.
bench:
	@cd internal/bench && go run . -store && go run . -sizes 1000,10000,100000
