package server

import (
	"bufio"
	"maps"
	"os/exec"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/sse"
	"parley/projections/live"

	"github.com/stretchr/testify/require"
)

// curl opens a stream as a person does; cut ends it without a word.
func (s *served) curl(args ...string) (w *watcher, cut func()) {
	s.t.Helper()
	cmd := exec.Command("curl", append([]string{"-sN"}, args...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	cut = func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
		}
	}
	s.t.Cleanup(cut)
	w = &watcher{t: s.t, Reader: sse.NewReader(bufio.NewReader(out)), state: map[live.Key]changed{}}
	w.Comment = func(string) { w.beats++ }
	return w, cut
}

// With curl: a snapshot, a change, a heartbeat; cut and resumed, nothing is lost or
// doubled.
func TestStreamWithCurl(t *testing.T) {
	s := serveLive(t, func(o *Options) { o.limits.heartbeat = 30 * time.Millisecond })
	address := s.URL() + pathStream + "?watch=" + example
	w, cut := s.curl(address)
	require.NotEmpty(t, w.batch())
	require.Equal(t, eventSnapshot, w.names[0])
	s.post(draft(1))
	w.until("new-1")
	w.Comment = func(string) {
		if w.beats++; w.beats == 3 {
			s.post(draft(2))
		}
	}
	w.beats = 0
	w.until("new-2")
	require.GreaterOrEqual(t, w.beats, 3)
	cut()
	s.post(draft(3))
	s.post(draft(4))

	again, _ := s.curl("-H", headerLastEvent+": "+w.id, address)
	again.state = maps.Clone(w.state)
	told := map[live.Key]int{}
	for again.id == "" || !strings.Contains(again.drafts(), "new-4") {
		for _, c := range again.batch() {
			told[c.Key]++
			if old, ok := w.state[c.Key]; ok {
				require.NotEqual(t, old, c, "what it had is not told again")
			}
		}
	}
	require.NotContains(t, again.names, eventReset)
	require.Equal(t, 1, told[live.Key{Negotiation: example, Projection: "drafts", ID: "new-3"}])
	require.Zero(t, told[live.Key{Negotiation: example, Projection: "drafts", ID: "new-2"}])
	waitFor(t, s)
	again.shows(s)
}

// drafts names the drafts that a client has.
func (w *watcher) drafts() string {
	var ids []string
	for k := range w.state {
		if k.Projection == "drafts" {
			ids = append(ids, k.ID)
		}
	}
	return strings.Join(ids, " ")
}
