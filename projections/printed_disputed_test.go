package projections

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// However a log grows in which accounts of one happening differ on the draft, the
// version, the act and the party, and are corrected to other ones: what is printed after
// what was printed before, and what a path leads to, is what is printed from nothing.
func TestLawDisputedPrintedAfterIsPrinted(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		g := growing{t: t, book: NewBook("talks", nil)}
		for _, e := range domaintest.Talks.Register() {
			g.add(e.Body)
		}
		for i := range rapid.IntRange(1, 30).Draw(t, "events") {
			// Events that stand for themselves come last: only these let a print be taken over.
			b := disputedBody(random, i)
			if b.Modality == "" && random.IntN(2) == 0 { // much may mean more than one version, or draft
				draft := domain.DraftID([]string{"first", "second"}[random.IntN(2)])
				b.Act = domain.VerbalConfirmationGiven{Draft: draft, Version: 1 + random.IntN(3)}
				if i < 6 {
					b.Act = domain.CommitmentRetracted{Draft: draft, What: domain.RetractedConfirmation}
					b.Links.SameAct = []domain.EventRef{"e-0"}
				}
			}
			if i >= 6 {
				b.After, b.Links, b.Modality, b.Clock = nil, domain.Links{}, "", nil
			}
			g.add(b)
			if i < 8 && random.IntN(6) == 0 {
				g.add(correction(random, i))
			}
			if random.IntN(3) > 0 {
				taken += g.check()
			}
		}
	})
	require.Positive(t, taken, "nothing was taken from a print before")
}

// correction says of one of i events what another event might say.
func correction(random *rand.Rand, i int) domain.Body {
	other := disputedBody(random, i)
	target := domain.EventRef(fmt.Sprint("e-", random.IntN(i+1)))
	if random.IntN(4) == 0 {
		return domain.Body{Key: fmt.Sprint("w-", i), Act: domain.EventWithdrawn{Target: target}}
	}
	return domain.Body{Key: fmt.Sprint("c-", i), Act: domain.EventCorrected{Target: target, Replacement: domain.Replacement{Body: other}}}
}

// growing is a log that is printed while it grows.
type growing struct {
	t    require.TestingT
	book *Book
	log  []domain.Entry
	last *Printed
}

func (g *growing) add(b domain.Body) {
	key := b.Key
	if key == "" {
		key = fmt.Sprint("entry-", len(g.log))
	}
	e := domain.Entry{Position: uint64(len(g.log) + 1), Event: &domain.Event{
		ID: domain.KeyedID("talks", key), Negotiation: "talks", Recorded: domaintest.Start, Body: b,
	}}
	g.log = append(g.log, e)
	g.book.Add(e)
}

// check prints after what was printed before, and from nothing. It tells how much was
// taken over.
func (g *growing) check() (taken int) {
	pic, err := g.book.View(View{})
	require.NoError(g.t, err)
	before := g.last
	g.last = pic.PrintAfter(before)
	fresh, err := Project("talks", g.log, View{})
	require.NoError(g.t, err)
	whole := fresh.PrintAfter(nil).Tree
	require.Equal(g.t, printedText(g.t, whole), printedText(g.t, g.last.Tree))
	for _, name := range []string{"drafts", "positions", "assurances", "questions"} {
		n, err := pic.PrintAt(name)
		require.NoError(g.t, err)
		want, _ := whole.Get(name)
		require.Equal(g.t, printedText(g.t, want), printedText(g.t, n), name)
	}
	if before != nil {
		for id, n := range g.last.nodes["drafts"] {
			if before.nodes["drafts"][id] == n {
				taken++
			}
		}
	}
	return taken
}

// A retraction that one account files under one draft, and the leading one under
// another, may mean more of the other one once that has another version.
func TestPrintedAfterAcrossDrafts(t *testing.T) {
	// Given a retraction of "first" by its leading account, of "second" by another, and a
	// confirmation of a version of either
	g := growing{t: t, book: NewBook("talks", nil)}
	for _, e := range domaintest.Talks.Register() {
		g.add(e.Body)
	}
	vague := domain.MustEDTF("[2025-10-20..2025-10-25]")
	add := func(key string, grade domain.Reliability, act domain.Act, same ...domain.EventRef) {
		b := domain.Body{Key: key, Occurred: vague, Actors: []domain.ActorID{"here"}, Reliability: grade, Act: act}
		b.Links.SameAct = same
		g.add(b)
	}
	add("lead", "A", domain.CommitmentRetracted{Draft: "first", What: domain.RetractedConfirmation})
	add("other", "B", domain.CommitmentRetracted{Draft: "second", What: domain.RetractedConfirmation}, "lead")
	add("confirmed", "A", domain.VerbalConfirmationGiven{Draft: "second", Version: 1})
	add("first-1", "A", domain.VerbalConfirmationGiven{Draft: "first", Version: 1})
	g.check()
	const contested = "drafts/second/versions/1/contested/stands"
	before, err := g.last.Tree.Walk(contested)
	require.NoError(t, err)
	// When "first" has another version
	add("first-2", "A", domain.VerbalConfirmationGiven{Draft: "first", Version: 2})
	// Then what is printed of "second" tells that the retraction may mean another version
	g.check()
	after, err := g.last.Tree.Walk(contested)
	require.NoError(t, err)
	require.NotEqual(t, printedText(t, before), printedText(t, after))
}
