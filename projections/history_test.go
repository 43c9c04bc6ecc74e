package projections_test

import (
	"fmt"
	"slices"
	"time"

	"parley/domain"

	"pgregory.net/rapid"
)

// dates are the ones that the laws draw from: exact, vague, open and unknown.
var dates = []string{
	"2025-10-25", "2025-10-26", "2025-10-27", "2025-10-28", "[2025-10-26..2025-10-28]", "2025-10-26/2025-10-28",
	"[..2025-10-27]", "[2025-10-27..]", "2025-10", "XXXX-XX-XX", "2025-10-27?", "{2025-10-25,2025-10-28}",
}

// history draws a log of up to n events that vary in all that the pipeline looks
// at: vague dates, late reports, order and cycles of it, accounts of one act,
// denials, contradictions, corrections, withdrawals.
func history(t *rapid.T, n int) []domain.Entry {
	count := rapid.IntRange(1, n).Draw(t, "events")
	// Half of the histories are plainer, so that what plain events allow is tried.
	plain := rapid.Bool().Draw(t, "plain")
	ledger := domain.NewLedger(negotiation)
	var log []domain.Entry
	add := func(e *domain.Event, at time.Time) {
		e.Negotiation, e.ID = negotiation, domain.KeyedID(negotiation, e.Key)
		log = append(log, stamp(ledger, e, at))
	}
	for i, act := range []domain.Act{
		domain.NegotiationRegistered{Title: "T", TimeZone: "Asia/Karachi"},
		domain.CeasefireRegistered{Ceasefire: "c", Title: "C"},
	} {
		add(&domain.Event{Body: domain.Body{Key: fmt.Sprint("reg-", i), Act: act}}, clock)
	}
	for i := range count {
		at := clock.Add(time.Duration(i) * time.Hour)
		b := body(t, i, count)
		if plain && !b.Modality.Moves() {
			b.Modality = domain.Asserted
		}
		if plain && rapid.Bool().Draw(t, "alone") {
			b.After, b.Links = nil, domain.Links{}
		}
		add(&domain.Event{Body: b}, at)
	}
	return log
}

func body(t *rapid.T, i, count int) domain.Body {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	key := func(label string) domain.EventRef {
		return domain.EventRef(fmt.Sprint("e-", rapid.IntRange(0, count-1).Draw(t, label)))
	}
	self := domain.EventRef(fmt.Sprint("e-", i))
	b := domain.Body{Key: string(self)}
	if i > 0 && rapid.IntRange(0, 9).Draw(t, "control") == 0 {
		earlier := domain.EventRef(fmt.Sprint("e-", rapid.IntRange(0, i-1).Draw(t, "target")))
		switch rapid.IntRange(0, 2).Draw(t, "kind of control") {
		case 0:
			b.Act = domain.EventWithdrawn{Target: earlier, Reason: "r"}
		case 1:
			b.Act = domain.EventsLinked{Relation: "same-act", Event: earlier, Others: []domain.EventRef{key("other")}}
		default:
			other := world(t, pick)
			b.Act = domain.EventCorrected{Target: earlier, Reason: "r", Replacement: domain.Replacement{Type: domain.TypeOf(other.Act), Body: other}}
		}
		return b
	}
	w := world(t, pick)
	w.Key = b.Key
	for range rapid.IntRange(0, 2).Draw(t, "afters") {
		if k := key("after"); k != self && !slices.Contains(w.After, k) {
			w.After = append(w.After, k)
		}
	}
	link := key("link")
	if link != self {
		switch rapid.IntRange(0, 7).Draw(t, "link kind") {
		case 0, 1:
			w.Links.SameAct = []domain.EventRef{link}
		case 2:
			w.Links.Contradicts = []domain.EventRef{link}
		case 3:
			w.Links.SameStatement = []domain.EventRef{link}
		}
	}
	if r, ok := w.Act.(domain.CommitmentRetracted); ok && link != self && rapid.Bool().Draw(t, "names") {
		r.Retracts = []domain.EventRef{link}
		w.Act = r
	}
	return w
}

// world draws what an event says of the world.
func world(t *rapid.T, pick func(string, ...string) string) domain.Body {
	actor := func(label string) domain.ActorID { return domain.ActorID(pick(label, "a", "b")) }
	issue := domain.IssueID(pick("issue", "w", "x"))
	version := rapid.IntRange(0, 2).Draw(t, "version")
	b := domain.Body{
		Occurred: domain.MustEDTF(pick("occurred", dates...)), Actors: []domain.ActorID{actor("actor")},
		Modality: domain.Modality(pick("modality", "", "", "", "asserted", "historical", "planned", "negated")),
		Round:    domain.RoundID(pick("round", "r1", "r2")),
		Source: &domain.Source{
			Side: domain.ActorID(pick("side", "", "a", "b")), Vantage: domain.Vantage(pick("vantage", "", "eyewitness", "official", "analyst")),
			Document: pick("document", "1.txt", "2.txt"),
		},
		Reliability: domain.Reliability(pick("reliability", "", "A", "B", "F")),
	}
	if r := pick("reported", "", "2025-10-28", "2025-10-29", "[2025-10-29..]", "2025-11-02"); r != "" {
		b.Reported = domain.MustEDTF(r)
	}
	switch rapid.IntRange(0, 11).Draw(t, "act") {
	case 0:
		b.Act = domain.DraftFinalized{Draft: "d", Version: version, Completeness: domain.Completeness(pick("c", "final", "near-final")), Issues: []domain.IssueID{issue}}
	case 1:
		b.Act = domain.VerbalConfirmationGiven{Draft: "d", Version: version}
	case 2:
		b.Act = domain.CommitmentRetracted{Draft: "d", Version: version, What: domain.RetractedMatter(pick("what", "confirmation", "draft", "assurance"))}
	case 3:
		b.Act = domain.AgreementSigned{Draft: "d", Version: version, Form: "signature"}
	case 4:
		b.Act = domain.PositionStated{Issue: issue, Stance: domain.Stance(pick("stance", "accepts", "rejects", "evades"))}
	case 5:
		b.Act = domain.DemandMade{Issue: issue, Polarity: domain.Polarity(pick("polarity", "for", "against"))}
	case 6:
		b.Act = domain.AssuranceGiven{Issue: issue, Form: domain.AssuranceForm(pick("form", "verbal", "written"))}
	case 7:
		b.Act = domain.AssuranceRefused{Issue: issue, Form: domain.RefusedForm(pick("refused", "any", "written"))}
	case 8:
		b.Act = domain.CeasefireStatusDeclared{Ceasefire: "c", Status: domain.CeasefireStatus(pick("status", "holding", "violated"))}
	case 9:
		b.Act = domain.RoundConcluded{Outcome: domain.Outcome(pick("outcome", "agreed", "deadlock")), Days: rapid.IntRange(0, 4).Draw(t, "days")}
	case 10:
		b.Act = domain.MandateStated{FullPowers: domain.YesNo(pick("powers", "yes", "no"))}
	default:
		b.Act = domain.SessionHeld{}
	}
	return b
}

// views are the ones under which the laws are tried.
var views = []string{
	"", "as-of=2025-10-26", "as-of=2025-10-27", "as-of=2025-10-27&possibly", "known-by=2025-10-28", "known-by=2025-10-29",
	"known-by=2025-10-29&possibly", "as-of=2025-10-27&known-by=2025-10-29",
	"lens=source.side+!%3D+%22a%22", "known-by=2025-10-29&lens=reliability+%3C%3D+%22A%22+||+source.vantage+%3D%3D+%22eyewitness%22",
}
