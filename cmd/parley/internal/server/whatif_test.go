package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// runOf is a run of one signature.
func runOf(name string) string { return fmt.Sprintf(`{"run":%q,"events":[%s]}`, name, signing("h-1")) }

// runsOf are n runs, every other one without an event.
func runsOf(n int) string {
	var b strings.Builder
	for i := range n {
		run := fmt.Sprintf(`{"run":"r-%d","events":[]}`, i)
		if i%2 == 0 {
			run = runOf(fmt.Sprintf("r-%d", i))
		}
		b.WriteString(run + "\n")
	}
	return b.String()
}

// ask has runs evaluated.
func (s *served) ask(body string, query ...string) got {
	s.t.Helper()
	return s.send(http.MethodPost, of("/whatif", query...), body, "Content-Type", typeNDJSON)
}

func (c *contract) holdWhatif() {
	path := of("/whatif", "seed", "7", "model", "m", "from", "2025-10-27")
	ask := func(body string, headers ...string) got {
		c.t.Helper()
		return c.held("whatif", http.MethodPost, path, body, append([]string{"Content-Type", typeNDJSON}, headers...)...)
	}
	ask(runsOf(10)).ok(c.t, new(ensemble.Summary))
	ask(`{"run":"1","events":[]}`).ok(c.t, new(ensemble.Summary)) // no run is dated
	ask("nothing").problem(c.t, 422)
	ask(runsOf(1), "Content-Type", typeJSON).problem(c.t, 415)
	c.held("whatif", http.MethodPost, of("/whatif", "from", "soon"), runsOf(1), "Content-Type", typeNDJSON).problem(c.t, 400)
	c.held("whatif", http.MethodPost, "/v1/negotiations/none/whatif", runsOf(1), "Content-Type", typeNDJSON).problem(c.t, 404)
	c.limits.runBytes, c.limits.whatif = 1000, time.Nanosecond
	ask(runsOf(1)).problem(c.t, 408)
	c.limits.whatif = time.Minute
	ask(runsOf(100)).problem(c.t, 413)
}

// Runs go on from the view that is asked for, and nothing of them is stored.
func TestWhatif(t *testing.T) {
	s := serve(t, nil)
	before := s.get(of("/state")).body
	var now, then ensemble.Summary
	s.ask(runsOf(4), "seed", "7", "model", "m", "model-version", "2", "author", "A", "purpose", "P").ok(t, &now)
	require.True(t, now.Hypothetical)
	require.Equal(t, []string{"m", "2", "7", "A", "P"}, []string{now.Model, now.Version, now.Seed, now.Author, now.Purpose})
	require.Equal(t, 4, now.Runs)
	require.Equal(t, "finalized", now.Base.Outcome.Agreement)
	s.ask(runsOf(4), "as-of", "@s1-verbal-confirmation").ok(t, &then)
	require.Equal(t, "verbally-confirmed", then.Base.Outcome.Agreement)
	require.Equal(t, before, s.get(of("/state")).body)

	require.Equal(t, 201, s.send(http.MethodPost, of("/branches"), openB1).status)
	var branch ensemble.Summary
	s.ask(runsOf(4), "branch", "b1").ok(t, &branch)
	require.Equal(t, "b1", branch.Base.Branch.Name)
	s.ask(runsOf(4), "as-of", "@no-such-key").problem(t, 404)
	forged := s.ask(runsOf(4), "model-digest", "x\nrecord 185 fake").problem(t, 422)
	require.Equal(t, "model-digest", forged.Faults[0].Parameter)
}

// Simulators that go on from the same view share one fold of it, until something is
// recorded.
func TestGroundIsShared(t *testing.T) {
	s := serve(t, nil)
	answers := make([]got, 6)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.ask(runsOf(20)) })
	}
	all.Wait()
	for _, a := range answers {
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Equal(t, answers[0].body, a.body)
	}
	require.Len(t, s.grounds.kept, 1)
	s.ask(runsOf(2), "as-of", "2025-10-28").ok(t, new(ensemble.Summary))
	require.Len(t, s.grounds.kept, 2)
	require.Equal(t, 201, s.send(http.MethodPost, of("/events"), statement("later")).status)
	var later ensemble.Summary
	s.ask(runsOf(2)).ok(t, &later)
	require.Equal(t, "186", later.Base.Fork)
	require.Len(t, s.grounds.kept, 3)
	s.ask(runsOf(2), "lens", "registered-nowhere").problem(t, http.StatusBadRequest)
	require.Len(t, s.grounds.kept, 3, "what could not be folded is not kept")
	for i := range 2 * maxGrounds {
		s.ask(runsOf(1), "recorded-by", fmt.Sprintf("#%d", 100+i)).ok(t, new(ensemble.Summary))
	}
	require.Len(t, s.grounds.kept, maxGrounds)
}

