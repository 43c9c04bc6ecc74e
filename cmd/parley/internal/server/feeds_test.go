package server

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/projections/ensemble"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// part is a part of runs.
func part(t *testing.T, number int, runs string) string {
	t.Helper()
	text, err := json.Marshal(chunk{number, runs})
	require.NoError(t, err)
	return string(text)
}

func (c *contract) holdFeeds() {
	const post, drop = http.MethodPost, http.MethodDelete
	t, long := c.t, `"`+strings.Repeat("x", 2*maxChunk)+`"`
	c.held("whatif-open", post, of("/ensembles"), `{"from":"soon"}`).problem(t, 422)
	c.held("whatif-open", post, of("/ensembles"), long).problem(t, 413)
	c.held("whatif-open", post, of("/ensembles"), `{}`, "Content-Type", "text/csv").problem(t, 415)
	c.held("whatif-open", post, "/v1/negotiations/none/ensembles", `{}`).problem(t, 404)
	open := func() string {
		t.Helper()
		var o openedEnsemble
		c.held("whatif-open", post, of("/ensembles"), `{"seed":"7"}`).ok(t, &o)
		return "/v1/ensembles/" + o.Ensemble
	}
	at := open()
	c.held("whatif-feed", post, at+"/runs", part(t, 1, runsOf(3))).ok(t, new(fed))
	c.held("whatif-feed", post, at+"/runs", part(t, 3, runsOf(3))).problem(t, 409)
	c.held("whatif-feed", post, at+"/runs", long).problem(t, 413)
	c.held("whatif-feed", post, at+"/runs", `{"number":"x"}`).problem(t, 422)
	c.held("whatif-feed", post, at+"/runs", `{}`, "Content-Type", "text/csv").problem(t, 415)
	c.held("whatif-feed", post, "/v1/ensembles/none/runs", part(t, 1, "")).problem(t, 404)
	c.held("whatif-close", drop, at, "").ok(t, new(ensemble.Summary))
	c.held("whatif-close", drop, at, "").problem(t, 404)
	at = open()
	c.held("whatif-feed", post, at+"/runs", part(t, 1, "{x\n")).ok(t, new(fed))
	c.held("whatif-close", drop, at, "").problem(t, 422)
}

// Runs that come in parts, which may end anywhere and come twice, come to the bytes of
// those that come at once.
func TestFeedIsWhatif(t *testing.T) {
	s := serve(t, nil)
	runs := runsOf(300)
	at := s.openEnsemble(`{"seed":"7","model":"m","view":"as-of=@s1-verbal-confirmation"}`)
	number := 0
	for rest := runs; rest != ""; {
		number++
		n := min(len(rest), 1000+137*number)
		for range 2 {
			var ack fed
			s.send(http.MethodPost, at+"/runs", part(t, number, rest[:n])).ok(t, &ack)
			require.Equal(t, int64(len(runs)-len(rest)+n), ack.Bytes)
		}
		rest = rest[n:]
	}
	summed := s.send(http.MethodDelete, at, "")
	require.Equal(t, s.ask(runs, "seed", "7", "model", "m", "as-of", "@s1-verbal-confirmation").body, summed.body)
	require.Zero(t, s.crowded())
}

// A part that comes again is passed over only if it is the same one.
func TestFeedTakesNoOtherPartForTheSame(t *testing.T) {
	s := serve(t, nil)
	at := s.openEnsemble(`{}`)
	s.send(http.MethodPost, at+"/runs", part(t, 1, runsOf(3))).ok(t, new(fed))
	for _, refused := range []string{part(t, 1, runsOf(4)), part(t, 3, runsOf(3)), part(t, 0, "")} {
		p := s.send(http.MethodPost, at+"/runs", refused).problem(t, http.StatusConflict)
		require.Equal(t, problem.Space+string(problem.OutOfTurn), p.Type)
		require.NotEqual(t, problem.Conflict.Title(), p.Title)
		require.Contains(t, p.Hint, "part 2")
	}
	s.send(http.MethodPost, at+"/runs", part(t, 1, runsOf(3))).ok(t, new(fed))
	require.Equal(t, s.ask(runsOf(3)).body, s.send(http.MethodDelete, at, "").body, "what was refused is not counted")
}

