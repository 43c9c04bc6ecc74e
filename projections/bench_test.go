package projections_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// long makes a log of n events on several drafts, issues and parties, from a seed:
// most are dated to the day, some vaguely, some say what they followed, some are
// accounts of an earlier act.
func long(n int) []domain.Entry {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	ledger := domain.NewLedger(negotiation)
	var log []domain.Entry
	add := func(b domain.Body) {
		e := &domain.Event{Negotiation: negotiation, ID: domain.KeyedID(negotiation, b.Key), Body: b}
		log = append(log, stamp(ledger, e, clock.Add(time.Duration(len(log))*time.Second)))
	}
	add(domain.Body{Key: "reg", Act: domain.NegotiationRegistered{Title: "T", TimeZone: "Asia/Karachi"}})
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := 1; i < n; i++ {
		day := start.AddDate(0, 0, i*2000/n).Format(time.DateOnly)
		b := domain.Body{
			Key: fmt.Sprint("e-", i), Occurred: domain.MustEDTF(day), Reported: domain.MustEDTF(day),
			Actors: []domain.ActorID{domain.ActorID(fmt.Sprint("p", random.IntN(6)))}, Act: randomAct(random, i*50/n),
			Source: &domain.Source{Document: fmt.Sprint(i%40, ".txt"), Side: domain.ActorID(fmt.Sprint("p", random.IntN(6)))},
		}
		switch random.IntN(10) {
		case 0:
			b.Occurred = domain.MustEDTF(day[:7])
		case 1:
			b.After = []domain.EventRef{domain.EventRef(fmt.Sprint("e-", max(1, i-1-random.IntN(5))))}
		case 2:
			b.Links.SameAct = []domain.EventRef{domain.EventRef(fmt.Sprint("e-", max(1, i-1)))}
			b.Occurred = domain.MustEDTF(day)
		}
		add(b)
	}
	return log
}

func randomAct(random *rand.Rand, era int) domain.Act {
	issue := domain.IssueID(fmt.Sprint("i", random.IntN(8)))
	draft := domain.DraftID(fmt.Sprint("d", era))
	switch random.IntN(8) {
	case 0:
		return domain.DraftFinalized{Draft: draft, Version: 1 + random.IntN(4), Completeness: domain.Final}
	case 1:
		return domain.VerbalConfirmationGiven{Draft: draft, Version: 1 + random.IntN(4)}
	case 2:
		return domain.CommitmentRetracted{Draft: draft, Version: 1 + random.IntN(4), What: domain.RetractedConfirmation}
	case 3:
		return domain.DemandMade{Issue: issue, Polarity: domain.For}
	case 4:
		return domain.PositionStated{Issue: issue, Stance: domain.Accepts}
	case 5:
		return domain.AssuranceGiven{Issue: issue, Form: "verbal"}
	case 6:
		return domain.ProposalAnswered{Issue: issue, Answer: "rejected"}
	default:
		return domain.StatementIssued{Content: "…"}
	}
}

// BenchmarkProject folds a whole negotiation from nothing, without printing.
func BenchmarkProject(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		log := long(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := projections.Project(negotiation, log, projections.View{})
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/event")
		})
	}
}

// BenchmarkEvolve is the fold alone, against all of Project.
func BenchmarkEvolve(b *testing.B) {
	p := project(b, long(1000), "")
	b.ReportAllocs()
	for b.Loop() {
		var s projections.State
		for _, h := range p.Happenings {
			s = projections.Evolve(s, h)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
}

// BenchmarkPrint reads every value of every projection.
func BenchmarkPrint(b *testing.B) {
	p := project(b, long(1000), "")
	for _, name := range append([]string{""}, projections.Projections()...) {
		b.Run("all"[:3*min(1, 1-min(1, len(name)))]+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := p.Print(name)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkView compares what a warm book has to do with a fold from nothing, on a
// negotiation of 1,000 events: a past view by date and by key, and a late event with
// the view after it.
func BenchmarkView(b *testing.B) {
	log := long(1000)
	views := map[string]string{"date": "as-of=2022-09-01", "key": "as-of=@e-500"}
	for _, name := range []string{"date", "key"} {
		v, err := projections.ParseView(views[name])
		require.NoError(b, err)
		b.Run(name+"/fold", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := projections.Project(negotiation, log, v)
				require.NoError(b, err)
			}
		})
		b.Run(name+"/warm", func(b *testing.B) {
			book := projections.NewBook(negotiation, log)
			_, err := book.View(v)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_, err := book.View(v)
				require.NoError(b, err)
			}
		})
	}
	b.Run("late event", func(b *testing.B) {
		event := func(n int) domain.Entry {
			e := &domain.Event{Negotiation: negotiation, Body: domain.Body{
				Key: fmt.Sprint("late-", n), Occurred: domain.MustEDTF("2022-09-01"), Reported: domain.MustEDTF("2022-09-02"),
				Actors: []domain.ActorID{"p1"}, Act: domain.DemandMade{Issue: "i1", Polarity: domain.For},
			}}
			e.ID, e.Recorded = domain.KeyedID(negotiation, e.Key), clock.AddDate(1, 0, 0)
			return domain.Entry{Position: uint64(2000 + n), Event: e}
		}
		n := 0
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			book := projections.NewBook(negotiation, log)
			_, err := book.View(projections.View{})
			require.NoError(b, err)
			n++
			late := event(n)
			b.StartTimer()
			book.Add(late)
			_, err = book.View(projections.View{})
			require.NoError(b, err)
		}
	})
}