// stuck sends the head of a what-if and some of its body, and leaves the rest out.
func (s *served) stuck(body string) (net.Conn, *bufio.Reader) {
	s.t.Helper()
	c := s.dial()
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", of("/whatif"), typeNDJSON)
	require.NoError(s.t, err)
	if body != "" {
		_, err = fmt.Fprintf(c, "%x\r\n%s\r\n", len(body), body)
		require.NoError(s.t, err)
	}
	return c, bufio.NewReader(c)
}

// answer reads what a bare connection is answered.
func (s *served) answer(from *bufio.Reader) got {
	s.t.Helper()
	answered, err := http.ReadResponse(from, nil)
	require.NoError(s.t, err)
	defer answered.Body.Close()
	text, err := io.ReadAll(answered.Body)
	require.NoError(s.t, err)
	return got{answered.StatusCode, answered.Header, string(text)}
}

// Whatever is sent as runs is summed up, or refused with all faults and their lines;
// and the next request is answered.
func TestMalformedRuns(t *testing.T) {
	s := serve(t, nil)
	deep := strings.Repeat("[", 20_000)
	for name, test := range map[string]struct {
		body   string
		row    int
		reason string
	}{
		"nothing":         {" ", 0, "there are no runs"},
		"no JSON":         {runOf("1") + "\n{x", 2, "not JSON"},
		"no object":       {"7", 1, "a run is a JSON object"},
		"list":            {"[" + runOf("1") + "]", 1, "a run is a JSON object"},
		"more":            {runOf("1") + runOf("2"), 1, "there is more after the object"},
		"cut off":         {runOf("1")[:40], 1, "not JSON"},
		"wrong types":     {`{"run":1,"events":{}}`, 1, "not the name of a run"},
		"events of none":  {`{"run":"1","events":[7,null,"x"]}`, 1, ""},
		"unknown member":  {`{"run":"1","event":[],"events":[]}`, 1, "a run has no such member"},
		"two of a name":   {`{"run":"1","run":"2","events":[]}`, 1, "not JSON"},
		"deep":            {`{"run":"1","events":` + deep, 1, "not JSON"},
		"nobody":          {strings.Replace(runOf("1"), `"pakistan"`, `"pakistn"`, 1), 1, "no such actor is registered"},
		"other talks":     {strings.Replace(runOf("1"), `{"key"`, `{"negotiation":"other","key"`, 1), 1, ""},
		"bad date":        {strings.Replace(runOf("1"), "2025-10-29", "yesterday", 1), 1, "not EDTF"},
		"no UTF-8":        {strings.Replace(runOf("1"), "h-1", "\xff\xfe", 1), 1, ""},
		"control":         {`{"run":"1","events":[{"type":"BranchOpened","act":{"branch":"x","parent":"record","at":"1","author":"A","purpose":"P"}}]}`, 1, ""},
		"too many events": {`{"run":"1","events":[` + strings.Repeat(statement("x")+",", ensemble.MaxEvents) + statement("y") + `]}`, 1, "the run has more than 1000 events"},
		"long line":       {`{"run":"1","events":[` + strings.Repeat(" ", ensemble.MaxLine), 1, "the line is longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.ask(test.body).problem(t, http.StatusUnprocessableEntity)
			require.NotEmpty(t, p.Faults)
			require.Equal(t, test.row, p.Faults[0].Row, p.Detail)
			require.Contains(t, p.Faults[0].Reason, test.reason)
			require.Less(t, len(p.Detail), 1000, "what was read does not fill the answer")
			require.Equal(t, http.StatusOK, s.get(of("/state/rounds")).status)
		})
	}
	flood := strings.Repeat("{x\n", 100_000)
	p := s.ask(flood).problem(t, http.StatusUnprocessableEntity)
	require.Len(t, p.Faults, ensemble.MaxFaults)
	require.Equal(t, domain.Malformed, p.Faults[0].Problem)
}

