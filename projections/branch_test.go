package projections_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// talk is a record in which a confirmation is retracted, by two accounts.
const talk = `key,type,occurred,actors,act.draft,act.version,act.what,links.same-act,reported,round,act.completeness
final,DraftFinalized,2025-10-25,m,d,1,,,2025-10-25,r,final
yes,VerbalConfirmationGiven,2025-10-26,b,d,1,,,2025-10-26,r,
no,CommitmentRetracted,2025-10-27,b,d,1,confirmation,,2025-10-27,r,
no-again,CommitmentRetracted,2025-10-27,b,d,1,confirmation,no,2025-10-28,r,
`

const stands = "drafts/d/versions/1/stands"

// opened is a branch log with its opening, recorded after all that is.
func opened(o domain.BranchOpened, own ...domain.Entry) domain.BranchLog {
	if o.Parent == "" {
		o.Parent = domain.RecordName
	}
	e := &domain.Event{
		ID: domain.KeyedID(negotiation, "open-"+string(o.Branch)), Negotiation: negotiation, Recorded: clock.AddDate(1, 0, 0),
		Body: domain.Body{Act: o},
	}
	log := []domain.Entry{{Position: 1, Event: e}}
	for i, x := range own {
		x.Position = uint64(i + 2)
		log = append(log, x)
	}
	return domain.BranchLog{Opened: o, Entries: log}
}

func suppose(t fataler, l domain.Lineage, view string) *projections.Picture {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	if v.Branch == "" && len(l.Branches) > 0 {
		v.Branch = string(l.Branches[len(l.Branches)-1].Name())
	}
	p, err := projections.Suppose(negotiation, l, v)
	require.NoError(t, err)
	return p
}

func supposed(t fataler, l domain.Lineage, view string) string {
	t.Helper()
	p := suppose(t, l, view)
	return printState(t, p, p.State)
}

func valueIn(t testing.TB, p *projections.Picture, path string) string {
	t.Helper()
	all, err := p.Print("")
	require.NoError(t, err)
	n, err := all.Walk(path)
	if err != nil {
		return "absent"
	}
	return n.Text()
}

// entries makes events of a table as if they were appended after a log.
func entries(t *testing.T, log []domain.Entry, table string) []domain.Entry {
	ledger := domain.NewLedger(negotiation)
	for _, e := range log {
		ledger.Apply(e)
	}
	var out []domain.Entry
	for _, e := range decide(t, ledger, table, domain.Handling{}).Append {
		out = append(out, stamp(ledger, e, clock.AddDate(1, 0, 1)))
	}
	return out
}

func TestBranchLeavesOutAllAccounts(t *testing.T) {
	log := record(t, talk)
	at := fmt.Sprint(len(log))
	for _, named := range []domain.EventRef{"no", "no-again"} {
		l := domain.Lineage{Record: log, Branches: []domain.BranchLog{opened(domain.BranchOpened{Branch: "b1", At: at, Without: []domain.EventRef{named}})}}
		p := suppose(t, l, "")
		require.Equal(t, "verbally-confirmed", valueIn(t, p, stands))
		for _, a := range p.Accounts {
			require.NotEqual(t, "CommitmentRetracted", a.Type())
		}
		require.NotEqual(t, "verbally-confirmed", value(t, log, "", stands), "the record is as it was")
		require.Equal(t, "record:"+at+";b1:1", p.Seen().Branch.Position)
	}
}

func TestBranchLeavesOutAccountsLinkedLater(t *testing.T) {
	log := record(t, strings.ReplaceAll(talk, ",no,2025-10-28", ",,2025-10-28"))
	link := `key,type,act.relation,act.event,act.others
join,EventsLinked,same-act,no,no-again
`
	open := opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(len(log)), Without: []domain.EventRef{"no"}}, entries(t, log, link)...)
	p := suppose(t, domain.Lineage{Record: log, Branches: []domain.BranchLog{open}}, "")
	require.Equal(t, "verbally-confirmed", valueIn(t, p, stands))
	// What is left out does not depend on the cuts.
	p = suppose(t, domain.Lineage{Record: log, Branches: []domain.BranchLog{open}}, "recorded-by=%23b1:1")
	require.Equal(t, "verbally-confirmed", valueIn(t, p, stands))
}

func TestBranchReplaces(t *testing.T) {
	log := record(t, talk)
	own := `key,type,occurred,actors,act.draft,act.version,act.form
no,AgreementSigned,2025-10-27,a|b,d,1,signature
`
	l := domain.Lineage{Record: log, Branches: []domain.BranchLog{
		opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(len(log)), Replace: []domain.EventRef{"no-again"}}, ownEvents(t, own)...),
	}}
	p := suppose(t, l, "")
	require.Equal(t, "signed", valueIn(t, p, stands), "the branch's own event bears the key of what it replaces")
	d, err := projections.Compare(t.Context(), project(t, log, ""), p)
	require.NoError(t, err)
	for _, e := range d.Events {
		require.Equal(t, []projections.Sort{projections.Supposed}, e.Sorts, e.Event)
	}
}

