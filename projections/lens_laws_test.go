package projections_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"parley/domain"
	"parley/projections"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// settled are questions that are always yes or no, and mean in Expr what they mean
// in a lens.
var settled = []string{
	`source.side == "a"`, `source.side != "b"`, `source.vantage in ["eyewitness", "official"]`, `round == "r1"`, `"a" in actors`, `source.side in actors`,
	`"a" not in recipients`, `source.document startsWith "1"`, `not (key contains "1")`, `key endsWith "2"`, `any(actors, # == source.side)`,
	`all(actors, # != "b" or len(#) > 4)`, `none(actors, # in ["b", "c"])`, `len(actors) >= 1`, `len(key) in [3, 5]`, `1 < len(key) <= 3`,
	`lower(source.document) == "1.txt"`, `key matches "^e-[0-4]$"`, `source.document == '2.txt'`, `true`, `false`, `(round == "r2") == ("b" in actors)`,
}

// vague are questions that may be undecided.
var vague = []string{
	`reliability <= "B"`, `reliability != "A"`, `"C" < reliability`, `credibility in ["1", "3"]`, `occurred <= "2025-10-26"`, `occurred == "2025-10-27"`,
	`reported > "2025-10-28"`, `act.version == 2`, `act.version < 2`, `act.days >= 2`, `clock.start < "2025"`,
}

// others are questions that unknown() settles, and what only branches answer.
var others = []string{`unknown(reliability)`, `unknown(occurred)`, `unknown(act.version)`, `hypothetical`, `not hypothetical`}

// lensOver draws an expression of questions.
func lensOver(t *rapid.T, depth int, questions ...[]string) string {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		return rapid.SampledFrom(rapid.SampledFrom(questions).Draw(t, "kind")).Draw(t, "question")
	}
	left := lensOver(t, depth-1, questions...)
	switch rapid.IntRange(0, 5).Draw(t, "operator") {
	case 0:
		return "!(" + left + ")"
	case 1:
		return left + " // why\n"
	case 2, 3:
		return "(" + left + ") && (" + lensOver(t, depth-1, questions...) + ")"
	case 4:
		return "(" + left + ") == (" + lensOver(t, depth-1, questions...) + ")"
	}
	return left + " or (" + lensOver(t, depth-1, questions...) + ")"
}

// TestLawLensesComposeAsIntersection: also through the string form, and also for
// what only a branch supposes.
func TestLawLensesComposeAsIntersection(t *testing.T) {
	reg := lenses("named-side", `source.side == "a"`, "any-branch", `hypothetical || reliability <= "B"`)
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string) projections.Lens {
			text := lensOver(t, 3, settled, vague, others)
			if rapid.Bool().Draw(t, "registered") {
				text = rapid.SampledFrom([]string{"named-side", "any-branch", "", `lens("any-branch")`}).Draw(t, "id")
			}
			l, err := projections.ResolveLens(text, reg)
			require.NoError(t, err, text)
			return l
		}
		l, m, n := pick("left"), pick("right"), pick("third")
		both := and(t, l, m)
		back, err := projections.ResolveLens(both.String(), reg)
		require.NoError(t, err, both.String())
		for _, e := range history(t, 6) {
			a := &projections.Account{Event: e.Event, Position: e.Position}
			for name, admits := range map[string]func(projections.Lens) bool{
				"record": func(l projections.Lens) bool { return l.AdmitsEntry(e, nil) },
				"branch": func(l projections.Lens) bool { return l.AdmitsSupposed(a) },
			} {
				want := admits(l) && admits(m)
				require.Equal(t, want, admits(both), "%s: %s", name, both)
				require.Equal(t, want, admits(back), "%s: %s", name, both)
				require.Equal(t, want, admits(and(t, m, l)), "%s: %s", name, both)
				require.Equal(t, admits(and(t, both, n)), admits(and(t, l, and(t, m, n))), "%s: %s and %s", name, both, n)
			}
		}
	})
}

func and(t require.TestingT, l, m projections.Lens) projections.Lens {
	both, err := l.And(m)
	require.NoError(t, err, "%s and %s", l, m)
	return both
}

// TestLawALensMeansWhatExprSays: where nothing is left open, our closures and the
// machine of the language agree.
func TestLawALensMeansWhatExprSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := lensOver(t, 3, settled)
		l, err := projections.CompileLens(text)
		require.NoError(t, err, text)
		for _, e := range history(t, 6) {
			env := map[string]any{
				"key": e.Event.Key, "round": string(e.Event.Round), "actors": texts(e.Event.Actors), "recipients": texts(e.Event.Recipients),
				"source": map[string]any{"side": "unknown", "vantage": "unknown", "document": ""},
			}
			if s := e.Event.Source; s != nil {
				env["source"] = map[string]any{"side": string(e.Event.SideOrUnknown()), "vantage": or(string(s.Vantage), "unknown"), "document": s.Document}
			}
			program, err := expr.Compile(text, expr.Env(env), expr.AsBool())
			require.NoError(t, err, text)
			want, err := expr.Run(program, env)
			require.NoError(t, err, text)
			require.Equal(t, want, l.AdmitsEntry(e, nil), "%s of %s", text, e.Event.Name())
		}
	})
}

func or(s, absent string) string {
	if s == "" {
		return absent
	}
	return s
}

