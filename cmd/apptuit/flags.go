package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// A timeFlag is a time on the command line.
type timeFlag struct {
	text string
	at   time.Time
	now  func() time.Time
}

// String returns the time as it was written.
func (f *timeFlag) String() string { return f.text }

// Type names the kind of flag in the help.
func (f *timeFlag) Type() string { return "time" }

// Set reads a time.
func (f *timeFlag) Set(text string) (err error) {
	f.text = text
	f.at, err = parseTime(text, f.now())
	return err
}

// in reads the time again: a day is one of a zone.
func (f *timeFlag) in(zone *time.Location) { f.at, _ = parseTime(f.text, f.now().In(zone)) }

// A durationFlag is a span of time on the command line.
type durationFlag struct {
	text string
	d    time.Duration
}

// String returns the duration as it was written.
func (f *durationFlag) String() string { return f.text }

// Type names the kind of flag in the help.
func (f *durationFlag) Type() string { return "duration" }

// Set reads a duration above zero.
func (f *durationFlag) Set(text string) (err error) {
	f.text = text
	if f.d, err = parseDuration(text); err == nil && f.d == 0 {
		err = errors.New("it is zero")
	}
	return err
}

// A formatFlag is the form of the output.
type formatFlag string

// String returns the name of the format.
func (f *formatFlag) String() string { return string(*f) }

// Type names the kind of flag in the help.
func (f *formatFlag) Type() string { return "format" }

// Set reads the name of a format.
func (f *formatFlag) Set(text string) error {
	if !slices.Contains(formatNames, text) {
		return errors.New("use " + strings.Join(formatNames, ", "))
	}
	*f = formatFlag(text)
	return nil
}

// A zoneFlag is a time zone.
type zoneFlag struct{ *time.Location }

// Type names the kind of flag in the help.
func (f *zoneFlag) Type() string { return "zone" }

// Set reads UTC, local, or a name such as Europe/Berlin.
func (f *zoneFlag) Set(text string) error {
	if strings.EqualFold(text, "local") {
		f.Location = time.Local
		return nil
	}
	zone, err := time.LoadLocation(text)
	if err != nil {
		return errors.New("use UTC, local or a name such as Europe/Berlin")
	}
	f.Location = zone
	return nil
}

// reading are the flags of the commands that read series.
type reading struct {
	start, end timeFlag
	timeout    durationFlag
	format     formatFlag
	zone       zoneFlag
	top        int
	watch      durationFlag
	endpoint   string
	promPath   *string // nil: the default
	text       string  // what is asked for in Apptuit's language; empty in another
	once       bool    // one attempt, and nobody hears of it
}

// newReading returns the flags of the last hour.
func (a *app) newReading() *reading {
	now := frozen(a.now().Truncate(time.Second)) // times that are printed are round
	r := &reading{start: timeFlag{now: now}, end: timeFlag{now: now}, format: formatTable, zone: zoneFlag{time.UTC}, top: defaultTop}
	_ = r.start.Set("-1h") // these parse
	_ = r.end.Set("now")
	_ = r.timeout.Set("3m")
	return r
}

// addSpan adds the flags that say of which store and time something is read.
func (r *reading) addSpan(cmd *cobra.Command) {
	cmd.Flags().Var(&r.start, "start", "from when: now, -30m, -7d, today, 2024-05-01,\nRFC 3339 or Unix seconds")
	cmd.Flags().Var(&r.end, "end", "until when, written like --start")
	cmd.Flags().Var(&r.zone, "zone", "of days and of printed times: UTC, local or a\nname such as Europe/Berlin")
	cmd.Flags().Var(&r.timeout, "timeout", "give up after this long")
	cmd.Flags().StringVar(&r.endpoint, "endpoint", "", "base URL of the store; else the environment's")
	_ = cmd.RegisterFlagCompletionFunc("start", completeFrom("-1h", "-6h", "-1d", "-7d", "today", "yesterday")) // the flags exist
	_ = cmd.RegisterFlagCompletionFunc("end", completeFrom("now", "today", "yesterday"))
	_ = cmd.RegisterFlagCompletionFunc("zone", completeFrom("UTC", "local"))
}

func (a *app) addReading(cmd *cobra.Command) *reading {
	r := a.newReading()
	r.addSpan(cmd)
	cmd.Flags().Var(&r.format, "format", strings.Join(formatNames[:4], ", ")+",\n"+strings.Join(formatNames[4:], ", "))
	cmd.Flags().IntVar(&r.top, "top", defaultTop, "series of a chart, those with the greatest values;\nat most 8")
	cmd.Flags().Var(&r.watch, "watch", "ask again and again, this long after each answer,\nuntil Ctrl-C")
	_ = cmd.RegisterFlagCompletionFunc("format", completeFrom(formatNames...))
	return r
}

// completeFrom completes one of these texts.
func completeFrom(texts ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(texts, cobra.ShellCompDirectiveNoFileComp)
}

// addPromPath adds the flag of what asks the Prometheus API.
func (r *reading) addPromPath(cmd *cobra.Command) {
	cmd.Flags().Func("prom-path", "path of the Prometheus API below the endpoint\n(default /prometheus)", func(path string) error {
		r.promPath = &path
		return nil
	})
}

// frozen returns a clock that stands still, so that all flags mean one now.
func frozen(now time.Time) func() time.Time { return func() time.Time { return now } }

func (r *reading) check(cmd *cobra.Command) error {
	r.start.in(r.zone.Location)
	r.end.in(r.zone.Location)
	if r.end.at.Before(r.start.at) {
		return usagef(cmd, "--end %s is before --start %s", r.end.text, r.start.text)
	}
	if r.top < 1 {
		return usagef(cmd, "--top is at least 1")
	}
	return nil
}

// view returns what is looked at.
func (r *reading) view() view {
	return view{r.start.at, r.end.at, r.zone.Location, r.top}
}

// openEnd returns the end, zero for now: the server's clock is the better one.
func (r *reading) openEnd() time.Time {
	if r.end.text == "now" {
		return time.Time{}
	}
	return r.end.at
}
