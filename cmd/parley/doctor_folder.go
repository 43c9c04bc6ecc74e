package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/eventstore"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"
)

// folder examines a data folder from outside: who can read it, and how much room
// its disk has.
func (x *examination) folder(dir string) {
	info, err := os.Stat(dir)
	if err != nil {
		x.bad("folder", err)
		return
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		x.add(noteState, "folder", "%s is open to others (mode %04o); chmod 700 closes it", dir, mode)
	} else {
		x.add(wellState, "folder", "%s, open to its owner only", dir)
	}
	x.secrets(dir)
	x.key(dir)
	x.disk(dir)
	x.hashes(dir)
	x.dropped(dir)
	x.losses(dir)
}

// hashes reads the hashes that the log is compared with.
func (x *examination) hashes(dir string) {
	if err := eventstore.CheckHashes(dir); err != nil {
		x.bad("hashes", err)
	}
}

// dropped reads the notes on branches that were dropped. What is missing because of
// them is found in the streams.
func (x *examination) dropped(dir string) {
	err := eventstore.CheckDropped(dir)
	if d, ok := errors.AsType[*eventstore.DamageError](err); ok {
		x.add(noteState, "dropped", "%s", d.Detail)
	} else if err != nil {
		x.bad("dropped", err)
	}
}

// losses tells of what was lost and accepted, and of what was put aside then.
func (x *examination) losses(dir string) {
	losses, err := eventstore.Losses(dir)
	if err != nil {
		x.bad("losses", err)
	}
	for _, l := range losses {
		text := l.Detail
		if len(l.Lost) > 0 {
			text = rangesText(l.Lost) + ": " + text
		}
		x.add(noteState, "losses", "accepted at %s, of stream %s: %s", l.Time.Format(time.DateTime), l.Stream, text)
	}
	for _, pattern := range []string{"jetstream-damaged-*", "hashes-before-*"} {
		aside, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			x.bad("put aside", err)
		}
		for _, name := range aside {
			x.add(noteState, "put aside", "%s holds what was there before a loss was accepted (%s); it is not needed to go on", filepath.Base(name), bytesText(sizeOf(name)))
		}
	}
}

// secrets looks for files at the top of the folder that others can read. The
// passwords of the server's users are among them.
func (x *examination) secrets(dir string) {
	const name = "secrets.json"
	info, err := os.Lstat(filepath.Join(dir, name))
	switch {
	case os.IsNotExist(err):
		x.add(noteState, "secrets", "none yet; they are made when the folder is first used")
	case err != nil:
		x.bad("secrets", err)
	case info.Mode().Perm()&0o077 != 0:
		x.add(noteState, "secrets", "%s was open to others (mode %04o); using the folder closes it, but whoever read it can write to the record: remove it, and new secrets are made", name, info.Mode().Perm())
	default:
		x.add(wellState, "secrets", "%s is open to its owner only (mode %04o)", name, info.Mode().Perm())
	}
}

// keyHint is what to do about a key that does not read. The record does not depend on it.
const keyHint = "put back a copy of " + eventstore.KeyFile + ", if you kept one, for it is not in backups; else rename it, and the next checkpoint makes a new key; " +
	"what the old one signed is checked with its public key, as before (--public-key)"

// key shows the public half of the key that signs checkpoints.
func (x *examination) key(dir string) {
	file := filepath.Join(dir, eventstore.KeyFile)
	key, err := eventstore.ReadKey(file)
	info, statErr := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.add(wellState, "key", "none yet; parley checkpoint makes one, to sign with")
	case err != nil:
		x.add(badState, "key", "%v", err)
		x.lesser = &brokenError{Reason: "key: " + err.Error(), Hint: keyHint}
	case statErr == nil && info.Mode().Perm()&0o077 != 0:
		x.add(noteState, "key", "%s is open to others (mode %04o): whoever read it can sign checkpoints in your name; its public key is %s", eventstore.KeyFile, info.Mode().Perm(), key.Public)
	default:
		x.add(wellState, "key", "checkpoints are signed with the public key %s", key.Public)
	}
}

// diskLow is the room on the disk below which doctor says so.
const diskLow = 1 << 30

func (x *examination) disk(dir string) {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		x.add(noteState, "disk", "its room cannot be told: %v", err)
		return
	}
	free := int64(disk.Bavail) * int64(disk.Bsize)
	used := sizeOf(dir)
	state := wellState
	if free < diskLow {
		state = noteState
	}
	x.add(state, "disk", "%s free, %s used by the folder", bytesText(free), bytesText(used))
}

// sizeOf adds up the files of a folder; what vanishes meanwhile counts nothing.
func sizeOf(dir string) int64 {
	var total int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}

// bytesText is a size for people: 1.5 MiB.
func bytesText[N ~int | ~int64 | ~uint64](n N) string {
	size, units := float64(n), []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	for size >= 1024 && len(units) > 1 {
		size, units = size/1024, units[1:]
	}
	if units[0] == "bytes" {
		return fmt.Sprintf("%d bytes", n)
	}
	if size == float64(int64(size)) {
		return fmt.Sprintf("%d %s", int64(size), units[0])
	}
	return fmt.Sprintf("%.1f %s", size, units[0])
}

// server examines the server and the streams. Their settings were checked when
// the store was opened, which fails if they are not as they must be.
func (x *examination) server(ctx context.Context, s *eventstore.Store, folder bool) error {
	nc := s.Conn()
	if nc == nil { // the folder is damaged, or cannot be written to
		if a := s.Access(); a != nil {
			x.add(noteState, "folder", "%v", a)
		}
		x.add(noteState, "server", "none: the files of the streams are read as they are")
		return nil
	}
	switch {
	case folder && s.URL() == "":
		x.add(wellState, "server", "nats-server %s within this process; nobody else has the folder", nc.ConnectedServerVersion())
	case folder:
		x.add(wellState, "server", "nats-server %s of the process that serves the folder at %s", nc.ConnectedServerVersion(), s.URL())
	default:
		x.add(wellState, "server", "nats-server %s at %s", nc.ConnectedServerVersion(), s.URL())
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	for _, name := range []string{eventstore.RecordStream, eventstore.BranchStream} {
		stream, err := js.Stream(ctx, name)
		if err != nil {
			x.add(noteState, "stream "+name, "cannot be asked: %v", err)
			continue
		}
		info := stream.CachedInfo()
		x.add(wellState, "stream "+name, "%s, %s on %s, %s; delete denied: %s, purge denied: %s, messages up to %s",
			count(info.State.Msgs, "message", "messages"), bytesText(info.State.Bytes), info.Config.Storage,
			count(info.Config.Replicas, "replica", "replicas"), yesNo(info.Config.DenyDelete), yesNo(info.Config.DenyPurge),
			bytesText(int64(info.Config.MaxMsgSize)))
	}
	return nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
