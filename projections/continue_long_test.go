package projections_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestLawContinuationOfLongRecord: on a record in which few drafts and cells hold many
// events, what stands for itself comes to what a fold of all comes to: whatever it takes
// back, by name or by its sort, wherever among the events of the record it falls, and
// whatever issues it says that a draft settles.
func TestLawContinuationOfLongRecord(t *testing.T) {
	type base struct {
		*projections.Base
		log []domain.Entry
	}
	var bases []base
	for seed := range uint64(24) {
		view := []string{"", "", "as-of=2020-09-01", "lens=source.side+!%3D+%22p1%22"}[seed%4]
		log := tangled([]int{12, 25, 60, 250}[seed/6], seed)
		v, err := projections.ParseView(view)
		require.NoError(t, err)
		made, err := projections.NewBase(negotiation, domain.Lineage{Record: log}, v)
		require.NoError(t, err)
		bases = append(bases, base{made, log})
	}
	quick := 0
	rapid.Check(t, func(t *rapid.T) {
		on := rapid.SampledFrom(bases).Draw(t, "base")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		// Some of the record name such events, before there are any.
		key := func(i int) string { return fmt.Sprint("e-", len(on.log)+1+i) }
		if random.IntN(3) > 0 {
			key = func(i int) string { return fmt.Sprint("h-", i) }
		}
		var plain, folded []*domain.Event
		for i := range 1 + random.IntN(8) {
			one := &domain.Event{Negotiation: negotiation, Body: tangledBody(random, i, len(on.log))}
			one.Key, one.After, one.Links = key(i), nil, domain.Links{}
			one.ID = domain.KeyedID(negotiation, one.Key)
			if act, ok := one.Act.(domain.CommitmentRetracted); ok && len(act.Retracts) > 0 && i > 0 {
				act.Retracts[0] = domain.EventRef(key(random.IntN(i)))
			}
			two := *one
			two.After = []domain.EventRef{"nothing-of-this-name"}
			plain, folded = append(plain, one), append(folded, &two)
		}
		got, err := on.Continue(plain)
		require.NoError(t, err)
		want, err := on.Continue(folded)
		require.NoError(t, err)
		require.False(t, on.Stands(folded))
		require.Equal(t, want, got)
		if on.Stands(plain) {
			quick++
		}
	})
	require.Positive(t, quick, "nothing was evaluated without folding")
}

// tangled makes a log of n events, most of them on one draft and two issues, in which
// much is taken back: by name, by its sort, of a version and of any.
func tangled(n int, seed uint64) []domain.Entry {
	random := rand.New(rand.NewPCG(seed, 5))
	ledger := domain.NewLedger(negotiation)
	var log []domain.Entry
	add := func(b domain.Body) {
		e := &domain.Event{Negotiation: negotiation, ID: domain.KeyedID(negotiation, b.Key), Body: b}
		log = append(log, stamp(ledger, e, clock.Add(time.Duration(len(log))*time.Second)))
	}
	add(domain.Body{Key: "reg", Act: domain.NegotiationRegistered{Title: "T", TimeZone: "Asia/Karachi"}})
	add(domain.Body{Key: "reg-c", Act: domain.CeasefireRegistered{Ceasefire: "c", Title: "C"}})
	for i := 2; i < n; i++ {
		add(tangledBody(random, i, n))
	}
	return log
}

// tangledBody is event i of n, which may name the others.
func tangledBody(random *rand.Rand, i, n int) domain.Body {
	one := func(from ...string) string { return from[random.IntN(len(from))] }
	date := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(420)).Format(time.DateOnly)
	other := func() domain.EventRef { return domain.EventRef(fmt.Sprint("e-", 2+random.IntN(n+3))) }
	b := domain.Body{
		Key: fmt.Sprint("e-", i), Occurred: domain.MustEDTF(one(date, date, date, date[:7], "["+date+"..]", "[.."+date+"]", "[2020-03-01.."+"2020-11-01]")),
		Source:      &domain.Source{Side: domain.ActorID(one("p0", "p1")), Vantage: domain.Vantage(one("", "official", "eyewitness"))},
		Reliability: domain.Reliability(one("", "A", "B", "C")), Act: tangledAct(random, one, other),
	}
	for _, party := range []domain.ActorID{"p0", "p1"} {
		if random.IntN(2) == 0 {
			b.Actors = append(b.Actors, party)
		}
	}
	switch random.IntN(12) {
	case 0:
		b.After = []domain.EventRef{other()}
	case 1:
		b.Links.SameAct = []domain.EventRef{other()}
	case 2:
		b.Links.Contradicts = []domain.EventRef{other()}
	case 3:
		b.Modality = domain.Modality(one("planned", "historical"))
	}
	return b
}

func tangledAct(random *rand.Rand, one func(...string) string, other func() domain.EventRef) domain.Act {
	issue, draft := domain.IssueID(one("w", "x", "y")), domain.DraftID(one("d", "d", "d", "other"))
	version := random.IntN(4)
	switch random.IntN(16) {
	case 0:
		act := domain.DraftFinalized{Draft: draft, Version: version, Completeness: domain.Completeness(one("final", "near-final"))}
		if random.IntN(3) == 0 {
			act.Issues = []domain.IssueID{issue}
		}
		return act
	case 1, 2:
		return domain.VerbalConfirmationGiven{Draft: draft, Version: version}
	case 3, 4, 5, 6:
		act := domain.CommitmentRetracted{Draft: draft, Version: version, What: domain.RetractedMatter(one("confirmation", "signature", "draft", "assurance"))}
		switch random.IntN(4) {
		case 0:
			act.Retracts = []domain.EventRef{other(), other(), other()}
		case 1:
			act.Issue = issue
		}
		return act
	case 7:
		return domain.AgreementSigned{Draft: draft, Version: version, Form: domain.SignatureForm(one("signature", "initialling"))}
	case 8:
		return domain.RatificationDecided{Draft: draft, Version: version, Outcome: "ratified"}
	case 9:
		return domain.PositionStated{Issue: issue, Stance: domain.Stance(one("accepts", "rejects")), Setting: domain.Setting(one("", "private"))}
	case 10:
		return domain.DemandMade{Issue: issue, Polarity: domain.Polarity(one("for", "against"))}
	case 11:
		return domain.AssuranceGiven{Issue: issue, Form: domain.AssuranceForm(one("verbal", "written"))}
	case 12:
		return domain.AssuranceRefused{Issue: issue, Form: domain.RefusedForm(one("any", "written"))}
	case 13:
		return domain.ProcessStatusDeclared{Status: domain.ProcessStatus(one("ended", "revived", "suspended"))}
	case 14:
		return domain.CeasefireStatusDeclared{Ceasefire: "c", Status: domain.CeasefireStatus(one("holding", "ended", "violated"))}
	default:
		return domain.StatementIssued{Content: "…"}
	}
}
