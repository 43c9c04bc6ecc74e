package ensemble_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// Whatever is wrong is told with its line, its place and what to do, and nothing is
// summed up.
func TestRefused(t *testing.T) {
	base := newBase(t, "")
	good := `{"run":"1","events":[]}` + "\n"
	event := `{"type":"StatementIssued","occurred":"2025-11-05","actors":["a"],"act":{"content":"…"}}`
	for _, c := range []struct{ name, text, want string }{
		{"no runs", "\n\n", "there are no runs"},
		{"no JSON", good + "run 2", "runs, row 2: not JSON"},
		{"no object", good + "[]", "runs, row 2: a run is a JSON object"},
		{"cut off", good + `{"run":"2","events":[`, "runs, row 2: not JSON"},
		{"two objects", good + `{"run":"2","events":[]}{}`, "runs, row 2: there is more after the object"},
		{"a member twice", good + `{"run":"2","run":"3","events":[]}`, "runs, row 2: not JSON"},
		{"cut twice", good + `{"run":"2","cut":true,"cut":false,"events":[]}`, "runs, row 2: not JSON"},
		{"events twice", good + `{"run":"2","events":[],"events":[]}`, "runs, row 2: not JSON"},
		{"a field twice", good + `{"run":"2","events":[{"type":"StatementIssued","type":"AgreementSigned"}]}`, "duplicate object member name"},
		{"no name", good + `{"events":[]}`, "runs, row 2, /run: run is required"},
		{"no events", good + `{"run":"2"}`, "runs, row 2, /events: events is required"},
		{"a number as a name", good + `{"run":2,"events":[]}`, `runs, row 2, /run: "2": not the name of a run`},
		{"a name with signs", good + `{"run":"a b","events":[]}`, `"a b": not the name of a run`},
		{"events that are none", good + `{"run":"2","events":{}}`, "runs, row 2, /events: events is not a list"},
		{"another member", good + `{"run":"2","event":[],"events":[]}`, `"event": a run has no such member; did you mean events?`},
		{"an event that is none", good + `{"run":"2","events":[1]}`, "runs, row 2, /events/0: "},
		{"an unknown type", good + `{"run":"2","events":[{"type":"AgreementSignd","occurred":"2025-11-05"}]}`, `/events/0/type: "AgreementSignd": no such type of act; did you mean AgreementSigned?`},
		{"a bad date", good + `{"run":"2","events":[` + event + `,{"type":"StatementIssued","occurred":"tomorrow"}]}`, `row 2, /events/1/occurred: "tomorrow"`},
		{"a stranger", good + `{"run":"2","events":[{"type":"StatementIssued","occurred":"2025-11-05","actors":["c"]}]}`, `row 2, /events/0/actors: "c": no such actor is registered`},
		{"another negotiation", good + `{"run":"2","events":[{"negotiation":"others","type":"StatementIssued","occurred":"2025-11-05"}]}`, `row 2, /events/0/negotiation: "others": this is about talks`},
		{"a recorded key", good + `{"run":"2","events":[{"key":"final","type":"StatementIssued","occurred":"2025-11-05"}]}`, `/events/0/key: "final": is recorded at #6 with other content; give it a key of its own`},
		{"a branch", good + `{"run":"2","events":[{"type":"BranchOpened","act":{"branch":"x","parent":"record","at":"1","author":"A","purpose":"P"}}]}`, "branches do not stand in the record"},
		{"a wrong CloudEvent", good + `{"run":"2","events":[{"specversion":"2.0","type":"parley.StatementIssued.v1","data":{"occurred":"2025-11-05"}}]}`, "/events/0/specversion: not CloudEvents 1.0"},
		{"many events", good + `{"run":"2","events":[` + strings.Repeat(event+",", ensemble.MaxEvents) + event + "]}", "row 2, /events: the run has more than 1000 events; end the run earlier"},
		{"a long line", good + strings.Repeat(" ", ensemble.MaxLine) + "{}", "row 2: the line is longer than 4194304 bytes"},
		{"deep nesting", good + strings.Repeat("[", 1<<20), "runs, row 2: not JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := evaluate(t, base, c.text, ensemble.Options{})
			require.Nil(t, s)
			faults := faultsOf(t, err)
			require.Contains(t, faults[0].String(), c.want)
		})
	}
}

