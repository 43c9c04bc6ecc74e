package eventstore

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"parley/eventstore/clustertest"
	"parley/eventstore/internal/history"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// How long the torture goes on, and with which choices: `make torture` sets both.
const (
	tortureMinutes = "PARLEY_TORTURE_MINUTES"
	tortureSeed    = "PARLEY_TORTURE_SEED"
)

// torture is a store under processes that come and go.
type torture struct {
	t      *testing.T
	random *rand.Rand
	seed   uint64
	until  time.Time

	dir, url string // the store
	notes    string // what the writers saw
	writers  []*child
	started  int // writing processes so far
}

// newTorture prepares a torture that lasts for a short time, or for as long as the
// environment says.
func newTorture(t *testing.T, short time.Duration) *torture {
	t.Helper()
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv(tortureSeed), strconv.FormatInt(time.Now().UnixNano(), 10)), 10, 64)
	require.NoError(t, err, tortureSeed)
	if long := os.Getenv(tortureMinutes); long != "" {
		minutes, err := strconv.ParseFloat(long, 64)
		require.NoError(t, err, tortureMinutes)
		short = time.Duration(minutes * float64(time.Minute))
	}
	t.Logf("%s=%d, for %s", tortureSeed, seed, short)
	return &torture{
		t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)),
		until: time.Now().Add(short), notes: t.TempDir(),
	}
}

// writer starts the i-th writing process, or starts it again under another name.
func (x *torture) writer(i int) {
	x.t.Helper()
	x.started++
	text, err := json.Marshal(orders{
		Name: fmt.Sprintf("w%d-%d", i, x.started), Dir: x.dir, URL: x.url, Notes: x.notes,
		Seed: x.random.Uint64(), Writers: 2, Shared: []string{"shared-a", "shared-b"},
	})
	require.NoError(x.t, err)
	c := startProcess(x.t, "write", tortureOrders+"="+string(text))
	require.Equal(x.t, "ready", c.line())
	if i == len(x.writers) {
		x.writers = append(x.writers, nil)
	}
	x.writers[i] = c
}

// killWriter kills a writing process and starts another in its place.
func (x *torture) killWriter(i int) {
	x.writers[i].kill()
	x.writer(i)
}

// freeze stops a process for a while, as a machine does that is overloaded.
func (x *torture) freeze(c *child, d time.Duration) {
	x.t.Helper()
	require.NoError(x.t, c.cmd.Process.Signal(syscall.SIGSTOP))
	time.Sleep(d)
	require.NoError(x.t, c.cmd.Process.Signal(syscall.SIGCONT))
}

// some is a time up to a limit.
func (x *torture) some(limit time.Duration) time.Duration {
	return time.Duration(x.random.Int64N(int64(limit)))
}

// end lets the writers end by themselves, and looks at what they did.
func (x *torture) end() {
	x.t.Helper()
	for _, w := range x.writers {
		require.NoError(x.t, w.stdin.Close())
	}
	for _, w := range x.writers {
		w.join()
	}
}

// check compares the log with what the writers saw.
func (x *torture) check(s *Store) {
	x.t.Helper()
	calls := x.calls()
	log := wholeLog(x.t, s)
	outcomes, conditional := tally(calls)
	x.t.Logf("%d processes made %d calls: %d accepted (%d of them conditional), %d refused, %d unknown; %d entries",
		x.started, len(calls), outcomes[history.Accepted], conditional, outcomes[history.Refused], outcomes[history.Unknown], len(log))
	faults := history.Check(calls, log)
	for _, f := range faults[:min(len(faults), 20)] {
		x.t.Error(f)
	}
	if len(faults) > 0 {
		kept := x.keep()
		x.t.Fatalf("%d faults; the notes of the writers are in %s", len(faults), kept)
	}
	for what, n := range map[string]int{
		"accepted": outcomes[history.Accepted], "refused": outcomes[history.Refused], "accepted under an expectation": conditional,
	} {
		assert.Positive(x.t, n, "calls that were %s: or else nothing was put to the test", what)
	}
	verifyTortured(x.t, s, log)
}

// tally counts calls by what became of them, and those that were accepted where they
// expected the log to be.
func tally(calls []history.Call) (outcomes map[history.Outcome]int, conditional int) {
	outcomes = map[history.Outcome]int{}
	for _, c := range calls {
		outcomes[c.Outcome]++
		if c.Expect != nil && c.Outcome == history.Accepted && len(c.Recorded) > 0 {
			conditional++
		}
	}
	return outcomes, conditional
}

