package projections

import (
	"fmt"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
)

// crowded makes logs of n events on one draft, or one cell, of which most take back
// something without saying what, and of none of which it is known when.
var crowded = map[string]func(i int) domain.Body{
	"one draft": func(int) domain.Body {
		return domain.Body{Act: domain.CommitmentRetracted{Draft: "text", What: domain.RetractedConfirmation}}
	},
	"one draft with confirmations": func(i int) domain.Body {
		switch i % 4 {
		case 0:
			return domain.Body{Act: domain.VerbalConfirmationGiven{Draft: "text", Version: 1 + i%3}}
		case 1:
			return domain.Body{Act: domain.AgreementSigned{Draft: "text", Version: 1, Form: "signature"}}
		}
		return domain.Body{Act: domain.CommitmentRetracted{Draft: "text", What: domain.RetractedConfirmation}}
	},
	"one draft that settles issues": func(i int) domain.Body {
		switch i % 4 {
		case 0:
			return domain.Body{Act: domain.DraftFinalized{Draft: "text", Version: 1, Completeness: domain.Final, Issues: []domain.IssueID{"one-issue"}}}
		case 1:
			return domain.Body{Act: domain.VerbalConfirmationGiven{Draft: "text", Version: 1}}
		}
		return domain.Body{Act: domain.CommitmentRetracted{Draft: "text", What: domain.RetractedDraft}}
	},
	"one draft, told by two who differ": func(i int) domain.Body {
		b := domain.Body{Act: domain.CommitmentRetracted{Draft: "text", What: domain.RetractedConfirmation}}
		if i%2 == 1 {
			b.Act = domain.VerbalConfirmationGiven{Draft: "text", Version: 1 + i%4}
			b.Links.SameAct = []domain.EventRef{domain.EventRef(fmt.Sprint("e-", i-1))}
		}
		return b
	},
	"one draft, by name": func(i int) domain.Body {
		if i%2 == 0 {
			return domain.Body{Act: domain.VerbalConfirmationGiven{Draft: "text", Version: 1}}
		}
		return domain.Body{Act: domain.CommitmentRetracted{Draft: "text", What: domain.RetractedConfirmation, Retracts: []domain.EventRef{domain.EventRef(fmt.Sprint("e-", i-1))}}}
	},
	"one draft of many versions": func(i int) domain.Body {
		if i == 0 {
			return domain.Body{Act: domain.CommitmentRetracted{Draft: "text", What: domain.RetractedConfirmation}}
		}
		return domain.Body{Act: domain.VerbalConfirmationGiven{Draft: "text", Version: i}}
	},
	"one draft, some one after another": func(i int) domain.Body {
		b := domain.Body{Act: domain.CommitmentRetracted{Draft: "text", What: domain.RetractedConfirmation}}
		if i%3 == 0 {
			b.Act = domain.VerbalConfirmationGiven{Draft: "text", Version: 1}
		}
		if i%20 > 0 {
			b.After = []domain.EventRef{domain.EventRef(fmt.Sprint("e-", i-1))}
		}
		return b
	},
	"one cell": func(int) domain.Body {
		return domain.Body{Act: domain.CommitmentRetracted{Issue: "one-issue", What: domain.RetractedAssurance}}
	},
	"one cell with assurances": func(i int) domain.Body {
		if i%3 == 0 {
			return domain.Body{Act: domain.AssuranceGiven{Issue: "one-issue", Form: []domain.AssuranceForm{"verbal", "written"}[i%2]}}
		}
		return domain.Body{Act: domain.CommitmentRetracted{Issue: "one-issue", What: domain.RetractedAssurance}}
	},
	"one cell, told by two who differ": func(i int) domain.Body {
		b := domain.Body{Act: domain.CommitmentRetracted{Issue: "one-issue", What: domain.RetractedAssurance}}
		if i%2 == 1 {
			b.Act = domain.AssuranceGiven{Issue: "one-issue", Form: []domain.AssuranceForm{"verbal", "written"}[i/2%2]}
			b.Links.SameAct = []domain.EventRef{domain.EventRef(fmt.Sprint("e-", i-1))}
		}
		return b
	},
}

func crowd(t testing.TB, n int, body func(int) domain.Body) *Picture {
	var log []domain.Entry
	for _, e := range domaintest.Talks.Register() {
		log = append(log, domain.Entry{Position: uint64(len(log) + 1), Event: e})
	}
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		b := body(i)
		b.Key = fmt.Sprint("e-", i)
		b.Actors = []domain.ActorID{"here"}
		b.Source = &domain.Source{Side: "here"}
		from := start.AddDate(0, 0, i%300).Format(time.DateOnly)
		b.Occurred = domain.MustEDTF("[" + from + ".." + start.AddDate(2, 0, i%97).Format(time.DateOnly) + "]")
		e := &domain.Event{ID: domain.KeyedID("talks", b.Key), Negotiation: "talks", Recorded: domaintest.Start, Body: b}
		log = append(log, domain.Entry{Position: uint64(len(log) + 1), Event: e})
	}
	p, err := Project("talks", log, View{})
	require.NoError(t, err)
	return p
}

// TestCrowdedIsReadInProportion: many times as many of them take about as many times as
// long to print, not the square of it, or the cube.
func TestCrowdedIsReadInProportion(t *testing.T) {
	const few, times = 150, 16
	for _, name := range sortedKeys(crowded) {
		t.Run(name, func(t *testing.T) {
			one, many := fastest(crowd(t, few, crowded[name])), fastest(crowd(t, few*times, crowded[name]))
			require.Less(t, many, one*times*times/2, "it took %s for %d, %s for %d", one, few, many, few*times)
		})
	}
}

// fastest is the time of the fastest of some prints: what else goes on makes none faster.
func fastest(p *Picture) time.Duration {
	least := time.Hour
	for range 4 {
		began := time.Now()
		p.PrintAfter(nil)
		least = min(least, time.Since(began))
	}
	return least
}

// BenchmarkCrowded prints what many loose retractions bear on.
func BenchmarkCrowded(b *testing.B) {
	for _, name := range sortedKeys(crowded) {
		for _, n := range []int{250, 1000, 4000} {
			p := crowd(b, n, crowded[name])
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				for b.Loop() {
					p.PrintAfter(nil)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/event")
			})
		}
	}
}
