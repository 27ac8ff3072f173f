package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say what to do: each, tidy, check, rehearse, api, write, dist, collector or fuzz")
	}
	root, err := output(".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	r, err := openRepository(strings.TrimSpace(root))
	if err != nil {
		return err
	}
	switch what, rest := args[0], args[1:]; what {
	case "each":
		return r.eachOf(rest)
	case "tidy":
		return r.tidy(len(rest) > 0 && rest[0] == "-write")
	case "check":
		return checker{r}.check()
	case "rehearse":
		return r.rehearse()
	case "api":
		return r.api()
	case "write":
		return writer{r}.release(strings.Join(rest, " "))
	case "dist":
		if len(rest) == 0 {
			return fmt.Errorf("dist: say where to write, and for which targets")
		}
		return r.dist(rest[0], rest[1:])
	case "collector":
		if len(rest) != 1 {
			return fmt.Errorf("collector: say where to write it")
		}
		return leaveCollector(r, rest[0])
	case "fuzz":
		return r.fuzz(strings.Join(rest, " "))
	default:
		return fmt.Errorf("%q is nothing that it does", what)
	}
}

// eachOf takes the flags of each.
func (r *repository) eachOf(args []string) error {
	flags := flag.NewFlagSet("each", flag.ContinueOnError)
	published := flags.Bool("published", false, "only in modules that users may fetch")
	in := flags.String("in", "", "only in the module of this folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *in != "" {
		m := r.byPath(r.modules[0].path() + "/" + *in)
		if m == nil {
			return fmt.Errorf("%s has no module", *in)
		}
		return r.each([]*goModule{m}, flags.Args())
	}
	if *published {
		return r.each(r.published(), flags.Args())
	}
	return r.each(r.modules, flags.Args())
}
