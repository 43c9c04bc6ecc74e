package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/eventstore/seal"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// supposedAct is an act that a random run is made of, in Go and as JSON.
type supposedAct struct {
	act    domain.Act
	actors []domain.ActorID
	text   string
}

// supposedActs are what may happen next in the worked example.
var supposedActs = []supposedAct{
	{domain.VerbalConfirmationGiven{Draft: "istanbul-draft", Version: 3}, []domain.ActorID{"afghan-taliban"}, `"type":"VerbalConfirmationGiven","act":{"draft":"istanbul-draft","version":3}`},
	{domain.CommitmentRetracted{Draft: "istanbul-draft", Version: 3, What: "confirmation"}, []domain.ActorID{"afghan-taliban"}, `"type":"CommitmentRetracted","act":{"draft":"istanbul-draft","version":3,"what":"confirmation"}`},
	{domain.AgreementSigned{Draft: "istanbul-draft", Version: 3, Form: "signature"}, []domain.ActorID{"pakistan", "afghan-taliban"}, `"type":"AgreementSigned","act":{"draft":"istanbul-draft","version":3,"form":"signature"}`},
	{domain.ProcessStatusDeclared{Status: "suspended"}, []domain.ActorID{"pakistan"}, `"type":"ProcessStatusDeclared","act":{"status":"suspended"}`},
	{domain.StatementIssued{Content: "“the door is open” <&> …"}, []domain.ActorID{"qatar"}, `"type":"StatementIssued","act":{"content":"“the door is open” <&> …"}`},
}

// continuations are n random runs, as events and as NDJSON. Every tenth links one
// event to another, which takes another way through the fold, and is said to be cut.
func continuations(n int, seed uint64) (runs []ensemble.Run, text string) {
	random := rand.New(rand.NewPCG(seed, 2))
	var lines strings.Builder
	for i := range n {
		name := fmt.Sprintf("r-%d", i+1)
		var events []*domain.Event
		var texts []string
		day := 0
		for k := range random.IntN(6) {
			a := supposedActs[random.IntN(len(supposedActs))]
			day += 1 + random.IntN(9)
			date := time.Date(2025, 11, 8+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			key := fmt.Sprintf("h-%d", k)
			e := &domain.Event{
				ID: domain.KeyedID(demoNegotiation, key), Negotiation: demoNegotiation,
				Body: domain.Body{Key: key, Occurred: domain.MustEDTF(date), Actors: a.actors, Act: a.act},
			}
			var more string
			if i%10 == 0 && k > 0 {
				e.Links.Corroborates = []domain.EventRef{"h-0"}
				more = `,"links":{"corroborates":["h-0"]}`
			}
			events = append(events, e)
			var actors []string
			for _, id := range a.actors {
				actors = append(actors, fmt.Sprintf("%q", id))
			}
			texts = append(texts, fmt.Sprintf(`{"key":%q,"occurred":%q,"actors":[%s],%s%s}`, key, date, strings.Join(actors, ","), a.text, more))
		}
		cut := ""
		if i%10 == 0 {
			cut = `"cut":true,`
		}
		runs = append(runs, ensemble.Run{Name: name, Events: events, Cut: cut != ""})
		fmt.Fprintf(&lines, "{\"run\":%q,%s\"events\":[%s]}\n", name, cut, strings.Join(texts, ","))
	}
	return runs, lines.String()
}

// The same thousand continuations come to the same bytes by the Go API, over HTTP and
// through a pipe of the shell, of the record and of a branch.
func TestContinuationsComeToTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "runs.ndjson")
	must(t, "demo", "--once", "--data", data)
	must(t, "branch", "open", "no-retraction", "--on", demoNegotiation, "--without", "s1-retraction", "--author", "A", "--purpose", "P", "--data", data)
	runs, text := continuations(1000, 7)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	api := serveFolder(t, data)

	for _, view := range []projections.View{{}, {Branch: "no-retraction"}} {
		byGo := evaluatedInGo(t, data, view, runs)
		require.Contains(t, byGo, `"runs":1000`)

		address := api + "/v1/negotiations/" + demoNegotiation + "/whatif?seed=7&model=by-hand&model-version=2&model-digest=" + strings.ToUpper(modelHex) + "&author=A&purpose=P&" + url.QueryEscape(projections.KeyBranch) + "=" + view.Branch
		if view.Branch == "" {
			address, _, _ = strings.Cut(address, "&"+projections.KeyBranch)
		}
		require.Equal(t, byGo, postRuns(t, address, strings.NewReader(text)), "over HTTP")
		require.Equal(t, byGo, postRuns(t, address, &trickle{text: text}), "over HTTP, in crumbs")

		call := slices.Concat([]string{"parley", "whatif", demoNegotiation}, viewArgs(t, view),
			[]string{"--seed", "7", "--model", "by-hand", "--model-version", "2", "--model-digest", "sha256:" + modelHex, "--author", "A", "--purpose", "P", "--data", data, "--json", "-q"})
		pipe := exec.CommandContext(t.Context(), "sh", "-c", `runs=$1; shift; cat "$runs" | "$@"`, "sh", file)
		pipe.Args = append(pipe.Args, call...)
		out, err := pipe.Output()
		require.NoError(t, err)
		require.Equal(t, byGo, string(out), "through a pipe")
	}

	// Other runs come to other bytes.
	swapped := slices.Clone(runs)
	swapped[1] = swapped[2]
	require.NotEqual(t, evaluatedInGo(t, data, projections.View{}, runs), evaluatedInGo(t, data, projections.View{}, swapped))
}

// modelHex is the SHA-256 of some model.
const modelHex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// evaluatedInGo evaluates runs with the packages alone.
func evaluatedInGo(t *testing.T, data string, view projections.View, runs []ensemble.Run) string {
	t.Helper()
	store, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Kind: "test"})
	require.NoError(t, err)
	defer store.Close()
	lineage, err := store.Lineage(t.Context(), demoNegotiation, view.Branch)
	require.NoError(t, err)
	base, err := projections.NewBase(demoNegotiation, lineage, view)
	require.NoError(t, err)
	root := func(entries []domain.Entry) string {
		var log seal.Range
		for _, e := range entries {
			log.Add(seal.Leaf(e.Raw))
		}
		return fmt.Sprintf("%d %s", log.Size(), log.Root())
	}
	var branches []ensemble.BranchRoot
	for _, b := range lineage.Branches {
		branches = append(branches, ensemble.BranchRoot{Branch: string(b.Name()), Checkpoint: root(b.Entries)})
	}
	reader := ensemble.NewReader(base)
	checked := func(yield func(ensemble.Run, error) bool) {
		for _, r := range runs {
			if !yield(reader.Check(r)) {
				return
			}
		}
	}
	summary, err := ensemble.Evaluate(t.Context(), base, checked, ensemble.Options{Seed: "7", Model: "by-hand", Version: "2", ModelDigest: "sha256:" + modelHex, Author: "A", Purpose: "P", Checkpoint: root(lineage.Record), Branches: branches})
	require.NoError(t, err)
	out, err := summary.JSON()
	require.NoError(t, err)
	return string(out) + "\n"
}

// trickle gives a text in pieces that end anywhere.
type trickle struct {
	text string
	read int
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.read == len(r.text) {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+r.read%997)], r.text[r.read:])
	r.read += n
	return n, nil
}

// postRuns sends runs, and gives what they come to.
func postRuns(t *testing.T, address string, runs io.Reader) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, runs)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-ndjson")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, string(text))
	return string(text)
}
