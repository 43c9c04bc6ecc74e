package projections

import (
	"bytes"
	"fmt"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func printedText(t require.TestingT, n *Node) string {
	var b bytes.Buffer
	require.NoError(t, n.MarshalJSONTo(jsontext.NewEncoder(&b)))
	return b.String()
}

// However a log grows, what is printed after what was printed before is what is
// printed of it from nothing.
func TestLawPrintedAfterIsPrinted(t *testing.T) {
	taken := 0
	try := func(t *rapid.T) {
		w := domaintest.Talks
		var log []domain.Entry
		book := NewBook(w.Negotiation, nil)
		var last *Printed
		late := rapid.IntRange(0, 3).Draw(t, "at once")
		for i, e := range w.History(rapid.IntRange(1, 40).Draw(t, "events")).Draw(t, "log") {
			entry := domain.Entry{Position: uint64(i + 1), Event: e}
			log = append(log, entry)
			if book.Add(entry); i%(late+1) != 0 {
				continue
			}
			pic, err := book.View(View{})
			require.NoError(t, err)
			before := last
			last = pic.PrintAfter(before)
			fresh, err := Project(w.Negotiation, log, View{})
			require.NoError(t, err)
			whole, err := fresh.Print("")
			require.NoError(t, err)
			require.Equal(t, printedText(t, whole), printedText(t, last.Tree))
			if before != nil && before.descent == last.descent {
				taken += takenFrom(before, last)
			}
		}
	}
	rapid.Check(t, try)
	for more := 0; taken == 0 && more < 20; more++ { // few histories have an event that stands for itself
		rapid.Check(t, try)
	}
	require.Positive(t, taken, "nothing was taken from a print before")
}

// takenFrom counts what one print took from another.
func takenFrom(before, after *Printed) (n int) {
	for h, p := range after.line {
		if before.line[h].node == p.node {
			n++
		}
	}
	return n
}

// What moves one draft, or one cell, leaves the others as they were printed.
func TestPrintedAfterTakesTheRest(t *testing.T) {
	book := NewBook("talks", nil)
	at := uint64(0)
	add := func(act domain.Act) {
		at++
		key := fmt.Sprint("e-", at)
		book.Add(domain.Entry{Position: at, Event: &domain.Event{
			ID: domain.KeyedID("talks", key), Negotiation: "talks", Recorded: domaintest.Start,
			Body: domain.Body{Key: key, Occurred: domain.MustEDTF("2025-10-26"), Actors: []domain.ActorID{"a"}, Act: act},
		}})
	}
	shown := func(last *Printed) *Printed {
		p, err := book.View(View{})
		require.NoError(t, err)
		return p.PrintAfter(last)
	}
	add(domain.DraftFinalized{Draft: "one", Version: 1, Completeness: domain.Final})
	add(domain.DraftFinalized{Draft: "two", Version: 1, Completeness: domain.Final})
	add(domain.DemandMade{Issue: "x", Polarity: domain.For})
	add(domain.DemandMade{Issue: "y", Polarity: domain.For})
	first := shown(nil)
	add(domain.DemandMade{Issue: "y", Polarity: domain.Against})
	second := shown(first)
	require.Same(t, first.nodes["positions"]["a/x"], second.nodes["positions"]["a/x"])
	require.NotSame(t, first.nodes["positions"]["a/y"], second.nodes["positions"]["a/y"])
	require.Same(t, first.nodes["drafts"]["one"], second.nodes["drafts"]["one"])
	add(domain.VerbalConfirmationGiven{Draft: "two", Version: 1})
	third := shown(second)
	require.Same(t, first.nodes["drafts"]["one"], third.nodes["drafts"]["one"])
	require.NotSame(t, first.nodes["drafts"]["two"], third.nodes["drafts"]["two"])
	require.NotSame(t, second.nodes["positions"]["a/x"], third.nodes["positions"]["a/x"], "a draft may move any cell")
	add(domain.ActorRegistered{Actor: "a", Name: "A", Kind: "party"})
	fourth := shown(third)
	require.NotSame(t, third.nodes["drafts"]["one"], fourth.nodes["drafts"]["one"], "the registry has changed")
}