// verifyTortured is the last word on a store that was tortured: it counts what it
// should, reads the same the second time, and everything is as it was recorded.
func verifyTortured(t *testing.T, s *Store, log []history.Entry) {
	t.Helper()
	known, err := s.Negotiations(t.Context())
	require.NoError(t, err)
	total := uint64(0)
	for _, n := range known {
		total += n.Count
	}
	assert.Equal(t, total, uint64(len(log)))
	assert.Equal(t, log, wholeLog(t, s))
	verified, err := s.Verify(t.Context(), VerifyOptions{})
	require.NoError(t, err)
	require.NoError(t, verified.Err())
	assert.EqualValues(t, len(log), verified.Entries)
}

// calls reads the notes of all writers.
func (x *torture) calls() []history.Call {
	x.t.Helper()
	files, err := filepath.Glob(filepath.Join(x.notes, "*.ndjson"))
	require.NoError(x.t, err)
	var calls []history.Call
	for _, name := range files {
		file, err := os.Open(name)
		require.NoError(x.t, err)
		one, err := history.Parse(file)
		require.NoError(x.t, err, name)
		require.NoError(x.t, file.Close())
		calls = append(calls, one...)
	}
	return calls
}

// keep saves the notes where they outlive the test.
func (x *torture) keep() string {
	dir, err := os.MkdirTemp("", "parley-torture-") // it outlives the test
	require.NoError(x.t, err)
	require.NoError(x.t, os.CopyFS(dir, os.DirFS(x.notes)))
	return dir
}

// wholeLog reads all negotiations.
func wholeLog(t *testing.T, s *Store) []history.Entry {
	t.Helper()
	known, err := s.Negotiations(t.Context())
	require.NoError(t, err)
	var log []history.Entry
	for _, n := range known {
		for _, e := range readAll(t, s, n.ID, 1) {
			require.False(t, e.Parked(), "#%d is parked: %v", e.Position, e.Fault)
			log = append(log, history.Entry{Position: e.Position, Negotiation: n.ID, Event: asSent(e.Event), Recorded: e.Event.Recorded})
		}
	}
	return log
}

// Processes write into one folder, through the process that serves it and as its
// holders in turn. Any of them is killed or stopped at any moment.
func TestTortureFolder(t *testing.T) {
	t.Parallel()
	x := newTorture(t, 8*time.Second)
	x.dir = t.TempDir()
	serve := func() *child {
		return startProcess(t, "serve", childDir+"="+x.dir, childWait+"="+soon.String())
	}
	server := serve()
	for i := range 3 {
		x.writer(i)
	}
	verifies := x.verifyMeanwhile()
	kills := 0
	for time.Now().Before(x.until) {
		time.Sleep(x.some(400 * time.Millisecond))
		switch x.random.IntN(8) {
		case 0:
			x.freeze(x.writers[x.random.IntN(3)], x.some(500*time.Millisecond))
		case 1:
			x.freeze(server, x.some(500*time.Millisecond))
		case 2, 3:
			x.killWriter(x.random.IntN(3))
			kills++
		case 4: // the machine goes down
			server.kill()
			for _, w := range x.writers {
				w.kill()
			}
			for i := range x.writers {
				x.writer(i)
			}
			server = serve()
			kills += 4
		default:
			server.kill()
			time.Sleep(x.some(300 * time.Millisecond)) // a writer may take the folder
			server = serve()
			kills++
		}
	}
	t.Logf("the record was verified %d times meanwhile", verifies())
	x.end()
	server.kill()
	require.Positive(t, kills)
	x.check(openDir(t, x.dir))
}

// Processes write to a cluster of three whose leader is killed or stopped again
// and again.
func TestTortureCluster(t *testing.T) {
	t.Parallel()
	three := clustertest.Start(t)
	x := newTorture(t, 6*time.Second)
	x.url = three.URL(clustertest.Writer)
	js, err := jetstream.New(three.Connect(clustertest.Writer))
	require.NoError(t, err)
	for i := range 3 {
		x.writer(i)
	}
	killed, stopped := 0, 0
	for time.Now().Before(x.until) || killed == 0 || stopped == 0 {
		time.Sleep(x.some(2 * time.Second))
		leader := three.Leader(js, RecordStream)
		if leader < 0 {
			continue
		}
		if killed <= stopped {
			three.Kill(leader)
			killed++
		} else { // long enough for the others to choose another, or not quite
			three.Freeze(leader, x.some(9*time.Second))
			stopped++
		}
		time.Sleep(x.some(time.Second))
		if x.random.IntN(2) == 0 { // while it waits for an answer
			x.killWriter(x.random.IntN(3))
		}
		time.Sleep(x.some(2 * time.Second))
		three.Restart(leader)
	}
	x.end()
	t.Logf("the leader was killed %d times and stopped %d times", killed, stopped)
	x.check(openURL(t, x.url))
}
