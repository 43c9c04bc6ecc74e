package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/eventstore/blocks"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options says which store to open, and how. One of Dir, URL and Context is given.
type Options struct {
	Dir     string // data folder, served by this process or by the one that has it
	URL     string // NATS servers, separated by commas
	Context string // context of the nats command line: address and credentials

	// Kind is what this process is doing, as others shall read it: "parley import".
	Kind string
	// Wait is how long to wait for a folder that another process has.
	Wait time.Duration
	// Listen makes the folder's server listen at an address; port 0 is any free port.
	// Empty: it serves this process only. Others than those of this machine can be
	// given where roles are granted ([AddGrant]).
	Listen string
	// Closed refuses whoever connects to it without credentials.
	Closed bool
	// Reads says that nothing will be written. Then a folder that cannot be written to
	// is read from its files, without a server, and not refused ([AccessError]); so is
	// one whose disk is full, where the server would have to write.
	Reads bool
	// OnDamage says what to do with a log of which something is lost.
	OnDamage OnDamage
	// Patience is how long an append waits for a server that does not answer, 30
	// seconds if not given. A cluster that loses its leader is back within ten.
	Patience time.Duration

	Logger *slog.Logger     // for those who run the system; none if nil
	Notify func(string)     // for the person who waits, a sentence at a time
	Now    func() time.Time // time.Now if nil; both may be called from several goroutines

	// For tests.
	duplicates time.Duration
	answer     time.Duration
	room       room
}

// OnDamage says what to do with a log of which something is lost.
type OnDamage int

const (
	// RefuseDamage refuses to open it.
	RefuseDamage OnDamage = iota
	// ReadDamaged opens it; appends are refused.
	ReadDamaged
	// AcceptLoss goes on without what is lost, and writes that down.
	AcceptLoss
)

// Store is one record and its branches. Its methods may be called concurrently.
type Store struct {
	opts  Options
	where string // folder or address, for messages
	log   *slog.Logger

	nc      *nats.Conn
	js      jetstream.JetStream
	reached remote // where nc leads
	link    *link

	// Of a folder only.
	mark   *markKeeper
	diskOf func() (disk, error)
	// Of a folder that this process serves only.
	folder     *folder
	lock       *folderLock
	server     *embedded
	hashes     *hashKeeper
	justHashed Range          // positions whose hashes were computed from the log when it was opened
	inspected  *blocks.Report // the files of the record, as they were before the server
	follower   sync.WaitGroup // keeps the hashes of what others append
	// Of a folder that is read from its files only: it is damaged, or cannot be written
	// to. Then there is no server and no connection.
	files  *fileLog
	access *AccessError // why it cannot be written to
	// Of a folder that another process serves only.
	through *noteDialer

	granting granting // of a folder that this process serves for others
	gate     *gate    // of its dashboards' watches

	slow       slowness
	roaming    roaming
	damage     *DamageError // opened for reading only
	books      books
	origins    origins
	branchRead branchCache
	census     census

	closing sync.Once
}

// Open opens a store. It returns a *LockedError, an *UnreachableError, a
// *DamageError, an *AccessError, a *StorageError or a *StreamMismatchError where that is
// the matter.
func Open(ctx context.Context, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Store{opts: o, log: o.Logger, link: newLink()}
	if o.Dir != "" {
		s.diskOf = folder{o.Dir}.disk
		err = s.openFolder(ctx)
	} else {
		err = s.openRemote(ctx)
	}
	if err == nil && s.files == nil {
		if err = s.ready(ctx); err == nil {
			err = s.keepHashes(ctx)
		}
	}
	if o.Dir != "" && (isFull(err) || isStorage(err)) {
		err = s.openFull(ctx, err)
	}
	if err != nil {
		err = s.explain(ctx, err)
		if _, ok := errors.AsType[*OptionError](err); !ok { // it says that itself
			err = fmt.Errorf("open store: %w", err)
		}
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ready checks the streams, and makes them where they are missing.
func (s *Store) ready(ctx context.Context) error {
	replicas := 1
	if s.nc.ConnectedClusterName() != "" {
		replicas = 3
	}
	if err := s.checkMissing(ctx); err != nil {
		return err
	}
	record, branches := recordConfig(replicas), branchConfig(replicas)
	if s.opts.duplicates != 0 {
		record.Duplicates = s.opts.duplicates
	}
	for _, config := range []jetstream.StreamConfig{record, branches} {
		err := s.patiently(ctx, func() error {
			err := ensureStream(ctx, s.js, config)
			if errors.Is(err, nats.ErrNoResponders) { // nobody listens to such requests
				return jetstream.ErrJetStreamNotEnabled
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.patiently(ctx, func() error { return s.checkDamage(ctx) })
}

func (o Options) withDefaults() (Options, error) {
	given := 0
	for _, v := range []string{o.Dir, o.URL, o.Context} {
		if v != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return o, &OptionError{"say where it is: a folder, an address or a context"}
	case given > 1:
		return o, &OptionError{"a folder, an address and a context exclude each other"}
	case o.Listen != "" && o.Dir == "":
		return o, &OptionError{"only the server of a folder can be made to listen"}
	}
	if o.Listen != "" {
		// Whether others may be let in is known when the folder was looked at.
		if _, _, err := listenAddress(o.Listen, true); err != nil {
			return o, err
		}
	}
	if o.Dir != "" {
		dir, err := filepath.Abs(o.Dir)
		if err != nil {
			return o, fmt.Errorf("open store: %w", err)
		}
		o.Dir = dir
	}
	if o.Kind == "" {
		o.Kind = filepath.Base(os.Args[0])
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	if o.answer == 0 {
		o.answer = 10 * time.Second
	}
	o.room = o.room.orDefault()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// Close ends the connection and, if this process serves the folder, its server;
// then the folder is free. Calls that are under way end with an error.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		s.link.close()
		s.follower.Wait()
		err = s.stopServing()
		if s.files != nil {
			err = errors.Join(err, s.files.close())
		}
		if s.lock != nil { // last, for it says that all the rest is over
			err = errors.Join(err, s.lock.release())
		}
	})
	if err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// stopServing ends the connection and the server, and closes what is kept beside it.
func (s *Store) stopServing() (err error) {
	if s.nc != nil {
		s.nc.Close()
	}
	if s.server != nil {
		err = s.folder.removeServerNote()
		s.server.stop()
	}
	if s.hashes != nil {
		err = errors.Join(err, s.hashes.close())
	}
	if s.mark != nil {
		err = errors.Join(err, s.mark.close())
	}
	return err
}

// Conn is the connection of the store, with the rights of the folder's owner or
// of whoever the address or context names. It ends with the store. A folder that is read
// from its files has none: it is nil.
func (s *Store) Conn() *nats.Conn { return s.nc }

// URL is where others can reach the server: empty for a folder whose server does
// not listen.
func (s *Store) URL() string {
	switch {
	case s.files != nil:
		return ""
	case s.server != nil:
		return s.server.url
	case s.through != nil:
		return s.through.last().URL
	default:
		return s.nc.ConnectedUrlRedacted()
	}
}

// Where names the store for people: the folder or the address.
func (s *Store) Where() string { return s.where }

// Damage is what was found wrong with a store that was opened for reading in
// spite of it, nil if nothing was.
func (s *Store) Damage() *DamageError { return s.damage }

// Access is why a store that was opened for reading cannot be written to, nil if it
// can.
func (s *Store) Access() *AccessError { return s.access }