// The guide names every member with which an ensemble is opened, over NATS as well.
func TestGuideNamesWhatOpensAnEnsemble(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "subscribe.md"))
	require.NoError(t, err)
	_, row, found := strings.Cut(string(text), "| `parley.api.suppose.whatif.open` |")
	require.True(t, found)
	row, _, _ = strings.Cut(row, "\n")
	for field := range reflect.TypeFor[ensembleOpening]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		require.Contains(t, row, "`"+name+"`")
	}
}

func (s *served) openEnsemble(body string) string {
	s.t.Helper()
	var o openedEnsemble
	s.send(http.MethodPost, of("/ensembles"), body).ok(s.t, &o)
	return "/v1/ensembles/" + o.Ensemble
}

// A part that takes long to evaluate is no pause: only waiting for the next one is.
func TestFeedWaitsForItsOwnWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancelCause(t.Context())
		from, into := io.Pipe()
		l := limits{}.orDefault()
		f := newFeed(ctx, end, into, l)
		time.Sleep(l.pause - 1)
		read := make(chan error)
		go func() {
			_, err := f.feed(chunk{1, "a\nb\n"})
			read <- err
		}()
		for range len("a\nb\n") { // as slow as can be
			time.Sleep(2 * l.pause)
			_, err := io.ReadFull(from, make([]byte, 1))
			require.NoError(t, err)
		}
		require.NoError(t, <-read)
		require.NoError(t, ctx.Err())
		_, err := f.feed(chunk{3, ""})
		require.Error(t, err)
		time.Sleep(l.pause - 1)
		synctest.Wait()
		require.NoError(t, ctx.Err())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(ctx), errOutOfTime)

		// What is left to do at the end is no pause either.
		ctx, end = context.WithCancelCause(t.Context())
		f = newFeed(ctx, end, into, l)
		f.close()
		f.wait()
		time.Sleep(2 * l.pause)
		synctest.Wait()
		require.NoError(t, ctx.Err())
		end(nil)
	})
}

// An ensemble that is left, floods, or lasts is discarded, and gives its place back.
func TestFeedLimits(t *testing.T) {
	s := serve(t, func(o *Options) { o.limits.ensemblesOfOne, o.limits.runBytes, o.limits.runs = 2, 3000, 5 })
	at, other := s.openEnsemble(`{}`), s.openEnsemble(`{}`)
	s.send(http.MethodPost, of("/ensembles"), `{}`).problem(t, http.StatusServiceUnavailable)
	s.send(http.MethodPost, at+"/runs", part(t, 1, strings.Repeat("\n", 3001))).problem(t, http.StatusRequestEntityTooLarge)
	s.send(http.MethodPost, at+"/runs", part(t, 1, runsOf(6))).ok(t, new(fed))
	p := s.send(http.MethodDelete, at, "").problem(t, http.StatusUnprocessableEntity)
	require.Contains(t, p.Detail, "more than 5 runs")
	s.send(http.MethodDelete, other, "").problem(t, http.StatusUnprocessableEntity) // there are no runs
	eventually(t, func() bool { return s.crowded() == 0 })

	s.limits.pause = time.Millisecond
	left := s.openEnsemble(`{}`)
	eventually(t, func() bool {
		return s.send(http.MethodPost, left+"/runs", part(t, 1, "")).status == http.StatusNotFound && s.crowded() == 0
	})
	s.limits.pause, s.limits.whatif = time.Minute, time.Millisecond
	late := s.openEnsemble(`{}`)
	eventually(t, func() bool { return s.send(http.MethodDelete, late, "").status != http.StatusOK && s.crowded() == 0 })
	s.limits.whatif = time.Minute
	// What is under way does not keep the server from ending.
	s.send(http.MethodPost, s.openEnsemble(`{}`)+"/runs", part(t, 1, runOf("1"))).ok(t, new(fed))
	require.NoError(t, s.stop())
	eventually(t, func() bool { return s.crowded() == 0 })
}