// What does not end is ended; what is too much is refused. Others are answered in the
// meantime.
func TestEndlessRuns(t *testing.T) {
	t.Run("too many runs", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.runs = 5 })
		p := s.ask(runsOf(6)).problem(t, http.StatusUnprocessableEntity)
		require.Contains(t, p.Faults[0].Reason, "more than 5 runs")
		s.ask(runsOf(5)).ok(t, new(ensemble.Summary))
	})
	t.Run("too many bytes", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.runBytes = 10_000 })
		require.Contains(t, s.ask(runsOf(1000)).problem(t, http.StatusRequestEntityTooLarge).Detail, "more than 10000 bytes")
		s.ask(runsOf(10)).ok(t, new(ensemble.Summary))
	})
	t.Run("a body that does not end", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.whatif = 2 * time.Second })
		c, from := s.stuck("")
		flooded := make(chan struct{})
		go func() {
			defer close(flooded)
			line := runOf("1") + "\n"
			for {
				if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", len(line), line); err != nil {
					return
				}
			}
		}()
		eventually(t, func() bool { return s.crowded() == 1 })
		require.Equal(t, http.StatusOK, s.get(of("/state/rounds")).status, "others are answered meanwhile")
		s.ask(runsOf(10)).ok(t, new(ensemble.Summary))
		require.Contains(t, s.answer(from).problem(t, http.StatusRequestTimeout).Detail, "the runs take longer than 2s")
		require.NoError(t, c.Close())
		<-flooded
		eventually(t, func() bool { return s.crowded() == 0 })
	})
	t.Run("a body that does not come", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.pause = 50 * time.Millisecond })
		_, from := s.stuck(runOf("1") + "\n")
		require.Contains(t, s.answer(from).problem(t, http.StatusRequestTimeout).Detail, "nothing of the body came")
		eventually(t, func() bool { return s.crowded() == 0 })
	})
	t.Run("a caller that goes away", func(t *testing.T) {
		s := serve(t, nil)
		c, _ := s.stuck(runOf("1") + "\n")
		eventually(t, func() bool { return s.crowded() == 1 })
		require.NoError(t, c.Close())
		eventually(t, func() bool { return s.crowded() == 0 })
	})
	t.Run("too many at once", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.ensembles, o.limits.ensemblesOfOne = 2, 1 })
		c, _ := s.stuck(runOf("1") + "\n")
		eventually(t, func() bool { return s.crowded() == 1 })
		s.ask(runsOf(1)).problem(t, http.StatusServiceUnavailable)
		other := s.send(http.MethodPost, of("/whatif"), runsOf(1), "Content-Type", typeNDJSON, "Authorization", "Bearer other")
		require.Equal(t, http.StatusOK, other.status, "another caller is not disturbed")
		require.NoError(t, c.Close())
		eventually(t, func() bool { return s.ask(runsOf(1)).status == http.StatusOK })
	})
	t.Run("the server ends", func(t *testing.T) {
		s := serve(t, nil)
		_, from := s.stuck(runOf("1") + "\n")
		eventually(t, func() bool { return s.crowded() == 1 })
		ended := make(chan error, 1)
		go func() { ended <- s.stop() }()
		require.Contains(t, s.answer(from).problem(t, http.StatusServiceUnavailable).Detail, "ending")
		require.NoError(t, <-ended)
	})
}

// crowded is how many have runs evaluated.
func (s *served) crowded() int { return s.crowd.open() }

// A body that is compressed is refused as such, wherever it is sent; one that does not say
// so has one fault.
func TestCompressedBodies(t *testing.T) {
	s := serve(t, nil)
	pack := func(text string) string {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := io.WriteString(w, text)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return packed.String()
	}
	lines, events, object := pack(strings.Repeat(runsOf(30), 50)), pack(strings.Repeat(statement("x")+"\n", 50)), pack(openB1)
	for _, c := range []struct{ at, media, body string }{
		{"/whatif", typeNDJSON, lines}, {"/events", typeNDJSON, events}, {"/events", typeJSON, events}, {"/branches", typeJSON, object}, {"/ensembles", typeJSON, object},
	} {
		for _, coding := range []string{"gzip", "identity, x-gzip"} {
			refused := s.send(http.MethodPost, of(c.at), c.body, "Content-Type", c.media, "Content-Encoding", coding)
			p := refused.problem(t, http.StatusUnsupportedMediaType)
			require.Contains(t, p.Detail, "gzip")
			require.Equal(t, "identity", refused.header.Get("Accept-Encoding"))
		}
		p := s.send(http.MethodPost, of(c.at), c.body, "Content-Type", c.media).problem(t, http.StatusUnprocessableEntity)
		require.Len(t, p.Faults, 1, c.at)
	}
	s.send(http.MethodPost, of("/whatif"), runsOf(2), "Content-Type", typeNDJSON, "Content-Encoding", "identity").ok(t, new(map[string]any))
}
