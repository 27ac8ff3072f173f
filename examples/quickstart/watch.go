package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
)

// watchedLoad is how long one load lasts, from quiet over busy to quiet.
const watchedLoad = time.Minute

// watch runs the service, one load after the other, until ctx ends: for who looks
// at the page that the store of this program has.
func watch(ctx context.Context, out io.Writer, length time.Duration) error {
	to := chooseStore()
	defer to.close()
	if to.fake == nil {
		return errors.New("-watch shows the store of this program, and " + endpointVariable + " names another: unset it")
	}
	exporter, err := apptuit.New(to.options()...)
	if err != nil {
		return err
	}
	res, err := newResource(ctx)
	if err != nil {
		return err
	}
	printHeader(out, to)
	fmt.Fprintf(out, "\nWatch it at %s/ until Ctrl-C.\n\n", to.endpoint)
	err = export(ctx, newProvider(exporter, res), func(ctx context.Context, url string) error {
		return loads(ctx, url, length)
	})
	printDelivered(out, exporter.Stats())
	return err
}

// loads returns at the end of ctx, which is no error, or where a request fails.
func loads(ctx context.Context, url string, length time.Duration) error {
	for ctx.Err() == nil {
		if err := putUnderLoad(ctx, url, length, io.Discard); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}
