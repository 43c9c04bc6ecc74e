package server

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// questions are asked of the record and of every branch: each projection with the
// accounts behind it, every kind of view, and what is told of steps and differences.
var questions = []string{
	"/state",
	"/state?as-of=2025-10-29",
	"/state?as-of=2025-10-26&possibly=true",
	"/state?known-by=2025-10-31",
	"/state?recorded-by=%2360",
	"/state?lens=" + url.QueryEscape(`source.side != "pakistan"`),
	"/state?lens=" + url.QueryEscape(`source.attribution == "named"`) + "&known-by=2025-11-01",
	"/events?limit=1000",
	"/replay",
}

// supposing is a served record on which branch operations are drawn, with what every
// question was answered when the branch, or one that it follows, last changed.
type supposing struct {
	*served
	parents map[string]string
	follows map[string]bool
	said    map[string]map[string]string // by branch and question; the record under the empty name
	count   int
}

// ask asks one question of a branch, or of the record.
func (w *supposing) ask(t *rapid.T, branch, question string) string {
	address := question
	if branch != "" {
		address += map[bool]string{true: "&", false: "?"}[strings.Contains(question, "?")] + "branch=" + branch
	}
	answer := w.get(of(address))
	if answer.status != http.StatusOK {
		t.Fatalf("%s of %q: %d %s", question, branch, answer.status, answer.body)
	}
	return answer.body
}

// affected tells whether what is done to one branch may show in another.
func (w *supposing) affected(branch, by string) bool {
	return branch == by || w.follows[branch] && w.affected(w.parents[branch], by)
}

// learn asks everything of the branches that one may have changed.
func (w *supposing) learn(t *rapid.T, by string) {
	for branch := range w.parents {
		if w.affected(branch, by) {
			w.said[branch] = map[string]string{}
			for _, q := range questions {
				w.said[branch][q] = w.ask(t, branch, q)
			}
		}
	}
}

// check asks one question of the record and one of each branch again.
func (w *supposing) check(t *rapid.T, after string) {
	for branch, said := range w.said {
		q := rapid.SampledFrom(questions).Draw(t, "question")
		if now := w.ask(t, branch, q); now != said[q] {
			t.Fatalf("%s of %q after %s\nwas %s\nand is %s", q, branch, after, said[q], now)
		}
	}
}

// drawBranch is mostly one that stands.
func (w *supposing) drawBranch(t *rapid.T) string {
	standing := slices.DeleteFunc(slices.Sorted(maps.Keys(w.parents)), func(name string) bool { return name == "" })
	if len(standing) > 0 && !seldom(t, "any name") {
		return rapid.SampledFrom(standing).Draw(t, "standing")
	}
	return rapid.SampledFrom([]string{"b0", "b1", "b2", "b3"}).Draw(t, "branch")
}

func seldom(t *rapid.T, what string) bool { return rapid.IntRange(0, 4).Draw(t, what) == 4 }

// own is an event that changes what is agreed, or takes something back.
func (w *supposing) own(t *rapid.T) string {
	w.count++
	acts := []string{
		`{"key":"own-%d","type":"AgreementSigned","occurred":"2025-10-30","reported":"2025-10-30","actors":["pakistan","afghan-taliban"],"act":{"draft":"istanbul-draft","version":3,"form":"signature"}}`,
		`{"key":"own-%d","type":"StatementIssued","occurred":"2025-10-27","reported":"2025-11-02","actors":["pakistan"]}`,
		`{"key":"own-%d","type":"EventWithdrawn","act":{"target":"s1-retraction","reason":"supposed"}}`,
	}
	return fmt.Sprintf(rapid.SampledFrom(acts).Draw(t, "act"), w.count)
}

