package eventstore

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	holder, _ := startChild(t, "hold", dir, 0)

	var said []string
	_, err := Open(t.Context(), Options{Dir: dir, Wait: 120 * time.Millisecond, Notify: func(s string) { said = append(said, s) }})
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	assert.Equal(t, holder.cmd.Process.Pid, locked.Holder.PID)
	assert.Equal(t, "child hold", locked.Holder.Kind)
	assert.GreaterOrEqual(t, locked.Waited, 100*time.Millisecond)
	require.Len(t, said, 1, "the wait is announced once")
	assert.Contains(t, said[0], "child hold")

	_, err = Open(t.Context(), Options{Dir: dir})
	require.ErrorAs(t, err, &locked, "without a wait")
}

func TestLockedByTheSameProcess(t *testing.T) {
	dir := t.TempDir()
	openDir(t, dir)
	_, err := Open(t.Context(), Options{Dir: dir})
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	assert.Equal(t, os.Getpid(), locked.Holder.PID)
}

func TestWaitsForTheHolderToEnd(t *testing.T) {
	dir := t.TempDir()
	holder, _ := startChild(t, "hold", dir, 0)
	waiting := make(chan struct{})
	opened := make(chan error, 1)
	go func() {
		s, err := Open(t.Context(), Options{Dir: dir, Wait: soon, Notify: func(string) { close(waiting) }})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	<-waiting
	holder.end()
	require.NoError(t, <-opened)
}

func TestLockOfAKilledProcessIsFree(t *testing.T) {
	dir := t.TempDir()
	holder, url := startChild(t, "serve", dir, 0)
	require.NotEmpty(t, url)
	holder.kill()
	require.FileExists(t, filepath.Join(dir, serverFile), "the note of the killed server is stale")
	s := openDir(t, dir)
	assert.Empty(t, s.URL())
	require.NoFileExists(t, filepath.Join(dir, serverFile))
}

func TestGoesThroughTheListeningServer(t *testing.T) {
	dir := t.TempDir()
	server, url := startChild(t, "serve", dir, 0)
	s := openDir(t, dir)
	assert.Equal(t, url, s.URL())
	begin(t, s, "talks")
	in := statements("talks", "key", 3)
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	other := openDir(t, dir)
	require.Len(t, keysOf(readAll(t, other, "talks", 0)), 4)

	_, err = Open(t.Context(), Options{Dir: dir, Listen: "127.0.0.1:0"})
	var locked *LockedError
	require.ErrorAs(t, err, &locked, "a second server of the folder")

	server.end()
	require.NoFileExists(t, filepath.Join(dir, serverFile))
	again := openDir(t, dir)
	require.Len(t, keysOf(readAll(t, again, "talks", 0)), 4)
	mark, err := again.mark.read()
	require.NoError(t, err)
	assert.Equal(t, uint64(4), mark.Last, "appends through the server raise the mark")
}

// The holder may be gone when its note is read, and its port be another's.
func TestAnotherServerOnThePortOfTheNote(t *testing.T) {
	dir := t.TempDir()
	startChild(t, "hold", dir, 0)
	strangers := openDir(t, t.TempDir(), listening)
	require.NoError(t, folder{dir}.writeServerNote(serverNote{URL: strangers.URL(), ID: "gone", PID: 1}))
	_, err := Open(t.Context(), Options{Dir: dir})
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	require.Error(t, locked.Err, "why the server could not be used")

	require.NoError(t, folder{dir}.writeServerNote(serverNote{URL: "nats://127.0.0.1:1", ID: "gone", PID: 1}))
	_, err = Open(t.Context(), Options{Dir: dir})
	require.ErrorAs(t, err, &locked)
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
}

func TestModesOfTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	openDir(t, dir, listening)
	mode := func(path string) fs.FileMode {
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	assert.Equal(t, fs.FileMode(0o700), mode(dir))
	for _, name := range []string{secretsFile, lockFile, markFile, serverFile} {
		assert.Equal(t, fs.FileMode(0o600), mode(filepath.Join(dir, name)), name)
	}
	note, err := os.ReadFile(filepath.Join(dir, serverFile))
	require.NoError(t, err)
	secrets, err := folder{dir}.readSecrets()
	require.NoError(t, err)
	assert.NotContains(t, string(note), secrets.Owner)
}

func TestSecretsAreClosedAgain(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, openDir(t, dir).Close())
	require.NoError(t, os.Chmod(filepath.Join(dir, secretsFile), 0o644))
	openDir(t, dir)
	info, err := os.Stat(filepath.Join(dir, secretsFile))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(t.Context(), Options{Dir: file})
	require.ErrorContains(t, err, "data folder")

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, secretsFile), []byte("{}"), 0o600))
	_, err = Open(t.Context(), Options{Dir: dir})
	require.ErrorContains(t, err, "secrets")
	require.NoError(t, os.Remove(filepath.Join(dir, secretsFile)))
	openDir(t, dir) // nothing of the failed try is left
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"nothing":             {},
		"two places":          {Dir: "a", URL: "nats://127.0.0.1:1"},
		"listen without one":  {URL: "nats://127.0.0.1:1", Listen: "127.0.0.1:0"},
		"listen to everybody": {Dir: t.TempDir(), Listen: "0.0.0.0:0"},
		"listen nowhere":      {Dir: t.TempDir(), Listen: "4222"},
		"no such context":     {Context: "no-such-context"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			_, err := Open(t.Context(), o)
			var bad *OptionError
			require.ErrorAs(t, err, &bad)
		})
	}
}