// All faults are told at once, in order, up to a limit, whoever evaluates.
func TestFaultsAtOnce(t *testing.T) {
	base := newBase(t, "")
	var text strings.Builder
	for i := range 1000 {
		if i%3 == 0 {
			fmt.Fprintf(&text, `{"run":"%d"}`+"\n", i)
		} else {
			fmt.Fprintf(&text, `{"run":"%d","events":[]}`+"\n", i)
		}
	}
	_, err := evaluate(t, base, text.String(), ensemble.Options{Workers: 1})
	one := faultsOf(t, err)
	require.Len(t, one, ensemble.MaxFaults)
	for i, f := range one {
		require.Equal(t, i*3+1, f.Row)
	}
	_, err = evaluate(t, base, text.String(), ensemble.Options{Workers: 8})
	require.Len(t, faultsOf(t, err), len(one))
	for i, f := range faultsOf(t, err) {
		require.Equal(t, one[i].String(), f.String())
	}
}

func TestTooMuch(t *testing.T) {
	base := newBase(t, "")
	_, err := evaluate(t, base, strings.Repeat(`{"run":"1","events":[]}`+"\n", 11), ensemble.Options{Limit: 10})
	require.Contains(t, faultsOf(t, err)[0].String(), "more than 10 runs")
	_, err = evaluate(t, base, strings.Repeat(`{"run":"1","events":[]}`+"\n", 10), ensemble.Options{Limit: 10})
	require.NoError(t, err)

	long := ensemble.Run{Name: "long", Events: make([]*domain.Event, ensemble.MaxEvents+1)}
	_, err = ensemble.Evaluate(t.Context(), base, sequence([]ensemble.Run{long}), ensemble.Options{})
	require.Contains(t, faultsOf(t, err)[0].String(), "run long has 1001 events")

	var wide strings.Builder // every run registers issues of its own
	for i := range 40 {
		fmt.Fprintf(&wide, `{"run":"%d","events":[`, i)
		for k := range 300 {
			fmt.Fprintf(&wide, `{"type":"IssueRegistered","act":{"issue":"i-%d-%d","title":"T"}},`, i, k)
			fmt.Fprintf(&wide, `{"type":"PositionStated","occurred":"2025-11-05","actors":["a"],"act":{"issue":"i-%d-%d","stance":"accepts"}},`, i, k)
		}
		wide.WriteString(`{"type":"StatementIssued","occurred":"2025-11-05"}]}` + "\n")
	}
	_, err = evaluate(t, base, wide.String(), ensemble.Options{})
	require.Contains(t, faultsOf(t, err)[0].String(), "up to run 33, the runs move more than 10000 positions")
}

// An endless or broken input ends with its own error, and not as a refusal.
func TestBrokenInput(t *testing.T) {
	base := newBase(t, "")
	broken := errors.New("the line went dead")
	in := io.MultiReader(strings.NewReader(`{"run":"1","events":[]}`+"\n"), failing{broken})
	_, err := ensemble.Evaluate(t.Context(), base, ensemble.NewReader(base).Lines("runs", in), ensemble.Options{})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "after line 1")
	_, err = ensemble.Evaluate(t.Context(), base, ensemble.NewReader(base).Lines("runs", endless{}), ensemble.Options{})
	require.Contains(t, faultsOf(t, err)[0].String(), "row 1: the line is longer")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '['
	}
	return len(b), nil
}

// FuzzRun: whatever is read as a run either is refused with faults, or is a run that
// can be evaluated, and reads the same again.
func FuzzRun(f *testing.F) {
	for line := range strings.Lines(few + ndjson(20, 9)) {
		f.Add(line)
	}
	f.Add(`{"run":"1","events":[{"specversion":"1.0","id":"x","source":"s","type":"parley.StatementIssued.v1","subject":"talks","data":{"occurred":"2025"}}]}`)
	f.Add(`{"run":"1","events":[{"type":"EventWithdrawn","act":{"target":"final","reason":"r"}},{"type":"EventsLinked","act":{"relation":"same-act","event":"final","others":["demand"]}}]}`)
	base := newBase(f, "")
	reader := ensemble.NewReader(base)
	f.Fuzz(func(t *testing.T, text string) {
		run, err := reader.Line(domain.Place{File: "fuzz", Row: 1}, []byte(text))
		if err != nil {
			require.NotEmpty(t, faultsOf(t, err))
			return
		}
		first, err := base.Continue(run.Events)
		require.NoError(t, err)
		again, err := reader.Line(domain.Place{File: "fuzz", Row: 1}, []byte(text))
		require.NoError(t, err)
		second, err := base.Continue(again.Events)
		require.NoError(t, err)
		require.Equal(t, first, second)
		checked, err := reader.Check(run)
		require.NoError(t, err)
		require.Len(t, checked.Events, len(run.Events))
	})
}