// ownEvents makes events of a table that stands for itself.
func ownEvents(t *testing.T, table string) []domain.Entry {
	return entries(t, record(t), table)
}

func TestBranchOnBranch(t *testing.T) {
	log := record(t, talk)
	fork := len(log) - 2 // before the retraction
	signed := ownEvents(t, `key,type,occurred,actors,act.draft,act.version,act.form
signed,AgreementSigned,2025-10-28,a|b,d,1,signature
`)
	first := opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(fork)}, signed...)
	for _, c := range []struct {
		name   string
		first  bool // follows the record
		second domain.BranchOpened
		view   string
		want   string
	}{
		{"fixed on fixed", false, domain.BranchOpened{At: fmt.Sprintf("record:%d;b1:2", fork)}, "", "signed"},
		{"forked before the signature", false, domain.BranchOpened{At: fmt.Sprintf("record:%d;b1:1", fork)}, "", "verbally-confirmed"},
		{"follows", false, domain.BranchOpened{At: fmt.Sprintf("record:%d;b1:1", fork), FollowParent: true}, "", "signed"},
		{"cut to the record", false, domain.BranchOpened{At: fmt.Sprintf("record:%d;b1:2", fork)}, fmt.Sprintf("recorded-by=%%23%d", fork-1), "finalized"},
		{"cut to the first branch", false, domain.BranchOpened{At: fmt.Sprintf("record:%d;b1:1", fork), FollowParent: true}, "recorded-by=%23b1:1", "verbally-confirmed"},
		{"follows one that follows", true, domain.BranchOpened{At: fmt.Sprintf("record:%d;b1:1", fork), FollowParent: true}, "as-of=2025-10-27", "finalized"},
		{"cut before it was opened", false, domain.BranchOpened{At: fmt.Sprintf("record:%d;b1:2", fork), Without: []domain.EventRef{"yes"}}, "recorded-by=2025-12-31", "finalized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			below := first
			below.Opened.FollowParent = c.first
			c.second.Branch, c.second.Parent = "b2", "b1"
			l := domain.Lineage{Record: log, Branches: []domain.BranchLog{below, opened(c.second)}}
			require.Equal(t, c.want, valueIn(t, suppose(t, l, c.view), stands))
		})
	}
}

func TestHypotheticalIsReportedWhenItOccurs(t *testing.T) {
	log := record(t, talk)
	own := ownEvents(t, `key,type,occurred,actors,act.draft,act.version,act.form,source.side
signed,AgreementSigned,2025-10-28,a|b,d,1,signature,b
`)
	l := domain.Lineage{Record: log, Branches: []domain.BranchLog{opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(len(log))}, own...)}}
	holds := func(view string) bool {
		return slices.ContainsFunc(suppose(t, l, view).Accounts, func(a *projections.Account) bool { return a.Name() == "signed" })
	}
	require.True(t, holds("known-by=2025-10-28"))
	require.False(t, holds("known-by=2025-10-27"))
	require.True(t, holds(`lens=source.side == "a"`), "a lens does not apply")
	require.False(t, holds(`lens=!hypothetical`))
	require.False(t, holds(`lens=hypothetical %26%26 source.side == "a"`))
}

func TestViewOfMissingBranch(t *testing.T) {
	_, err := projections.Project(negotiation, record(t, talk), projections.View{Branch: "b1"})
	var missing *projections.NotFoundError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "branch", missing.What)
}

// TestLawBranchIsItsParent: a branch with a fixed fork and nothing of its own is its
// parent at the fork; no branch changes a view of the record or of a sibling.
func TestLawBranchIsItsParent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		fork := rapid.IntRange(1, len(log)).Draw(t, "fork")
		bare := opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(fork)})
		sibling := opened(domain.BranchOpened{Branch: "b2", At: fmt.Sprint(fork), FollowParent: rapid.Bool().Draw(t, "follows")}, log[fork:]...)
		onBare := opened(domain.BranchOpened{Branch: "b3", Parent: "b1", At: fmt.Sprintf("record:%d;b1:1", fork)})
		for _, v := range views {
			want := state(t, log[:fork], v)
			require.Equal(t, want, supposed(t, domain.Lineage{Record: log, Branches: []domain.BranchLog{bare}}, v), "view %q", v)
			require.Equal(t, want, supposed(t, domain.Lineage{Record: log, Branches: []domain.BranchLog{bare, onBare}}, v), "view %q", v)
			view, err := projections.ParseView(v)
			require.NoError(t, err)
			p, err := projections.Suppose(negotiation, domain.Lineage{Record: log, Branches: []domain.BranchLog{sibling}}, view)
			require.NoError(t, err)
			require.Equal(t, state(t, log, v), printState(t, p, p.State), "a view that names no branch is the record's: %q", v)
		}
	})
}

