package projections_test

import (
	"fmt"
	"slices"
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func session(t *testing.T, log []domain.Entry, view string) *projections.Session {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	s, err := projections.OpenSession(negotiation, domain.Lineage{Record: log}, v, domain.BranchOpened{
		Branch: "agent", Author: "A", Purpose: "P",
	}, clock.AddDate(2, 0, 0))
	require.NoError(t, err)
	return s
}

func supposing(key string, act domain.Act, actors ...domain.ActorID) []domain.Candidate {
	return []domain.Candidate{domain.Offer(&domain.Event{
		ID: domain.KeyedID(negotiation, key), Negotiation: negotiation, Writer: "agent", Time: clock,
		Body: domain.Body{Key: key, Occurred: domain.MustEDTF("2025-11-02"), Actors: actors, Round: "r", Act: act},
	})}
}

// No two logs of a lineage have one name: positions and marks would mean either.
func TestSessionNames(t *testing.T) {
	log := record(t, talk)
	opened := func(name, parent string) domain.BranchLog {
		o := domain.BranchOpened{Branch: domain.NewID(name), Parent: parent, At: fmt.Sprint(len(log)), Author: "A", Purpose: "P"}
		return domain.BranchLog{Opened: o, Entries: []domain.Entry{{Position: 1, Event: &domain.Event{Negotiation: negotiation, Recorded: clock, Body: domain.Body{Act: o}}}}}
	}
	l := domain.Lineage{Record: log, Branches: []domain.BranchLog{opened("session", domain.RecordName), opened("session-2", "session")}}
	open := func(name domain.NewID, on string) (string, error) {
		s, err := projections.OpenSession(negotiation, l, projections.View{Branch: on}, domain.BranchOpened{Branch: name, Author: "A", Purpose: "P"}, clock)
		if err != nil {
			return "", err
		}
		return s.Picture().Branch.Name, nil
	}
	for on, want := range map[string]string{"": "session", "session-2": "session-3"} {
		name, err := open("", on)
		require.NoError(t, err)
		require.Equal(t, want, name)
	}
	for _, taken := range []domain.NewID{"session", "session-2"} {
		_, err := open(taken, "session-2")
		require.ErrorAs(t, err, new(*projections.NameTakenError))
	}
}

func TestSessionTellsWhatChanged(t *testing.T) {
	log := record(t, talk)
	s := session(t, log, "")
	now := clock.AddDate(2, 0, 0)
	step, err := s.Append(t.Context(), supposing("signed", domain.AgreementSigned{Draft: "d", Version: 1, Form: "signature"}, "a", "b"), now)
	require.NoError(t, err)
	require.Equal(t, []string{"signed"}, step.Events)
	require.Equal(t, "signed", step.Outcome.Agreement)
	require.Equal(t, fmt.Sprintf("record:%d;agent:2", log[len(log)-1].Position), step.Seen.Branch.Position)
	require.True(t, step.Seen.Branch.Hypothetical)
	var paths []string
	for _, c := range step.Changes {
		paths = append(paths, c.Path)
		require.Equal(t, []projections.Sort{projections.Supposed}, c.Sorts)
	}
	require.Contains(t, paths, stands)

	again, err := s.Append(t.Context(), supposing("signed", domain.AgreementSigned{Draft: "d", Version: 1, Form: "signature"}, "a", "b"), now)
	require.NoError(t, err)
	require.Empty(t, again.Events)
	require.Empty(t, again.Changes)

	_, err = s.Append(t.Context(), supposing("by-nobody", domain.AgreementSigned{Draft: "d", Version: 1, Form: "signature"}, "nobody"), now)
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	require.Equal(t, "signed", s.Picture().Outcome().Agreement, "refused input changes nothing")

	step, err = s.Append(t.Context(), supposing("back", domain.CommitmentRetracted{Draft: "d", Version: 1, What: domain.RetractedDraft}, "a", "b"), now)
	require.NoError(t, err)
	require.NotEqual(t, "signed", step.Outcome.Agreement)
}

func TestSessionGoesOnFromACut(t *testing.T) {
	s := session(t, record(t, talk), "as-of=2025-10-26")
	require.Equal(t, "verbally-confirmed", s.Picture().Outcome().Agreement, "the retraction has not happened")
	step, err := s.Append(t.Context(), supposing("signed", domain.AgreementSigned{Draft: "d", Version: 1, Form: "signature"}, "a", "b"), clock)
	require.NoError(t, err)
	require.Equal(t, "signed", step.Outcome.Agreement, "the cut does not hold for what is supposed")
}

// TestLawSessionIsAFold: after each step a session shows what a fold from nothing of
// the same transient branch shows, under any view.
func TestLawSessionIsAFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		start := rapid.IntRange(2, len(log)).Draw(t, "start")
		v, err := projections.ParseView(rapid.SampledFrom(views).Draw(t, "view"))
		require.NoError(t, err)
		opened := domain.BranchOpened{Branch: "agent", Parent: domain.RecordName, At: fmt.Sprint(start), Author: "A", Purpose: "P"}
		own := domain.BranchLog{Opened: opened, Transient: true, Entries: []domain.Entry{{Position: 1, Event: &domain.Event{Negotiation: negotiation, Body: domain.Body{Act: opened}}}}}
		book := projections.NewBranchBook(negotiation, domain.Lineage{Record: log[:start], Branches: []domain.BranchLog{own}})
		v.Branch = "agent"
		for i, e := range log[start:] {
			e.Position = uint64(i + 2)
			own.Entries = append(slices.Clone(own.Entries), e)
			book.Suppose(e)
			warm, err := book.View(v)
			require.NoError(t, err)
			cold, err := projections.Suppose(negotiation, domain.Lineage{Record: log[:start], Branches: []domain.BranchLog{own}}, v)
			require.NoError(t, err)
			require.Equal(t, printState(t, cold, cold.State), printState(t, warm, warm.State), "view %q", v)
		}
	})
}