func texts(ids []domain.ActorID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// TestLawWhatIsLearnedOverturnsNothing: a lens that admits an event, or whose
// negation does, while its grade is not judged and its date is vague, says the
// same whatever is learned of them later. So nobody is believed or disbelieved
// for a value that is not there.
func TestLawWhatIsLearnedOverturnsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := lensOver(t, 3, settled, vague)
		yes, err := projections.CompileLens(text)
		require.NoError(t, err, text)
		no, err := projections.CompileLens("!(" + text + ")")
		require.NoError(t, err, text)
		for _, e := range history(t, 4) {
			before := *e.Event
			before.Reliability = rapid.SampledFrom([]domain.Reliability{"", "F"}).Draw(t, "unjudged")
			before.Credibility = rapid.SampledFrom([]domain.Credibility{"", "6"}).Draw(t, "unjudged too")
			before.Occurred = domain.MustEDTF("2025-10")
			after := before
			after.Reliability = rapid.SampledFrom([]domain.Reliability{"A", "B", "C", "E"}).Draw(t, "reliability")
			after.Credibility = rapid.SampledFrom([]domain.Credibility{"1", "2", "3"}).Draw(t, "credibility")
			after.Occurred = domain.MustEDTF(rapid.SampledFrom([]string{"2025-10-25", "2025-10-27", "[2025-10-26..2025-10-28]"}).Draw(t, "date"))
			for _, l := range []projections.Lens{yes, no} {
				if l.AdmitsEntry(entry(&before), nil) {
					require.True(t, l.AdmitsEntry(entry(&after), nil), "%s of %+v", l, after.Body)
				}
			}
			require.False(t, yes.AdmitsEntry(entry(&after), nil) && no.AdmitsEntry(entry(&after), nil), "%s and its negation", text)
			account := &projections.Account{Event: &before}
			require.Equal(t, yes.Undecided(account), !yes.Admits(account) && !no.Admits(account), "%s of %+v", text, before.Body)
		}
	})
}

// FuzzCompileLens: no text makes the compiler panic, errors point into the text,
// and what compiles can be asked of any event, composed, and compiled again.
func FuzzCompileLens(f *testing.F) {
	for _, questions := range [][]string{settled, vague, others} {
		f.Add("(" + strings.Join(questions, ") && (") + ")")
	}
	for _, s := range []string{
		"", "named-only", `actors | any(# == "x")`, `lens("x")`, `links.same-act`, `coder == "x" /* c */`, "`", `"\u{1F600}" in after`, `a?.b[1:2]`, `{}`,
		`if true {1} else {2}`, `let x = 1; x`, `#`, `.5`, `act.hours > 1e400`, `0x_`, `::len(actors)`, `not not`, `x ?: y`, `1..2`, "é“",
	} {
		f.Add(s)
	}
	reg := lenses("x", `coder == "x"`)
	events := []*domain.Event{witness(), {}, {Body: domain.Body{Act: domain.InstructionReceived{From: []domain.ActorID{"a"}}}}}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := projections.ResolveLens(text, reg)
		if err != nil {
			bad, ok := err.(*projections.LensError) //nolint:errorlint // it must be just that
			if !ok || bad.Reason == "" || bad.Offset < 0 || bad.Offset > len(bad.Expression) || bad.Line < 1 || bad.Column < 1 {
				t.Fatalf("%q: %#v", text, err)
			}
			if !strings.HasSuffix(bad.Excerpt(), "^") || !utf8.ValidString(bad.Error()) {
				t.Fatalf("%q: %q, %q", text, bad.Error(), bad.Excerpt())
			}
			return
		}
		other := compileLens(t, `coder != "ds" || hypothetical`)
		both, err := l.And(other)
		if err != nil {
			both, other = l, projections.Lens{} // too long together
		}
		again, err := projections.ResolveLens(both.String(), reg)
		if err != nil {
			t.Fatalf("%q: %v", both, err)
		}
		for _, e := range events {
			if again.AdmitsEntry(entry(e), reg) != (l.AdmitsEntry(entry(e), reg) && other.AdmitsEntry(entry(e), reg)) {
				t.Fatalf("%q", both)
			}
			a := &projections.Account{Event: e}
			if again.AdmitsSupposed(a) != (l.AdmitsSupposed(a) && other.AdmitsSupposed(a)) {
				t.Fatalf("%q on a branch", both)
			}
		}
	})
}

// BenchmarkLens is the cost of one account.
func BenchmarkLens(b *testing.B) {
	a := &projections.Account{Event: witness()}
	for name, expression := range map[string]string{
		"side":     `source.side != "qatar"`,
		"grade":    `credibility <= "2"`,
		"three":    `source.side != "qatar" && source.attribution == "anonymous" && credibility <= "2"`,
		"list":     `"kabul" in actors || any(actors, # startsWith "afghan")`,
		"act":      `act.draft == "istanbul-draft" && act.version >= 3`,
		"date":     `occurred <= "2025-10-28"`,
		"contains": `source.quote contains "Doha"`,
		"matches":  `source.quote matches "(?i)doha"`,
	} {
		l := compileLens(b, expression)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !l.Admits(a) {
					b.Fatal("not admitted")
				}
			}
		})
	}
}

// BenchmarkCompileLens is the cost of reading a lens, once per view.
func BenchmarkCompileLens(b *testing.B) {
	for name, expression := range map[string]string{
		"side":  `source.side != "pakistan"`,
		"three": `source.side != "pakistan" && source.attribution == "named" && reliability <= "B"`,
		"words": fmt.Sprintf(`source.speaker in ["%s"]`, strings.Repeat(`x", "`, 400)+"y"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := projections.CompileLens(expression); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