// TestLawSupposedIsAppended: but for its mark, a branch's own event counts as it
// would if it were appended to the record; and a recorded-by cut of the branch equals
// replaying its truncated log.
func TestLawSupposedIsAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		fork := rapid.IntRange(1, len(log)).Draw(t, "fork")
		l := domain.Lineage{Record: log[:fork], Branches: []domain.BranchLog{
			opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(fork)}, log[fork:]...),
		}}
		for _, v := range []string{"", "as-of=2025-10-26", "as-of=2025-10-27&possibly"} {
			require.Equal(t, state(t, log, v), supposed(t, l, v), "view %q", v)
		}
		own := rapid.IntRange(0, len(log)-fork).Draw(t, "own")
		require.Equal(t, state(t, log[:fork+own], ""), supposed(t, l, fmt.Sprintf("recorded-by=%%23b1:%d", own+1)))
		require.Equal(t, state(t, log[:fork], ""), supposed(t, l, fmt.Sprintf("recorded-by=%%23%d", fork)))
	})
}

// accountsWith finds the accounts of one happening by going through all links until
// nothing is added.
func accountsWith(log []domain.Entry, id uuid.UUID) map[uuid.UUID]bool {
	at := map[uuid.UUID]uint64{}
	repairs := domain.NewRepairs(negotiation)
	for _, e := range log {
		at[e.Event.ID] = e.Position
		repairs.Add(e, func(id uuid.UUID) (uint64, bool) { p, ok := at[id]; return p, ok })
	}
	for _, e := range log {
		if w, ok := repairs.Of(e.Event.ID); ok && w.Withdrawn || e.Event.Control() {
			delete(at, e.Event.ID)
		}
	}
	whole := map[uuid.UUID]bool{id: true}
	for grown := true; grown; {
		grown = false
		for _, e := range log {
			read := e.Event
			if w, ok := repairs.Of(read.ID); ok {
				if w.Withdrawn {
					continue
				}
				read = domain.Corrected(read, w)
			}
			together := []domain.EventRef{domain.EventRef(read.ID.String())}
			if act, ok := read.Act.(domain.EventsLinked); ok {
				together = nil
				if act.Relation == domain.SameAct {
					together = append(act.Others, act.Event)
				}
			}
			for _, r := range append(together, read.Links.SameAct...) {
				if !whole[r.Resolve(negotiation)] || at[r.Resolve(negotiation)] == 0 {
					continue
				}
				for _, x := range append(together, read.Links.SameAct...) {
					if id := x.Resolve(negotiation); at[id] > 0 && !whole[id] {
						whole[id], grown = true, true
					}
				}
			}
		}
	}
	return whole
}

// TestLawLeftOut: a branch that leaves out a happening is its parent without all
// accounts that same-act links join to it, in whatever number of steps.
func TestLawLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		var accounts []domain.EventRef
		for _, e := range log {
			if !e.Event.Control() {
				accounts = append(accounts, domain.EventRef(e.Event.Key))
			}
		}
		out := rapid.SampledFrom(accounts).Draw(t, "without")
		whole := accountsWith(log, out.Resolve(negotiation))
		kept := slices.DeleteFunc(slices.Clone(log), func(e domain.Entry) bool { return whole[e.Event.ID] })
		l := domain.Lineage{Record: log, Branches: []domain.BranchLog{
			opened(domain.BranchOpened{Branch: "b1", At: fmt.Sprint(len(log)), Without: []domain.EventRef{out}}),
		}}
		for _, v := range views {
			require.Equal(t, state(t, kept, v), supposed(t, l, v), "view %q", v)
		}
	})
}

// Two lines part before the first happening that either has alone, whichever line that
// is in, so comparing the other way round tells the same.
func TestDivergenceIsWhereTheLinesPart(t *testing.T) {
	log := record(t, talk)
	said := func(branch domain.NewID, key, day string) *projections.Picture {
		own := ownEvents(t, "key,type,occurred,actors,act.content\n"+key+",StatementIssued,"+day+",a,it goes on\n")
		return suppose(t, domain.Lineage{Record: log, Branches: []domain.BranchLog{opened(domain.BranchOpened{Branch: branch, At: fmt.Sprint(len(log))}, own...)}}, "")
	}
	late, early := said("late", "l", "2025-12-10"), said("early", "e", "2020-12-10")
	soon, plain := said("soon", "s", "2025-10-28"), under(t, log, "")
	for _, c := range []struct {
		from, to *projections.Picture
		want     *projections.Divergence
	}{
		{late, early, &projections.Divergence{From: "l", To: "e"}},
		{late, soon, &projections.Divergence{After: "no", From: "l", To: "s"}},
		{soon, early, &projections.Divergence{From: "s", To: "e"}},
		{plain, late, &projections.Divergence{After: "no", To: "l"}},
		{plain, early, &projections.Divergence{To: "e"}},
		{late, late, nil},
	} {
		there, err := projections.Compare(t.Context(), c.from, c.to)
		require.NoError(t, err)
		require.Equal(t, c.want, there.First)
		back, err := projections.Compare(t.Context(), c.to, c.from)
		require.NoError(t, err)
		if c.want != nil {
			c.want = &projections.Divergence{After: c.want.After, From: c.want.To, To: c.want.From}
		}
		require.Equal(t, c.want, back.First)
	}
}