func TestPortThatIsTaken(t *testing.T) {
	first := openDir(t, t.TempDir(), listening)
	dir := t.TempDir()
	_, err := Open(t.Context(), Options{Dir: dir, Listen: first.Conn().ConnectedAddr()})
	if first.Conn().ConnectedAddr() == "pipe" {
		_, err = Open(t.Context(), Options{Dir: dir, Listen: first.URL()[len("nats://"):]})
	}
	require.Error(t, err)
	assert.ErrorContains(t, err, "listen")
	openDir(t, dir) // the folder is free again
}

func TestUnreachable(t *testing.T) {
	_, err := Open(t.Context(), Options{URL: "nats://somebody:password@127.0.0.1:1"})
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	require.ErrorIs(t, err, nats.ErrNoServers)
	assert.NotContains(t, err.Error(), "password")
}

func TestClosed(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "twice")
	_, err := s.Append(t.Context(), Any(), statements("talks", "key", 1), AppendOptions{})
	require.ErrorIs(t, err, ErrClosed)
	for _, err := range s.Read(t.Context(), "talks", 0) {
		require.ErrorIs(t, err, ErrClosed)
	}
	for _, err := range s.Follow(t.Context(), "talks", 0) {
		require.ErrorIs(t, err, ErrClosed)
	}
	_, err = s.Head(t.Context(), "talks")
	require.ErrorIs(t, err, ErrClosed)
}

// The server of a folder may end while others go through it, and the next one
// listens at another port. They find it.
func TestServerOfTheFolderMoves(t *testing.T) {
	dir := t.TempDir()
	first, url := startChild(t, "serve", dir, 0)
	var told atomic.Int32
	s := openDir(t, dir, func(o *Options) {
		o.Patience = soon
		o.Notify = func(string) { told.Add(1) }
	})
	begin(t, s, "talks")
	first.kill()
	in := statements("talks", "key", 3)
	done := make(chan error, 1)
	go func() {
		_, err := s.Append(t.Context(), Exactly(1), in, AppendOptions{})
		done <- err
	}()
	require.Eventually(t, func() bool { return told.Load() > 0 }, soon, 5*time.Millisecond, "who waits is told why")

	// A server of somebody else's has taken the port meanwhile, and lets everybody in.
	port, err := strconv.Atoi(url[strings.LastIndexByte(url, ':')+1:])
	require.NoError(t, err)
	stranger := startExternal(t, t.TempDir(), port)
	require.Eventually(t, func() bool {
		seen, err := stranger.Varz(nil)
		return err == nil && seen.TotalConnections > 0
	}, soon, 5*time.Millisecond, "the one who waits tries the port that it knew")
	select {
	case err := <-done:
		require.NoError(t, err)
		require.Fail(t, "appended to a stranger")
	case <-time.After(300 * time.Millisecond):
	}

	_, moved := startChild(t, "serve", dir, 0)
	require.NotEqual(t, url, moved)
	require.NoError(t, <-done)
	assert.Equal(t, moved, s.URL())
	onceEach(t, readAll(t, s, "talks", 2), in)
}

// A server that is gone for good is named as such.
func TestServerOfTheFolderIsGone(t *testing.T) {
	dir := t.TempDir()
	first, _ := startChild(t, "serve", dir, 0)
	s := openDir(t, dir, func(o *Options) { o.Patience = 300 * time.Millisecond })
	begin(t, s, "talks")
	first.kill()
	in := statements("talks", "key", 1)
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	assert.ErrorContains(t, err, dir)
	assert.ErrorContains(t, err, "whoever served the folder has ended")
	require.NoError(t, s.Close())
	again := openDir(t, dir)
	_, err = again.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	onceEach(t, readAll(t, again, "talks", 2), in)
}
