package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/cmd/apptuit/live"
)

const serveHelp = `Serve a fake Apptuit until Ctrl-C: it takes points, with the checks of the real
one, and answers apptuit query. It takes any token, keeps the newest points in
at most 256 MiB of memory, and forgets them when it ends. It has no PromQL.

At its address a browser finds a page that shows the metrics as they arrive,
and what is wrong with them. The page only reads.

It can be left running: what requests take is bounded, and only requests for
localhost, a loopback address or its own address are answered, so that no page
in a browser reaches it by a name of its own. Other machines that use a name
need that name to be allowed by --allow-host.

The two lines on standard output, pasted into another terminal, make the
programs there use it.`

const serveExample = `  apptuit serve
  apptuit serve --listen 127.0.0.1:0     # any free port
  apptuit serve --no-page                # the store alone
  apptuit serve --listen 0.0.0.0:4242 --allow-host laptop.example`

// defaultListen is OpenTSDB's port, on this machine alone.
const defaultListen = "127.0.0.1:4242"

func (a *app) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Serve a fake Apptuit on this machine",
		Long:    serveHelp,
		Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(cmd, "it takes flags only")
			}
			return nil
		},
	}
	listen := cmd.Flags().String("listen", defaultListen, "`ADDRESS:PORT`; port 0 is\nany free one")
	hosts := cmd.Flags().StringArray("allow-host", nil, "answer requests for `HOST` too; may be given again")
	noPage := cmd.Flags().Bool("no-page", false, "serve no page for a browser")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.serve(cmd, *listen, *hosts, !*noPage) }
	return cmd
}

func (a *app) serve(cmd *cobra.Command, listen string, hosts []string, page bool) error {
	if _, _, err := net.SplitHostPort(listen); err != nil {
		return usagef(cmd, "--listen is not ADDRESS:PORT")
	}
	listener, err := new(net.ListenConfig).Listen(cmd.Context(), "tcp", listen)
	if err != nil {
		return fmt.Errorf("%w: choose another address by --listen; port 0 is any free one", err)
	}
	limitMemory()
	fake := apptuittest.NewUnstartedServer(apptuittest.WithHosts(hosts...))
	defer fake.Close()
	if page {
		fake.SetFront(live.Handler(fake))
	}
	if err := a.announce(listener.Addr(), page); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := serveUntil(cmd.Context(), listener, fake); err != nil {
		return err
	}
	a.console.note("ended; %s had come", plural(fake.Stored(), "point"))
	return nil
}

// serveMemory is what the process may take, in bytes: a full store, requests, and
// some of what is garbage. Without a limit garbage may take as much as a full store.
const serveMemory = 512 << 20

// limitMemory limits the memory of the process, unless GOMEMLIMIT does.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(serveMemory)
	}
}

// announce says how to use the server.
func (a *app) announce(addr net.Addr, page bool) error {
	endpoint, local := reachable(addr)
	_, err := fmt.Fprintf(a.out, "export APPTUIT_API_ENDPOINT=%s\nexport APPTUIT_API_TOKEN=any-token\n", endpoint)
	if err != nil {
		return err
	}
	if !local {
		a.console.note("everybody who reaches %s can read and write here; other machines also need APPTUIT_INSECURE=true", addr)
	}
	a.console.note("a fake Apptuit serves on %s; Ctrl-C ends it", addr)
	if page {
		a.console.note("watch it at %s/", endpoint)
	}
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
func serveUntil(ctx context.Context, listener net.Listener, fake *apptuittest.Server) error {
	defer context.AfterFunc(ctx, fake.Close)()
	return fake.Serve(listener)
}
