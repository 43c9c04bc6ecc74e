package eventstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	connectTimeout  = 5 * time.Second
	lockPollEvery   = 50 * time.Millisecond
	requestTimeout  = 5 * time.Second
	reconnectPause  = 100 * time.Millisecond
	reconnectJitter = 100 * time.Millisecond

	// A server that was stopped, or whose machine lost its power, leaves the connection
	// open and says nothing any more. It is given up after three of these, well within
	// Options.Patience, and another server of the cluster is tried.
	pingEvery     = 3 * time.Second
	pingsUnheeded = 2
)

// openFolder serves the folder, or goes through the process that serves it, or
// waits until one of the two is possible.
func (s *Store) openFolder(ctx context.Context) error {
	f := folder{s.opts.Dir}
	s.where = f.dir
	if err := f.create(); err != nil {
		return err
	}
	me := Holder{PID: os.Getpid(), Kind: s.opts.Kind, Since: s.opts.Now().UTC()}
	begun := time.Now()
	var told Holder
	for {
		lock, err := f.tryLock(me)
		denied, isDenied := errors.AsType[*AccessError](err)
		if isDenied && s.opts.Reads {
			if lock, err = f.readLock(); err == nil {
				s.folder, s.lock = &f, lock
				return s.openFiles(ctx, f, denied)
			}
		}
		if err == nil {
			s.folder, s.lock = &f, lock
			return s.serve(ctx, f)
		}
		if !errors.Is(err, errHeld) {
			return err
		}
		// The holder may be ending, and its note be out of date; the lock tells in
		// the next round.
		var through error
		if s.opts.Listen == "" {
			if through = s.connectThrough(f); through == nil {
				return s.mendsThrough(f)
			}
			if errors.Is(through, fs.ErrNotExist) {
				through = nil // it does not listen
			}
		}
		holder := f.holder()
		waited := time.Since(begun)
		if waited >= s.opts.Wait {
			return &LockedError{Dir: f.dir, Holder: holder, Waited: waited.Truncate(lockPollEvery), Err: through}
		}
		if holder != told {
			told = holder
			s.opts.Notify(fmt.Sprintf("waiting for %s, which holds the lock of %s (at most %s more)",
				holder, f.dir, (s.opts.Wait - waited).Round(time.Second)))
		}
		if err := pause(ctx, min(lockPollEvery, s.opts.Wait-waited)); err != nil {
			return err
		}
	}
}

// serve starts the server of a folder whose lock we hold.
func (s *Store) serve(ctx context.Context, f folder) error {
	if err := f.writable(); err != nil {
		if denied, ok := errors.AsType[*AccessError](err); ok {
			return s.openFiles(ctx, f, denied)
		}
		return err
	}
	f.sweep()
	if err := f.removeServerNote(); err != nil { // of a holder that was killed
		return err
	}
	if err := s.openMark(f, s.opts.Listen != ""); err != nil {
		return err
	}
	x, err := s.examine(ctx, f)
	if err != nil {
		return err
	}
	if s.damage != nil {
		s.files = x.files()
		return nil
	}
	if err := f.removeUnmade(x.unmade); err != nil {
		return err
	}
	if err := f.beginDropped(x.reports[BranchStream]); err != nil {
		return err
	}
	return s.startOn(ctx, f)
}

// startOn starts the server of a folder.
func (s *Store) startOn(ctx context.Context, f folder) error {
	secrets, err := f.ensureSecrets()
	if err != nil {
		return err
	}
	if s.mark == nil {
		if err := s.openMark(f, s.opts.Listen != ""); err != nil {
			return err
		}
	}
	let := admission{secrets: secrets, anonymous: !s.opts.Closed}
	if s.opts.Listen != "" {
		if let.grants, err = s.readGrants(f); err != nil {
			return err
		}
	}
	if s.server, err = startServer(ctx, f, let, s.opts.Listen, s.log); err != nil {
		return err
	}
	if err := s.connect(remote{options: []nats.Option{
		nats.InProcessServer(s.server.server), nats.UserInfo(ownerUser, secrets.Owner),
	}}); err != nil {
		return err
	}
	if s.server.url == "" {
		return nil
	}
	s.follower.Go(func() { s.followGrants(f) })
	if err := s.keepGate(secrets.Owner); err != nil {
		return err
	}
	return f.writeServerNote(serverNote{URL: s.server.url, ID: s.server.server.ID(), PID: os.Getpid()})
}

func (s *Store) openMark(f folder, shared bool) (err error) {
	s.mark, err = openMark(f, shared, func(err error) {
		s.log.Error("the high-water mark could not be kept", slog.Any("error", err))
	})
	return err
}

// connectThrough connects to the server of the process that has the folder. The
// note may be stale, so the server must also be the one that wrote it.
func (s *Store) connectThrough(f folder) error {
	note, err := f.readServerNote()
	if err != nil {
		return err
	}
	secrets, err := f.readSecrets()
	if err != nil {
		return err
	}
	s.through = &noteDialer{folder: f}
	err = s.connect(remote{address: note.URL, options: []nats.Option{
		nats.UserInfo(ownerUser, secrets.Owner), nats.SetCustomDialer(s.through),
	}})
	if err == nil {
		if s.isStranger(s.nc) {
			err = fmt.Errorf("another server answers at %s", note.URL)
		} else {
			err = s.openMark(f, true)
		}
		if err != nil {
			s.nc.Close()
			s.nc, s.js = nil, nil
		}
	}
	if err != nil {
		s.through = nil
	}
	return err
}

