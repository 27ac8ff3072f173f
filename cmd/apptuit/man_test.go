package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra/doc"

	"github.com/apptuitai/apptuit-go/transport"
)

var manFolder = flag.String("man", "", "a folder to write the manual's pages and the shells' completions to")

// The pages are made from the commands themselves. With -man they are kept:
// "make man" does that.
func TestManualAndCompletions(t *testing.T) {
	folder := *manFolder
	if folder == "" {
		folder = t.TempDir()
	}
	root := newApp().rootCommand()
	commands := slices.Clone(root.Commands()) // without those that cobra adds
	header := &doc.GenManHeader{Title: "APPTUIT", Section: "1", Source: "apptuit " + transport.Version, Date: sourceDate(t)}
	if err := doc.GenManTree(root, header, folder); err != nil {
		t.Fatal(err)
	}
	for name, generate := range map[string]func(string) error{
		"apptuit.bash": func(file string) error { return root.GenBashCompletionFileV2(file, true) },
		"_apptuit":     root.GenZshCompletionFile,
		"apptuit.fish": func(file string) error { return root.GenFishCompletionFile(file, true) },
		"apptuit.ps1":  root.GenPowerShellCompletionFileWithDesc,
	} {
		if err := generate(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	for _, command := range commands {
		page, err := os.ReadFile(filepath.Join(folder, "apptuit-"+command.Name()+".1"))
		if err != nil || !strings.Contains(string(page), command.Short) {
			t.Errorf("the page of %s does not say what it does: %v", command.Name(), err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	empty := func(e os.DirEntry) bool { info, err := e.Info(); return err != nil || info.Size() == 0 }
	if len(entries) < 5+len(commands) || slices.ContainsFunc(entries, empty) {
		t.Errorf("made %v", entries)
	}
}

// sourceDate is the day on the pages: that of the sources, where one is given, so
// that they are the same wherever they are made.
func sourceDate(t *testing.T) *time.Time {
	t.Helper()
	day := time.Unix(0, 0).UTC()
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		day = time.Unix(seconds, 0).UTC()
	}
	return &day
}
