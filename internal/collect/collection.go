package collect

import (
	"context"
	"errors"
	"fmt"

	"github.com/apptuitai/apptuit-go/internal/text"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A Collection is one call of all callbacks and producers. Only its own goroutine uses
// it until Done is closed; then it may be started again.
type Collection struct {
	Done    chan struct{}
	Metrics metricdata.ResourceMetrics // what was collected
	Err     error                      // of callbacks and producers, joined
	Whole   bool                       // all callbacks were called
	None    bool                       // nothing was called: the context had ended before
	Settles bool                       // it follows one that was not whole, and has only changes

	own metricdata.ResourceMetrics // of the instruments: the SDK uses its memory again, and that of producers is theirs
}

// A Source is what is collected from.
type Source struct {
	Reader    *sdkmetric.ManualReader // of the instruments of a provider
	Producers []sdkmetric.Producer
}

// Start begins to collect; whole tells whether the collection before was.
//
// After one that ended among its callbacks the SDK still holds what those before
// had observed, and adds to it what they observe next. So the next collection gives
// only the changes that nobody can give again; their sum with those of the
// one behind it is right, and all else is that one's.
func (c *Collection) Start(ctx context.Context, from Source, whole bool) {
	c.Done, c.Err, c.None, c.Settles = make(chan struct{}), nil, false, !whole
	go func() {
		defer close(c.Done)
		c.run(ctx, from)
	}()
}

func (c *Collection) run(ctx context.Context, from Source) {
	c.Metrics.ScopeMetrics = c.Metrics.ScopeMetrics[:0]
	if c.Whole = c.instruments(ctx, from.Reader); c.Whole {
		c.Metrics.Resource = c.own.Resource
		c.Metrics.ScopeMetrics = append(c.Metrics.ScopeMetrics, c.own.ScopeMetrics...)
	}
	if c.Settles {
		c.Metrics.ScopeMetrics = changes(c.Metrics.ScopeMetrics)
		return
	}
	if Unusable(c.Err) {
		return
	}
	for _, p := range from.Producers {
		c.guard(func() error {
			scopes, err := p.Produce(ctx)
			c.Metrics.ScopeMetrics = append(c.Metrics.ScopeMetrics, scopes...)
			return err
		})
	}
}

// instruments collects those of the provider, and tells whether there are values of
// this collection: the SDK writes the resource once all callbacks have returned.
func (c *Collection) instruments(ctx context.Context, from *sdkmetric.ManualReader) bool {
	before := c.own.Resource
	c.own.Resource = nil
	c.guard(func() error { return from.Collect(ctx, &c.own) })
	if c.own.Resource != nil {
		return true
	}
	c.own.Resource = before
	c.None = ctx.Err() != nil && errors.Is(c.Err, ctx.Err())
	return false
}

// guard calls foreign code in a goroutine of its own, for it may end that.
func (c *Collection) guard(f func() error) {
	err := error(&Error{What: "ended its goroutine"})
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				err = &Error{What: "panicked: " + text.Line(fmt.Sprint(v))}
			}
		}()
		err = f()
		if err != nil && !Unusable(err) {
			err = &Error{What: "failed", Err: err}
		}
	}()
	<-done
	c.Err = Joined(c.Err, err)
}
