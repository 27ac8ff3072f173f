package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

const serveHelp = `Serve a fake Apptuit until Ctrl-C: it takes points, with the checks of the real
one, and answers apptuit query. It takes any token, keeps at most a million
points in memory, and forgets them when it ends. It has no PromQL.

The two lines on standard output, pasted into another terminal, make the programs
there use it.`

const serveExample = `  apptuit serve
  apptuit serve --listen 127.0.0.1:0     # any free port`

// defaultListen is OpenTSDB's port, on this machine alone.
const defaultListen = "127.0.0.1:4242"

func (a *app) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Serve a fake Apptuit on this machine",
		Long:    serveHelp,
		Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			return usage(cmd, cobra.NoArgs(cmd, args))
		},
	}
	listen := cmd.Flags().String("listen", defaultListen, "address and port; port 0 is any free one")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.serve(cmd, *listen) }
	return cmd
}

func (a *app) serve(cmd *cobra.Command, listen string) error {
	if _, _, err := net.SplitHostPort(listen); err != nil {
		return usagef(cmd, "--listen %q is not ADDRESS:PORT", listen)
	}
	listener, err := new(net.ListenConfig).Listen(cmd.Context(), "tcp", listen)
	if err != nil {
		return fmt.Errorf("%w: choose another address by --listen; port 0 is any free one", err)
	}
	fake := apptuittest.NewUnstartedServer()
	defer fake.Close()
	if err := a.announce(listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := serveUntil(cmd.Context(), listener, fake); err != nil {
		return err
	}
	a.console.note("ended; %s had come", plural(len(fake.Points()), "point"))
	return nil
}

// announce says how to use the server.
func (a *app) announce(addr net.Addr) error {
	endpoint, local := reachable(addr)
	_, err := fmt.Fprintf(a.out, "export APPTUIT_API_ENDPOINT=%s\nexport APPTUIT_API_TOKEN=any-token\n", endpoint)
	if err != nil {
		return err
	}
	if !local {
		a.console.note("everybody who reaches %s can read and write here; other machines also need APPTUIT_INSECURE=true", addr)
	}
	a.console.note("a fake Apptuit serves on %s; Ctrl-C ends it", addr)
	return nil
}

// reachable returns the URL of an address, and whether only this machine
// reaches it.
func reachable(addr net.Addr) (url string, local bool) {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return "http://" + addr.String(), false
	}
	ip := at.Addr().Unmap()
	if ip.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", at.Port()), false
	}
	return "http://" + netip.AddrPortFrom(ip, at.Port()).String(), ip.IsLoopback()
}

// serveUntil answers until ctx ends.
func serveUntil(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	err := server.Close() // what is in progress is nobody's concern any more
	<-served              // http.ErrServerClosed
	return err
}
