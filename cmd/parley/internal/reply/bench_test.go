package reply

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"
)

// BenchmarkReplay goes through a whole negotiation, in either order. A long record has
// 50 drafts, six parties and eight issues, however many events; in a wide one they
// grow in number with the events. Time per step is what is to stay the same.
func BenchmarkReplay(b *testing.B) {
	for _, shape := range []string{"wide", "long"} {
		for _, n := range []int{1000, 4000} {
			log := talksOf(n, shape == "wide")
			b.Run(fmt.Sprint(shape, "/", OrderHappening, "/", n), func(b *testing.B) {
				pic, err := projections.Project("talks", log, projections.View{})
				if err != nil {
					b.Fatal(err)
				}
				steps := 0
				for b.Loop() {
					steps += len(Steps(pic))
				}
				perStep(b, steps)
			})
			b.Run(fmt.Sprint(shape, "/", OrderKnowledge, "/", n), func(b *testing.B) {
				steps := 0
				for b.Loop() {
					all, err := Learning("talks", domain.Lineage{Record: log}, projections.View{})
					if err != nil {
						b.Fatal(err)
					}
					steps += len(all)
				}
				perStep(b, steps)
			})
		}
	}
}

func perStep(b *testing.B, steps int) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(steps), "µs/step")
}

// talksOf is a record of n events, from a seed: each known at a moment of its own,
// most of them dated to the day, some vaguely; some say what they followed, some are
// accounts of the act before, some deny one.
func talksOf(n int, wide bool) []domain.Entry {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	ref := func(i int) []domain.EventRef { return []domain.EventRef{domain.EventRef(fmt.Sprint("e-", max(1, i)))} }
	log := []domain.Entry{entryOf(0, domain.Body{Act: domain.NegotiationRegistered{Title: "T", TimeZone: "Asia/Karachi"}})}
	for i := 1; i < n; i++ {
		era, area := i*50/n, 0
		if wide {
			era, area = i/20, i/200
		}
		at := start.Add(time.Duration(i) * 12 * time.Hour)
		b := domain.Body{
			Occurred: domain.MustEDTF(at.Format(time.DateOnly)), Reported: domain.MustEDTF(at.AddDate(0, 0, 1).Format(time.RFC3339)),
			Actors: []domain.ActorID{domain.ActorID(fmt.Sprint("p", random.IntN(6)))}, Act: actOf(random, era, area),
			Source: &domain.Source{Document: fmt.Sprint(i%40, ".txt"), Side: domain.ActorID(fmt.Sprint("p", random.IntN(6)))},
		}
		switch random.IntN(10) {
		case 0:
			b.Occurred = domain.MustEDTF(at.Format("2006-01"))
		case 1:
			b.After = ref(i - 1 - random.IntN(5))
		case 2:
			b.Links.SameAct = ref(i - 1)
		case 3:
			if random.IntN(4) == 0 {
				b.Modality = domain.Negated
			}
		}
		log = append(log, entryOf(i, b))
	}
	return log
}

func entryOf(i int, b domain.Body) domain.Entry {
	b.Key = fmt.Sprint("e-", i)
	e := &domain.Event{Negotiation: "talks", ID: domain.KeyedID("talks", b.Key), Body: b}
	e.Recorded = time.Date(2030, 1, 1, 0, 0, i, 0, time.UTC)
	return domain.Entry{Position: uint64(i + 1), Event: e}
}

func actOf(random *rand.Rand, era, area int) domain.Act {
	issue := domain.IssueID(fmt.Sprint("i", area, "-", random.IntN(8)))
	draft, version := domain.DraftID(fmt.Sprint("d", era)), 1+random.IntN(4)
	switch random.IntN(8) {
	case 0:
		return domain.DraftFinalized{Draft: draft, Version: version, Completeness: domain.Final}
	case 1:
		return domain.VerbalConfirmationGiven{Draft: draft, Version: version}
	case 2:
		return domain.CommitmentRetracted{Draft: draft, Version: version, What: domain.RetractedConfirmation}
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
