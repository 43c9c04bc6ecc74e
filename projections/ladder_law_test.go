package projections

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestLawLadderIsReadPlainly: the ladder of every version, of all and of each party,
// and the commitment of every cell are what going through everything again and again
// comes to, whatever contests them; and so is what was taken back though nobody gave it.
func TestLawLadderIsReadPlainly(t *testing.T) {
	contested := map[Reason]int{}
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		log := disputed(random, rapid.IntRange(1, 30).Draw(t, "events"))
		v, err := ParseView(rapid.SampledFrom([]string{
			"", "", "as-of=2025-10-23", "as-of=2025-10-22&possibly", "as-of=@e-0", "known-by=2025-10-23", `lens=source.side+==+"here"`,
		}).Draw(t, "view"))
		require.NoError(t, err)
		p, err := NewBook(domaintest.Talks.Negotiation, log).View(v)
		if missing := (*NotFoundError)(nil); errors.As(err, &missing) {
			return // the cut names an event that the view has not
		}
		require.NoError(t, err)
		plain, q := reference{p}, p.inquire()
		for id, filed := range inTurn(p, p.State.drafts) {
			byVersion := plain.versions(filed)
			require.Equal(t, byVersion, p.versions(filed))
			for version, of := range byVersion {
				d, parties := q.doubts(of), byActor(of)
				for _, party := range append(p.draftParties(of), "") {
					want, got, about := object(), object(), d
					if party != "" {
						about = d.among(parties[party])
					}
					plain.ladder(want, of, version, party)
					q.ladder(got, about, version, party)
					require.Equal(t, want, got, "%s %d %s", id, version, party)
					count(contested, want)
				}
			}
		}
		require.Equal(t, plain.cells(), p.cells())
		for id, filed := range p.cells() {
			want, got := plain.commitment(filed), q.commitment(filed)
			require.Equal(t, want, got, id)
			for _, c := range want {
				contested[c.reason]++
			}
			bearing := slices.DeleteFunc(slices.Clone(filed), func(h *Happening) bool { return identityOf(h.Act()).draft != "" })
			require.Equal(t, plain.commitment(bearing), q.commitment(bearing), id)
		}
		require.Equal(t, plain.retractionAnomalies(), p.retractionAnomalies())
	})
	for _, r := range []Reason{Accounts, Denied, Unversioned, Unordered} {
		require.Positive(t, contested[r], "nothing was contested because of %s", r)
	}
}

func count(contested map[Reason]int, n *Node) {
	beside, ok := n.Get("contested")
	if !ok {
		return
	}
	for _, values := range beside.Children() {
		for _, claim := range values.Items() {
			if reason, ok := claim.Get("reason"); ok {
				contested[Reason(reason.Text())]++
			}
		}
	}
}

// disputed makes a log of events on few drafts and cells, many of which take something
// back: with vague dates, stated order, accounts that differ and denials.
func disputed(random *rand.Rand, n int) []domain.Entry {
	var log []domain.Entry
	for _, e := range domaintest.Talks.Register() {
		log = append(log, domain.Entry{Position: uint64(len(log) + 1), Event: e})
	}
	for i := range n {
		b := disputedBody(random, i)
		e := &domain.Event{ID: domain.KeyedID("talks", b.Key), Negotiation: "talks", Recorded: domaintest.Start, Body: b}
		log = append(log, domain.Entry{Position: uint64(len(log) + 1), Event: e})
	}
	return log
}

func disputedBody(random *rand.Rand, i int) domain.Body {
	one := func(from ...string) string { return from[random.IntN(len(from))] }
	ref := func() domain.EventRef { return domain.EventRef(fmt.Sprint("e-", random.IntN(max(1, i)))) }
	day := func() string { return fmt.Sprintf("2025-10-%02d", 20+random.IntN(6)) }
	b := domain.Body{
		Key: fmt.Sprint("e-", i), Reliability: domain.Reliability(one("", "", "A", "B")),
		Occurred: domain.MustEDTF(one(day(), day(), "["+day()+"..]", "[.."+day()+"]", "["+"2025-10-20.."+day()+"]", "2025-10")),
		Reported: domain.MustEDTF(day()),
		Source:   &domain.Source{Side: domain.ActorID(one("here", "there"))},
		Act:      disputedAct(random, one, ref),
	}
	for _, actor := range []domain.ActorID{"here", "there"} {
		if random.IntN(2) == 0 {
			b.Actors = append(b.Actors, actor)
		}
	}
	switch random.IntN(14) {
	case 0, 1:
		b.After = []domain.EventRef{ref(), ref()}
	case 2, 3, 4:
		b.Links.SameAct = []domain.EventRef{ref()}
	case 5:
		b.Modality = domain.Negated
		if random.IntN(2) == 0 {
			b.Links.Contradicts = []domain.EventRef{ref()}
		}
	case 6:
		if random.IntN(3) == 0 { // a clock that may contradict the date
			b.Clock = &domain.Clock{End: time.Date(2025, 10, 20+random.IntN(6), 0, 0, 0, 0, time.UTC)}
		}
	}
	return b
}

func disputedAct(random *rand.Rand, one func(...string) string, ref func() domain.EventRef) domain.Act {
	draft, version := domain.DraftID(one("first", "first", "first", "second")), random.IntN(3)
	var issues []domain.IssueID
	if random.IntN(2) == 0 {
		issues = []domain.IssueID{"one-issue"}
	}
	switch random.IntN(14) {
	case 0:
		return domain.DraftRevised{Draft: draft, Version: version, Issues: issues}
	case 1:
		return domain.DraftFinalized{Draft: draft, Version: version, Issues: issues, Completeness: domain.Completeness(one("final", "near-final"))}
	case 2, 3:
		return domain.VerbalConfirmationGiven{Draft: draft, Version: version}
	case 4, 5:
		return domain.AgreementSigned{Draft: draft, Version: version, Form: domain.SignatureForm(one("signature", "initialling"))}
	case 6:
		return domain.RatificationDecided{Draft: draft, Version: version, Outcome: "ratified"}
	case 7:
		return domain.AssuranceGiven{Issue: "one-issue", Form: domain.AssuranceForm(one("verbal", "written"))}
	case 8:
		return domain.PositionStated{Issue: "one-issue", Stance: domain.Accepts, Setting: "private"}
	default:
		act := domain.CommitmentRetracted{Draft: draft, What: domain.RetractedMatter(one("confirmation", "signature", "draft", "assurance"))}
		switch random.IntN(6) {
		case 0:
			act.Version = version
		case 1:
			act.Retracts = []domain.EventRef{ref(), ref()}
		case 2:
			act.Issue = "one-issue"
			if random.IntN(2) == 0 {
				act.Draft = ""
			}
		}
		return act
	}
}
