package live

import (
	"context"
	"fmt"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// BenchmarkCommit is what the commit of changed keys costs, with the bucket in memory
// and on a disk that is synced with every write, as a folder's is.
func BenchmarkCommit(b *testing.B) {
	for _, where := range []string{"memory", "disk"} {
		for _, changed := range []int{1, 10, 100, 900} {
			b.Run(fmt.Sprint(where, "/keys=", changed), func(b *testing.B) { benchCommit(b, where == "disk", changed) })
		}
	}
}

func benchCommit(b *testing.B, onDisk bool, changed int) {
	broker := startBroker(b)
	nc, js := broker.connect()
	p := NewPublisher(nc, js, PublisherOptions{OnDisk: onDisk})
	r, err := p.openRack(b.Context())
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	s, err := openShelf(ctx, ctx, r.kv[BlueBucket], nil)
	require.NoError(b, err)
	defer s.close()
	go func() {
		for range s.watch.Updates() { // somebody has to take them
		}
	}()
	records := make([]*record, 1000)
	at := uint64(0)
	for b.Loop() {
		at++
		for i := range records {
			if at == 1 || i < changed {
				records[i] = &record{Change: Change{
					Key: Key{"talks", "rounds", fmt.Sprint(i)}, Position: at, Value: raw(fmt.Sprintf("%0500d", at)),
				}}
			}
		}
		require.NoError(b, s.fill(ctx, nc, "talks", records, markOf(Summary{Negotiation: "talks", Position: at})))
	}
}

// BenchmarkStep is what a step costs after one entry, by the length of the
// negotiation: to fold, to print, and to find what changed; with all of it printed
// anew, and with only what may have changed.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{100, 1000, 5000} {
		for _, anew := range []bool{true, false} {
			how := "after"
			if anew {
				how = "anew"
			}
			b.Run(fmt.Sprint("events=", n, "/", how), func(b *testing.B) { benchStep(b, n, anew) })
		}
	}
}

func benchStep(b *testing.B, n int, anew bool) {
	book, h, x := projections.NewBook("talks", nil), newHub(time.Now), &press{}
	at := 0
	once := func() {
		for _, e := range varied(at, max(1, n-at)) {
			at++
			e.Position = uint64(at)
			book.Add(e)
		}
		p, err := book.View(projections.View{})
		require.NoError(b, err)
		if anew {
			x = &press{}
		}
		all, err := x.print(b.Context(), p)
		require.NoError(b, err)
		h.take(step{position: uint64(at), states: []state{{Summary: Summary{Negotiation: "talks", Position: uint64(at)}, entities: all}}})
	}
	once()
	for b.Loop() {
		once()
	}
}

// varied is a log of n events that move drafts and positions, four a day.
func varied(from, n int) []domain.Entry {
	log := small("talks", from, n)
	for k, e := range log {
		i := from + k
		draft := domain.DraftID(fmt.Sprint("d", i/100))
		e.Event.Occurred = domain.MustEDTF(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/4).Format(time.DateOnly))
		e.Event.Actors = []domain.ActorID{domain.ActorID(fmt.Sprint("p", i%6))}
		e.Event.Act = []domain.Act{
			domain.DraftFinalized{Draft: draft, Version: 1 + i%4, Completeness: domain.Final},
			domain.VerbalConfirmationGiven{Draft: draft, Version: 1 + i%4},
			domain.DemandMade{Issue: domain.IssueID(fmt.Sprint("i", i%8)), Polarity: domain.For},
			domain.PositionStated{Issue: domain.IssueID(fmt.Sprint("i", i%7)), Stance: domain.Accepts},
			domain.StatementIssued{Content: "the talks go on"},
		}[i%5]
	}
	return log
}