// isStranger tells whether a connection to the server of a folder reached another
// one: the note of a server that was killed is stale, and its port may be taken.
func (s *Store) isStranger(nc *nats.Conn) bool {
	return s.through != nil && s.through.last().ID != nc.ConnectedServerId()
}

// openRemote connects to servers that are not ours.
func (s *Store) openRemote(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := remote{address: s.opts.URL}
	s.where = redact(s.opts.URL)
	if s.opts.Context != "" {
		s.where = "of context " + s.opts.Context
		var err error
		if r, err = remoteOf(s.opts.Context); err != nil {
			return err
		}
	}
	r.options = append(r.options, nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsUnheeded))
	return s.connect(r)
}

// Connect makes another connection to where the record is, with the same rights, for
// work whose mistakes may end it: a server ends the connection of whoever sends what it
// does not take, and whatever else was under way on it fails. Whoever calls, closes it.
func (s *Store) Connect() (*nats.Conn, jetstream.JetStream, error) {
	options := append(s.connectOptions(s.reached), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		s.log.Warn("nats connection", slog.Any("error", err))
	}))
	if s.through != nil { // which server was reached is a matter of each connection
		dialer := &noteDialer{folder: s.through.folder}
		options = append(options, nats.SetCustomDialer(dialer), nats.ReconnectHandler(func(nc *nats.Conn) {
			if dialer.last().ID != nc.ConnectedServerId() {
				_ = nc.ForceReconnect() // it fails if the connection was lost or closed meanwhile
			}
		}))
	}
	nc, err := nats.Connect(s.reached.address, options...)
	if err != nil {
		return nil, nil, &UnreachableError{Where: cmp.Or(redact(s.reached.address), s.where), Err: err}
	}
	js, err := s.reached.jetStream(nc)
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return nc, js, nil
}

// connectOptions are the options of every connection. Nothing is kept back while it is
// down: what was not sent is not sent later behind our back.
func (s *Store) connectOptions(r remote) []nats.Option {
	return append(slices.Clone(r.options),
		nats.Name(s.opts.Kind),
		nats.Timeout(connectTimeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectPause),
		nats.ReconnectJitter(reconnectJitter, reconnectJitter),
		nats.ReconnectBufSize(-1),
	)
}

// connect makes the connection of the store.
func (s *Store) connect(r remote) error {
	options := append(s.connectOptions(r),
		nats.ErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrPermissionViolation) {
				s.link.denied(s.where, userOf(nc), err)
			}
			attrs := []any{slog.Any("error", err)}
			if sub != nil {
				attrs = append(attrs, slog.String("subject", sub.Subject))
			}
			s.log.Warn("nats connection", attrs...)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			s.link.down()
			if err != nil {
				s.log.Warn("nats connection lost", slog.Any("error", err))
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			if s.isStranger(nc) {
				s.log.Warn("another server answers for the folder", slog.String("server", nc.ConnectedUrlRedacted()))
				_ = nc.ForceReconnect() // it fails if the connection was lost or closed meanwhile
				return
			}
			s.link.back()
			s.log.Info("nats connection is back", slog.String("server", nc.ConnectedUrlRedacted()))
		}),
	)
	nc, err := nats.Connect(r.address, options...)
	if err != nil {
		return &UnreachableError{Where: cmp.Or(redact(r.address), s.where), Err: err}
	}
	js, err := r.jetStream(nc)
	if err != nil {
		nc.Close()
		return err
	}
	s.nc, s.js, s.reached = nc, js, r
	return nil
}

func (r remote) jetStream(nc *nats.Conn) (jetstream.JetStream, error) {
	timeout := jetstream.WithDefaultTimeout(requestTimeout)
	switch {
	case r.apiPrefix != "":
		return jetstream.NewWithAPIPrefix(nc, r.apiPrefix, timeout)
	case r.domain != "":
		return jetstream.NewWithDomain(nc, r.domain, timeout)
	default:
		return jetstream.New(nc, timeout)
	}
}

// redact takes passwords out of addresses, for messages.
func redact(addresses string) string {
	parts := strings.Split(addresses, ",")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if u, err := url.Parse(p); err == nil && u.User != nil {
			p = u.Redacted()
		}
		parts[i] = p
	}
	return strings.Join(parts, ",")
}

// pause waits, or returns why it was not worth while.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// userOf words who a connection is of, without secrets; it is empty if it came
// without credentials.
func userOf(nc *nats.Conn) string {
	o := nc.Opts
	name := o.User
	if u, err := url.Parse(nc.ConnectedUrl()); name == "" && err == nil && u.User != nil {
		if _, ok := u.User.Password(); !ok {
			return "the user of this connection" // what stands there is a token
		}
		name = u.User.Username()
	}
	switch {
	case name != "":
		return "the user " + name
	case o.Token != "", o.TokenHandler != nil, o.UserJWT != nil, o.Nkey != "", o.SignatureCB != nil:
		return "the user of this connection"
	default:
		return ""
	}
}
