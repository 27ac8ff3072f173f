package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// builderFile is what the Collector's builder reads.
const builderFile = "collector/builder.yaml"

// builderAt returns the text of builderFile with a version of our modules and of the
// program.
func builderAt(r *repository, text, version string) string {
	modules := regexp.MustCompile(`(gomod: ` + regexp.QuoteMeta(r.modules[0].path()) + `(?:/\S*)? )\S+`)
	text = modules.ReplaceAllString(text, "${1}"+version)
	return distVersion.ReplaceAllString(text, "${1}"+strings.TrimPrefix(version, "v"))
}

var (
	distVersion = regexp.MustCompile(`(?m)^(  version: )\S+$`)
	coreVersion = regexp.MustCompile(`gomod: go\.opentelemetry\.io/collector/\S+ (v0\.\S+)`)
)

// writeBuilder gives builderFile a version, where there is one.
func writeBuilder(r *repository, version string) error {
	file := filepath.Join(r.root, builderFile)
	if _, err := os.Stat(file); os.IsNotExist(err) {
		return nil
	}
	return rewrite(file, func(text string) string { return builderAt(r, text, version) })
}

func (r checker) checkBuilder(version string) error {
	text, err := os.ReadFile(filepath.Join(r.root, builderFile))
	if os.IsNotExist(err) {
		return nil
	}
	if err == nil && builderAt(r.repository, string(text), version) != string(text) {
		err = fmt.Errorf("%s has not the version %s for each module of this repository, or as its own", builderFile, version)
	}
	return err
}

// collector builds the Collector as the reader of collector/README.md does, and has
// the test of it run.
func (h *rehearsal) collector() error {
	m := h.byPath(h.modules[0].path() + "/internal/collectortest")
	if m == nil {
		return nil
	}
	program, err := h.buildCollector()
	if err != nil {
		return err
	}
	env, err := h.environment(m, h.folder)
	if err != nil {
		return err
	}
	_, err = command{h.dir(m), append(env, "COLLECTORTEST_BUILT="+program)}.output("go", "test", "-count=1", "-run", "^TestBuiltCollector$", ".")
	return err
}

// buildCollector installs the builder of the version that builderFile has components
// of, and runs it.
func (h *rehearsal) buildCollector() (program string, err error) {
	file := filepath.Join(h.root, builderFile)
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	core := coreVersion.FindSubmatch(text)
	if core == nil {
		return "", fmt.Errorf("%s has no component of the Collector", builderFile)
	}
	user := command{filepath.Join(h.folder, "user", "collector"), h.user}
	if err := os.MkdirAll(user.dir, 0o755); err != nil {
		return "", err
	}
	if _, err := user.output("go", "install", "go.opentelemetry.io/collector/cmd/builder@"+string(core[1])); err != nil {
		return "", err
	}
	if _, err := user.output(filepath.Join(h.folder, "bin", "builder"), "--config", file); err != nil {
		return "", err
	}
	const name = "otelcol-apptuit"
	program = filepath.Join(user.dir, name, name)
	return program, h.says(user, program, "--version")
}

// leaveCollector leaves the Collector that the builder makes of this checkout in a folder.
func leaveCollector(r *repository, to string) error {
	return served(r, func(h *rehearsal) error {
		program, err := h.buildCollector()
		if err != nil {
			return err
		}
		return leave(program, to, filepath.Base(program))
	})
}
