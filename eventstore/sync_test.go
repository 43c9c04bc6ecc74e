package eventstore

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ackMark begins what a process writes when an append is acknowledged.
const ackMark = "acknowledged:"

// childUnsynced makes the acknowledging process use a server that does not sync.
const childUnsynced = "PARLEY_TEST_UNSYNCED"

// childAcknowledge appends single events and atomic batches, and says of each, in
// one write to its output, which events have been acknowledged.
func childAcknowledge(ctx context.Context) error {
	o := Options{Dir: os.Getenv(childDir)}
	if os.Getenv(childUnsynced) != "" {
		ns, err := plainServer(o.Dir)
		if err != nil {
			return err
		}
		defer stopNATS(ns)
		o.Dir, o.URL = "", ns.ClientURL()
	}
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	in := offer(registration("talks"))
	for i := range 6 {
		if _, err := s.Append(ctx, Any(), in, AppendOptions{}); err != nil {
			return err
		}
		var keys []string
		for _, c := range in {
			keys = append(keys, c.Event.Key)
		}
		fmt.Println(ackMark, strings.Join(keys, " "))
		in = statements("talks", fmt.Sprintf("call-%d", i), 1+i%2*20) // one event and a batch in turn
	}
	return s.Close()
}

// Before an append is acknowledged, the block that holds its events has been
// synced. What a kill -9 cannot tell, for it leaves the page cache, the system
// calls do.
func TestSyncBeforeAcknowledgement(t *testing.T) {
	trace := traceAcknowledgements(t)
	marks, faults := unsynced(trace)
	assert.Empty(t, faults)
	assert.Equal(t, 6, marks, "acknowledgements in the trace")
}

// The same trace of a server that does not sync is told apart.
func TestNoSyncBeforeAcknowledgement(t *testing.T) {
	marks, faults := unsynced(traceAcknowledgements(t, childUnsynced+"=1"))
	assert.Equal(t, 6, marks)
	assert.NotEmpty(t, faults)
}

// traceAcknowledgements runs the acknowledging process under strace.
func traceAcknowledgements(t *testing.T, env ...string) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	require.NoError(t, err, "this test needs strace to see what is synced: install it (apt-get install strace)")
	file := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-y", "-s", "100000", "-o", file,
		"-e", "trace=openat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync", os.Args[0])
	cmd.Env = append(append(os.Environ(), childRole+"=acknowledge", childDir+"="+t.TempDir()), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "strace must be able to trace a child (ptrace): %s", out)
	trace, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(trace)
}

// systemCall is one line of a trace, or two where another thread came between.
type systemCall struct {
	name, args, result string
	begun, ended       int // lines
}

var (
	wholeCall   = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (.*)$`)
	begunCall   = regexp.MustCompile(`^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumedCall = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (.*)$`)
	onFile      = regexp.MustCompile(`^(\d+)<([^>]*)>`)
)

// systemCalls reads a trace.
func systemCalls(trace string) []systemCall {
	var calls []systemCall
	open := map[string]systemCall{} // by thread
	for i, line := range strings.Split(trace, "\n") {
		if m := wholeCall.FindStringSubmatch(line); m != nil {
			calls = append(calls, systemCall{m[2], m[3], m[4], i, i})
		} else if m := begunCall.FindStringSubmatch(line); m != nil {
			open[m[1]] = systemCall{name: m[2], args: m[3], begun: i}
		} else if m := resumedCall.FindStringSubmatch(line); m != nil {
			c := open[m[1]]
			c.args, c.result, c.ended = c.args+m[3], m[4], i
			calls = append(calls, c)
		}
	}
	return calls
}

// on is the file that a call is about.
func (c systemCall) on() string {
	if m := onFile.FindStringSubmatch(c.args); m != nil {
		return m[2]
	}
	return ""
}

// unsynced looks, before each acknowledgement, for the write of every event to a
// block file of the record, and after that for a sync of that file.
func unsynced(trace string) (marks int, faults []string) {
	calls := systemCalls(trace)
	for _, mark := range calls {
		_, keys, ok := strings.Cut(mark.args, ackMark)
		if !ok || mark.name != "write" || strings.HasSuffix(mark.on(), ".blk") {
			continue
		}
		marks++
		keys, _, _ = strings.Cut(keys, `\n`)
		for key := range strings.FieldsSeq(keys) {
			if fault := unsyncedEvent(calls, key, mark.begun); fault != "" {
				faults = append(faults, fault)
			}
		}
	}
	return marks, faults
}

func unsyncedEvent(calls []systemCall, key string, before int) string {
	stored := slices.IndexFunc(calls, func(c systemCall) bool {
		return strings.Contains(c.name, "write") && strings.HasSuffix(c.on(), ".blk") && strings.Contains(c.on(), "/"+RecordStream+"/msgs/") &&
			c.ended < before && strings.Contains(c.args, `\"`+key+`\"`)
	})
	if stored < 0 {
		return key + " was acknowledged before it was written"
	}
	w := calls[stored]
	for _, c := range calls {
		synced := (c.name == "fsync" || c.name == "fdatasync") && c.result == "0" && c.on() == w.on() && c.begun > w.ended && c.ended < before
		opened := c.name == "openat" && strings.HasSuffix(c.result, "<"+w.on()+">") && c.ended < w.begun &&
			(strings.Contains(c.args, "O_SYNC") || strings.Contains(c.args, "O_DSYNC")) &&
			strings.HasPrefix(w.args, strings.TrimSuffix(c.result, "<"+w.on()+">")+"<")
		if synced || opened {
			return ""
		}
	}
	return key + " was acknowledged before " + w.on() + " was synced"
}

func TestUnsynced(t *testing.T) {
	const (
		block   = "7</d/jetstream/parley/streams/PARLEY/msgs/1.blk>"
		stored  = `11 pwrite64(` + block + `, "..\"key\":\"a\"..", 300, 0) = 300` + "\n"
		synced  = `11 fsync(` + block + `) = 0` + "\n"
		told    = `12 write(1<pipe:[9]>, "acknowledged: a\n", 16) = 16` + "\n"
		elsewhr = `11 fsync(8</d/jetstream/parley/streams/PARLEY/msgs/2.blk>) = 0` + "\n"
		slow    = `11 fsync(` + block + ` <unfinished ...>` + "\n"
		slowEnd = `11 <... fsync resumed>) = 0` + "\n"
		failed  = `11 fsync(` + block + `) = -1 EIO (Input/output error)` + "\n"
		opened  = `11 openat(AT_FDCWD</>, "/d/1.blk", O_RDWR|O_CREAT|O_SYNC, 0640) = ` + block + "\n"
	)
	for name, c := range map[string]struct {
		trace string
		well  bool
	}{
		"written, synced, told":     {stored + synced + told, true},
		"synced by another thread":  {stored + slow + slowEnd + told, true},
		"opened to sync each write": {opened + stored + told, true},
		"never synced":              {stored + told, false},
		"synced before the write":   {synced + stored + told, false},
		"synced afterwards":         {stored + told + synced, false},
		"the sync has not ended":    {stored + slow + told + slowEnd, false},
		"another file is synced":    {stored + elsewhr + told, false},
		"the sync fails":            {stored + failed + told, false},
		"never written":             {synced + told, false},
	} {
		marks, faults := unsynced(c.trace)
		assert.Equal(t, 1, marks, name)
		assert.Equal(t, c.well, len(faults) == 0, "%s: %v", name, faults)
	}
}
