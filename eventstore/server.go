package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	serverStartTimeout = 60 * time.Second // recovery of millions of events takes seconds
	memoryMax          = 1 << 30          // for memory streams: what can be rebuilt, and its copies
	dashboardsMax      = 4096             // connections
)

// embedded is a nats-server within this process.
type embedded struct {
	server *server.Server
	url    string // where others on this machine reach it, empty if it does not listen
	keeper string // password of the keeper, of this life of the server only
	opts   func(Grants) (*server.Options, error)
}

// startServer starts the server of a folder. Its holder has the lock.
func startServer(ctx context.Context, f folder, a admission, listen string, log *slog.Logger) (*embedded, error) {
	disk, err := f.disk()
	if err != nil {
		return nil, err
	}
	host, port := "", 0
	if listen != "" {
		if host, port, err = listenAddress(listen, a.grants.Configured); err != nil {
			return nil, err
		}
	}
	if a.keeper, err = newSecret(); err != nil {
		return nil, err
	}
	e := &embedded{keeper: a.keeper}
	e.opts = func(g Grants) (*server.Options, error) {
		opts := &server.Options{
			ServerName:         "parley",
			NoSigs:             true,
			DontListen:         listen == "",
			Host:               host,
			Port:               port,
			JetStream:          true,
			StoreDir:           f.dir,
			SyncAlways:         true, // an acknowledged event is on the disk
			JetStreamMaxMemory: memoryMax,
			JetStreamMaxStore:  disk.size, // see room
			MaxConn:            dashboardsMax,
		}
		a.grants = g
		if err := opts.ProcessConfigString(accessRules(a)); err != nil {
			return nil, fmt.Errorf("embedded server: %w", err)
		}
		opts.ConfigFile = ""
		return opts, nil
	}
	opts, err := e.opts(a.grants)
	if err != nil {
		return nil, err
	}
	if e.server, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("embedded server: %w", err)
	}
	journal := &serverLog{log: log}
	e.server.SetLoggerV2(journal, false, false, false)
	if err := e.start(ctx, journal); err != nil {
		e.stop()
		return nil, fmt.Errorf("embedded server in %s: %w", f.dir, err)
	}
	if listen != "" {
		e.url = e.address()
		port = e.server.Addr().(*net.TCPAddr).Port // for it keeps it
	}
	return e, nil
}

// address is where others on this machine reach the server.
func (e *embedded) address() string {
	u, err := url.Parse(e.server.ClientURL())
	if err != nil {
		return e.server.ClientURL()
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}

// reload lets in whom grants name, and cuts the connections of all others that need
// one.
func (e *embedded) reload(g Grants) error {
	opts, err := e.opts(g)
	if err != nil {
		return err
	}
	if err := e.server.ReloadOptions(opts); err != nil {
		return fmt.Errorf("embedded server: %w", err)
	}
	return nil
}

// start returns when the server is ready, has given up, or ctx ends.
func (e *embedded) start(ctx context.Context, journal *serverLog) error {
	started := make(chan struct{})
	go func() {
		defer close(started)
		e.server.Start()
	}()
	select {
	case <-started:
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(serverStartTimeout):
		return fmt.Errorf("not started within %s", serverStartTimeout)
	}
	if err := journal.fatal(); err != nil {
		return err
	}
	if !e.server.ReadyForConnections(5*time.Second) || !e.server.JetStreamEnabled() {
		return errors.Join(errors.New("not ready for connections"), journal.fatal())
	}
	return nil
}

func (e *embedded) stop() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// listenAddress reads where to listen. There is no TLS here, and whoever can connect
// without credentials reads; so others than this machine are let in only where it is
// said who may do what.
func listenAddress(s string, granted bool) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, &OptionError{fmt.Sprintf("listen address %q: write HOST:PORT, such as 127.0.0.1:0 for a free port", s)}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip := net.ParseIP(host)
	if ip == nil {
		return "", 0, &OptionError{fmt.Sprintf("listen address %q: %q is no IP address", s, host)}
	}
	if !ip.IsLoopback() && !granted {
		return "", 0, &OptionError{fmt.Sprintf("listen address %q: others than this machine can reach it, and nobody has said who may do what; parley access add grants a role, 127.0.0.1 is this machine only", s)}
	}
	if port, err = strconv.Atoi(p); err != nil || port < 0 || port > 65535 {
		return "", 0, &OptionError{fmt.Sprintf("listen address %q: %q is no port", s, p)}
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

// serverLog passes on what the server warns of, and remembers why it gave up.
type serverLog struct {
	log *slog.Logger

	mu   sync.Mutex
	last error
}

func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *serverLog) say(level slog.Level, format string, v []any) {
	l.log.Log(context.Background(), level, "nats server", slog.String("said", fmt.Sprintf(format, v...)))
}

func (l *serverLog) Noticef(format string, v ...any) { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Warnf(format string, v ...any)   { l.say(slog.LevelWarn, format, v) }
func (l *serverLog) Errorf(format string, v ...any)  { l.say(slog.LevelError, format, v) }

// Fatalf does not end the process, unlike the server's own log.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	l.last = fmt.Errorf(format, v...)
	l.mu.Unlock()
	l.say(slog.LevelError, format, v)
}
