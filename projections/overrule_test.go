package projections_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

const (
	supposes = "key,type,occurred,actors,act.draft,act.version,act.form\nfate,AgreementSigned,2025-10-28,a|b,d,1,signature\n"
	observes = "key,type,occurred,actors,act.draft,act.version,act.what\nfate,CommitmentRetracted,2025-10-27,b,d,1,confirmation\n"
)

// confirmed is a talk that ends with a confirmation.
var confirmed = strings.Join(strings.SplitAfter(talk, "\n")[:3], "")

// overruling is a branch on a talk, which supposes one thing under a key, while the
// record comes to say another under it.
func overruling(t *testing.T, follows bool, later ...string) domain.Lineage {
	t.Helper()
	fork := len(record(t, confirmed))
	log := record(t, append([]string{confirmed}, later...)...)
	own := ownEvents(t, supposes)
	for i := range own {
		own[i].Event.SupposedBy = "b1"
	}
	return domain.Lineage{Record: log, Branches: []domain.BranchLog{opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(fork), FollowParent: follows}, own...)}}
}

func overruled(t *testing.T, p *projections.Picture) []string {
	t.Helper()
	var told []string
	for _, a := range p.Anomalies {
		if a.Kind == projections.SupposedOtherwise {
			told = append(told, a.Detail)
			require.Len(t, a.By, 1)
			require.True(t, a.By[0].Hypothetical())
		}
	}
	return told
}

// What a branch supposes stands on it, whatever the record comes to say under its key;
// and that the two differ is told.
func TestWhatIsSupposedStands(t *testing.T) {
	l := overruling(t, true, observes)
	end := l.Record[len(l.Record)-1].Position
	p := suppose(t, l, "")
	require.Equal(t, "signed", valueIn(t, p, stands))
	require.Equal(t, []string{fmt.Sprintf("fate is #2 of branch b1 and, with other content, #%d of the record since; on the branch stands what it supposes", end)}, overruled(t, p))
	require.Equal(t, fmt.Sprintf("record:%d;b1:2", end), p.Seen().Branch.Position, "the observation was seen")
	require.Contains(t, printState(t, p, p.State), "signed")

	d, err := projections.Compare(t.Context(), project(t, l.Record, ""), p)
	require.NoError(t, err)
	require.NotEmpty(t, d.Changes)
	for _, e := range d.Events {
		require.Equal(t, "fate", e.Event)
	}

	// Before it was supposed, and before it was observed.
	require.NotEqual(t, "signed", valueIn(t, suppose(t, l, fmt.Sprintf("recorded-by=%%23record:%d;b1:1", end)), stands))
	before := suppose(t, l, fmt.Sprintf("recorded-by=%%23record:%d;b1:2", end-1))
	require.Equal(t, "signed", valueIn(t, before, stands))
	require.Empty(t, overruled(t, before))

	// A branch on it follows it, and what that supposes stands on both.
	l.Branches = append(l.Branches, opened(domain.BranchOpened{Branch: "b2", Parent: "b1", At: fmt.Sprintf("record:%d;b1:1", end-1), FollowParent: true}, ownEvents(t, strings.Replace(supposes, "signature", "initialling", 1))...))
	p = suppose(t, l, "")
	require.Equal(t, "initialled", valueIn(t, p, stands))
	require.Len(t, overruled(t, p), 2)
}

// There is no conflict where a branch does not follow its parent, nor where the record
// comes to say the same.
func TestNothingIsOverruled(t *testing.T) {
	p := suppose(t, overruling(t, false, observes), "")
	require.Equal(t, "signed", valueIn(t, p, stands))
	require.Empty(t, overruled(t, p))

	p = suppose(t, overruling(t, true, supposes), "")
	require.Equal(t, "signed", valueIn(t, p, stands))
	require.Empty(t, overruled(t, p))
	for _, a := range p.Accounts {
		if a.Key == "fate" {
			require.False(t, a.Hypothetical(), "it has been observed since")
		}
	}
}

// What the record corrects of its own event is no correction of what is supposed.
func TestCorrectionsOfTheObservedStayThere(t *testing.T) {
	correct := "key,type,act.target,act.reason\nback,EventWithdrawn,fate,an error\n"
	p := suppose(t, overruling(t, true, observes, correct), "")
	require.Equal(t, "signed", valueIn(t, p, stands))
	require.Len(t, overruled(t, p), 1)
}

// The ledger of a branch, by which its door decides, holds what stands on it.
func TestLedgerHoldsWhatStands(t *testing.T) {
	l := overruling(t, true, observes)
	ledger := l.Ledger(negotiation)
	own := *l.Branches[0].Entries[1].Event
	own.SupposedBy = ""
	d, faults := domain.Decide(map[string]*domain.Ledger{negotiation: ledger}, []domain.Candidate{domain.Offer(&own)}, domain.Handling{})
	require.Empty(t, faults)
	require.Equal(t, 1, d.Known, "the same again changes nothing")
}