// open opens a branch on the record or on another.
func (w *supposing) open(t *rapid.T) (branch string, done bool) {
	branch = rapid.SampledFrom([]string{"b0", "b1", "b2", "b3"}).Draw(t, "branch")
	body := map[string]any{"branch": branch, "author": "A", "purpose": "P"}
	parent := ""
	if rapid.Bool().Draw(t, "on a branch") {
		parent = w.drawBranch(t)
		body["parent"] = parent
	}
	if out := rapid.SampledFrom([]string{"", "s1-retraction", "s1-verbal-confirmation"}).Draw(t, "without"); out != "" {
		body["without"] = []string{out}
	}
	follows := rapid.Bool().Draw(t, "follows")
	body["followParent"] = follows
	text, err := json.Marshal(body)
	require.NoError(t, err)
	if w.send(http.MethodPost, of("/branches"), string(text)).status != http.StatusCreated {
		return branch, false
	}
	w.parents[branch], w.follows[branch] = parent, follows
	return branch, true
}

// step does one thing, and tells which branch it was about (the empty name is the
// record) and whether that may have changed.
func (w *supposing) step(t *rapid.T, kind string) (branch string, changed bool) {
	switch kind {
	case "open":
		return w.open(t)
	case "append":
		branch = w.drawBranch(t)
		return branch, w.send(http.MethodPost, of("/branches/"+branch+"/events"), w.own(t)).status == http.StatusCreated
	case "record":
		w.count++
		return "", w.send(http.MethodPost, of("/events"), statement(fmt.Sprintf("recorded-%d", w.count))).status == http.StatusCreated
	case "drop":
		branch = w.drawBranch(t)
		if w.send(http.MethodDelete, of("/branches/"+branch), "").status == http.StatusOK {
			delete(w.parents, branch)
			delete(w.said, branch)
		}
		return branch, false // nothing is left that could have changed
	}
	w.beside(t, kind)
	return "", false
}

// beside supposes something that is not stored.
func (w *supposing) beside(t *rapid.T, kind string) {
	if kind == "whatif" {
		run := fmt.Sprintf(`{"run":"1","events":[%s]}`, w.own(t))
		answer := w.send(http.MethodPost, of("/whatif", "author", "A", "purpose", "P"), run, "Content-Type", typeNDJSON)
		if answer.status != http.StatusOK {
			t.Fatalf("whatif: %d %s", answer.status, answer.body)
		}
		return
	}
	var s struct {
		Session string `json:"session"`
	}
	answer := w.send(http.MethodPost, of("/sessions"), session)
	if answer.status != http.StatusCreated {
		t.Fatalf("session: %d %s", answer.status, answer.body)
	}
	require.NoError(t, json.Unmarshal([]byte(answer.body), &s))
	if answer = w.send(http.MethodPost, "/v1/sessions/"+s.Session+"/events", w.own(t)); answer.status != http.StatusCreated {
		t.Fatalf("session: %d %s", answer.status, answer.body)
	}
	w.send(http.MethodDelete, "/v1/sessions/"+s.Session, "")
}

// No sequence of branch operations, what-ifs and sessions changes any view of the
// record, or of a branch that it is not about. The server keeps its warm views all
// the while.
func TestLawBranchesChangeNoOtherView(t *testing.T) {
	const enough = 10 * time.Second // on a busy machine fewer sequences are tried
	begun := time.Now()
	changed := 0
	rapid.Check(t, func(r *rapid.T) {
		if changed > 0 && time.Since(begun) > enough {
			return
		}
		served, end := serveUntil(t, nil)
		defer end()
		w := &supposing{served: served, parents: map[string]string{"": "none"}, follows: map[string]bool{}, said: map[string]map[string]string{}}
		w.learn(r, "")
		for range rapid.IntRange(5, 15).Draw(r, "steps") {
			kind := rapid.SampledFrom([]string{"open", "open", "append", "append", "append", "record", "drop", "whatif", "session"}).Draw(r, "step")
			branch, done := w.step(r, kind)
			if done {
				was := w.said[branch]["/state"]
				w.learn(r, branch)
				if was != "" && was != w.said[branch]["/state"] {
					changed++
				}
			}
			w.check(r, fmt.Sprintf("%s %q", kind, branch))
		}
		w.branchShelf.mu.Lock()
		w.branchShelf.kept = nil
		w.branchShelf.mu.Unlock()
		for branch, said := range w.said {
			for _, q := range questions {
				require.Equal(r, said[q], w.ask(r, branch, q), "%s of %q, folded from nothing", q, branch)
			}
		}
	})
	require.Positive(t, changed, "no branch was changed, so nothing was tried")
}
