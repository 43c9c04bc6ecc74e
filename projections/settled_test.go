package projections_test

import (
	"context"
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// trusted is a lens that the record registers.
const trusted = `key,type,act.lens,act.expression,act.author,act.reason
lens-early,LensRegistered,early,"occurred <= ""2025-10-26""",A,P
`

func withdrawal(key, target string) []domain.Candidate {
	return []domain.Candidate{domain.Offer(&domain.Event{
		ID: domain.KeyedID(negotiation, key), Negotiation: negotiation, Writer: "agent", Time: clock,
		Body: domain.Body{Key: key, Act: domain.EventWithdrawn{Target: domain.EventRef(target), Reason: "x"}},
	})}
}

// What a session supposes is taken, whatever it does to what its view names: the cut
// and the lens stay where they were when it was opened.
func TestSessionWithdrawsWhatItsViewNames(t *testing.T) {
	log := record(t, talk, trusted)
	for _, c := range []struct{ view, target, left, stands string }{
		{"as-of=@yes", "yes", "final", "finalized"},
		{"as-of=@yes&possibly", "yes", "final", "finalized"},
		{"as-of=@final", "final", "", "none"},
		{"lens=early", "lens-early", "final,yes", "verbally-confirmed"},
		{`lens=lens("early")&as-of=@yes`, "lens-early", "final,yes", "verbally-confirmed"},
	} {
		t.Run(c.view, func(t *testing.T) {
			s := session(t, log, c.view)
			step, err := s.Append(t.Context(), withdrawal("gone", c.target), clock)
			require.NoError(t, err)
			require.Equal(t, []string{"gone"}, step.Events)
			require.Equal(t, c.left, names(s.Picture()))
			require.Equal(t, c.stands, step.Outcome.Agreement)

			step, err = s.Append(t.Context(), supposing("signed", domain.AgreementSigned{Draft: "d", Version: 1, Form: "signature"}, "a", "b"), clock)
			require.NoError(t, err)
			require.Equal(t, "signed", step.Outcome.Agreement)

			base, err := projections.NewBase(negotiation, domain.Lineage{Record: log}, viewOf(t, c.view))
			require.NoError(t, err)
			effect, err := base.Continue(eventsOf(withdrawal("gone", c.target)))
			require.NoError(t, err)
			require.Equal(t, c.stands, base.Outcome().With(effect).Agreement)
		})
	}
}

// A step that is not told of is not supposed either.
func TestSessionTakesAStepWholeOrNotAtAll(t *testing.T) {
	s := session(t, record(t, talk), "as-of=@yes")
	one := supposing("one", domain.AgreementSigned{Draft: "d", Version: 1, Form: "signature"}, "a", "b")
	before := s.Picture()
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := s.Append(ended, one, clock)
	require.ErrorIs(t, err, context.Canceled)
	require.Same(t, before, s.Picture())

	step, err := s.Append(t.Context(), supposing("two", domain.StatementIssued{Content: "…"}, "a"), clock)
	require.NoError(t, err)
	require.Equal(t, []string{"two"}, step.Events)
	require.Equal(t, "verbally-confirmed", step.Outcome.Agreement, "what was refused has not come in")
	require.Contains(t, step.Seen.Branch.Position, "agent:2")

	step, err = s.Append(t.Context(), one, clock)
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, step.Events, "it is not held already")
	require.Equal(t, "signed", step.Outcome.Agreement)
}

// TestLawSessionIsAContinuation: what a session comes to, step by step and warm, is what
// a continuation with the same events comes to, folded once, also where these withdraw
// or correct what the view names.
func TestLawSessionIsAContinuation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		log := record(t, talk)
		known := len(log)
		for _, e := range history(rt, 12) {
			e.Position = uint64(len(log) + 1)
			log = append(log, e)
		}
		start := rapid.IntRange(known, len(log)).Draw(rt, "start")
		at := log[rapid.IntRange(known-4, start-1).Draw(rt, "at")].Event
		v := viewOf(rt, rapid.SampledFrom([]string{"", "&possibly"}).Draw(rt, "possibly"))
		v.AsOf = projections.Cut{Key: at.Key}
		base, err := projections.NewBase(negotiation, domain.Lineage{Record: log[:start]}, v)
		if err != nil {
			return // it is no account, or there no more
		}
		s, err := projections.OpenSession(negotiation, domain.Lineage{Record: log[:start]}, v, domain.BranchOpened{Branch: "agent", Author: "A", Purpose: "P"}, clock)
		require.NoError(rt, err)
		in := withdrawal("gone", at.Key)
		for _, e := range log[start:] {
			in = append(in, domain.Offer(e.Event))
		}
		var events []*domain.Event
		for _, c := range in {
			step, err := s.Append(t.Context(), []domain.Candidate{c}, clock)
			if err != nil {
				require.ErrorAs(rt, err, new(domain.Faults))
				continue
			}
			if len(step.Events) > 0 {
				events = append(events, c.Event)
			}
			got, err := base.Continue(events)
			require.NoError(rt, err)
			require.Equal(rt, step.Outcome, base.Outcome().With(got))
		}
	})
}

func viewOf(t require.TestingT, text string) projections.View {
	v, err := projections.ParseView(text)
	require.NoError(t, err)
	return v
}

func eventsOf(in []domain.Candidate) (out []*domain.Event) {
	for _, c := range in {
		out = append(out, c.Event)
	}
	return out
}

// names lists the events that a picture shows.
func names(p *projections.Picture) (out string) {
	for _, a := range p.Accounts {
		if out != "" {
			out += ","
		}
		out += a.Name()
	}
	return out
}
