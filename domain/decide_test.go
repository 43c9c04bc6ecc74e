package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// registry is what most inputs below build upon.
const registry = `
key,type,negotiation,act.title,act.timeZone,act.actor,act.name,act.kind,act.aliases,act.issue,act.ceasefire
n,NegotiationRegistered,talks,Talks,Asia/Karachi,,,,,,
a1,ActorRegistered,talks,,,pakistan,Pakistan,party,,,
a2,ActorRegistered,talks,,,afghan-taliban,Afghan Taliban,party,Islamic Emirate|the regime,,
i1,IssueRegistered,talks,Commitments are put in writing,,,,,,written-form,
c1,CeasefireRegistered,talks,Border ceasefire,,,,,,,border-ceasefire
`

// stated is a table of positions.
const stated = `
key,type,negotiation,occurred,actors,act.issue,act.stance,note,after,source.side
`

// decideCase tells a story: what the log holds, what is put in, what comes of it.
type decideCase struct {
	name    string
	given   []string // inputs that were recorded before, each corrected as "earlier"
	when    string
	also    string // a second file of the same input
	correct string
	then    []string // lines of the decision, or of the faults
}

func (c decideCase) check(t *testing.T) {
	t.Helper()
	ledger := domain.NewLedger("talks")
	for i, table := range c.given {
		d, faults := domain.Decide(ledgers(ledger), rows(t, "given.csv", table), domain.Handling{Correct: "earlier"})
		require.Empty(t, printed(faults), "given %d", i)
		record(ledger, d.Append)
	}
	in := rows(t, "in.csv", c.when)
	if c.also != "" {
		in = append(in, rows(t, "also.csv", c.also)...)
	}
	books := ledgers(ledger)
	for _, row := range in {
		if n := row.Event.Negotiation; books[n] == nil && domain.ValidID(n) {
			books[n] = domain.NewLedger(n)
		}
	}
	d, faults := domain.Decide(books, in, domain.Handling{Correct: c.correct})
	got := printed(faults)
	if len(faults) > 0 {
		require.Empty(t, d)
	} else {
		got = decided(d)
	}
	require.Equal(t, c.then, got)
	if len(faults) > 0 {
		return
	}
	record(ledger, d.Append)
	again, faults := domain.Decide(books, in, domain.Handling{Correct: c.correct})
	require.Empty(t, faults)
	require.Empty(t, again.Append, "the same input once more")
}

// rows reads a table that has no faults of form.
func rows(t *testing.T, file, table string) []domain.Candidate {
	t.Helper()
	in, faults := intake.Table(file, strings.NewReader(strings.TrimPrefix(table, "\n")))
	require.Empty(t, printed(faults))
	return in
}

// decided writes a decision down.
func decided(d domain.Decision) []string {
	lines := []string{}
	for _, e := range d.Append {
		line := "append " + e.Type() + " " + e.Key
		if c, ok := e.Act.(domain.EventCorrected); ok && e.Key == "" {
			line = fmt.Sprintf("correct %s because %q", c.Target, c.Reason)
			if c.Supersedes != "" {
				line += ", after a repair"
			}
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return append(lines, fmt.Sprintf("known %d corrected %d keyless %d", d.Known, d.Corrected, d.Keyless))
}

func TestDecideAppends(t *testing.T) {
	for _, c := range []decideCase{
		{
			name: "registrations count wherever they stand",
			when: stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\n", also: registry,
			then: []string{
				"append PositionStated p1", "append NegotiationRegistered n", "append ActorRegistered a1", "append ActorRegistered a2",
				"append IssueRegistered i1", "append CeasefireRegistered c1", "known 0 corrected 0 keyless 0",
			},
		},
		{
			name: "an event that another file holds as well", given: []string{registry},
			when: stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\n",
			also: stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\n",
			then: []string{"append PositionStated p1", "known 1 corrected 0 keyless 0"},
		},
		{
			name: "events without a key", given: []string{registry},
			when: stated + ",PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\n,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\n",
			then: []string{"append PositionStated", "known 1 corrected 0 keyless 1"},
		},
		{
			name: "recorded already", given: []string{registry}, when: registry,
			then: []string{"known 5 corrected 0 keyless 0"},
		},
		{
			name: "references to what follows in the input", given: []string{registry},
			when: stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,p2,\np2,PositionStated,talks,2025-10-26,pakistan,written-form,demands,,,unknown\n",
			then: []string{"append PositionStated p1", "append PositionStated p2", "known 0 corrected 0 keyless 0"},
		},
	} {
		t.Run(c.name, c.check)
	}
}

func TestDecideRefuses(t *testing.T) {
	for _, c := range []decideCase{
		{
			name: "an unknown negotiation", given: []string{registry},
			when: stated + "p1,PositionStated,talk,2025-10-27,pakistan,written-form,demands,,,\n",
			then: []string{`in.csv, row 2, negotiation [unregistered] "talk" no such negotiation is registered; did you mean talks?`},
		},
		{
			name: "names that nobody registered", given: []string{registry},
			when: stated + "p1,PositionStated,talks,2025-10-27,islamic-emirate|afghan-talban|brazil,written-fom,demands,,p9,pakstan\n",
			then: []string{
				`in.csv, row 2, actors [unregistered] "islamic-emirate" no such actor is registered; did you mean afghan-taliban?`,
				`in.csv, row 2, actors [unregistered] "afghan-talban" no such actor is registered; did you mean afghan-taliban?`,
				`in.csv, row 2, actors [unregistered] "brazil" no such actor is registered; register it first, in this input or an earlier one`,
				`in.csv, row 2, source.side [unregistered] "pakstan" no such actor is registered; did you mean pakistan?`,
				`in.csv, row 2, after [unknown-event] "p9" no event has this key or id; did you mean p1?`,
				`in.csv, row 2, act.issue [unregistered] "written-fom" no such issue is registered; did you mean written-form?`,
			},
		},
		{
			name: "an alias as it is written", given: []string{registry},
			when: stated + "p1,PositionStated,talks,2025-10-27,The Regime,written-form,demands,,,\n",
			then: []string{`in.csv, row 2, actors [bad-value] "The Regime" not an id; did you mean afghan-taliban?`},
		},
		{
			name: "a key twice", given: []string{registry},
			when: stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\np1,PositionStated,talks,2025-10-27,pakstan,written-form,demands,,,\n",
			then: []string{
				`in.csv, row 3, key [duplicate-key] "p1" stands in row 2 already; give every event a key of its own`,
				`in.csv, row 3, actors [unregistered] "pakstan" no such actor is registered; did you mean pakistan?`,
			},
		},
		{
			name: "a key twice, in two files, with other content", given: []string{registry},
			when: stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\n",
			also: stated + "p1,PositionStated,talks,2025-10-28,pakistan,written-form,demands,,,\n",
			then: []string{`also.csv, row 2, key [duplicate-key] "p1" stands in the input already, with other content: in.csv, row 2, key; give every event a key of its own`},
		},
		{
			name: "a reference to itself", given: []string{registry},
			when: stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,p1,\n",
			then: []string{`in.csv, row 2, after [bad-value] "p1" an event cannot refer to itself; `},
		},
		{
			name: "a changed row, with its other faults", given: []string{registry, stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands,,,\n"},
			when: stated + "p1,PositionStated,talks,2025-10-27,pakstan,written-form,demands,,,\n",
			then: []string{
				`in.csv, row 2, key [changed-event] "p1" is recorded at #6 with other content; to repair the record, import with --correct "reason"; an act that was taken back is an event of its own`,
				`in.csv, row 2, actors [unregistered] "pakstan" no such actor is registered; did you mean pakistan?`,
			},
		},
		{
			name: "a zone that does not exist",
			when: "type,negotiation,act.title,act.timeZone,modality\nNegotiationRegistered,talks,Talks,Asia/Karatschi,planned\n",
			then: []string{
				`in.csv, row 2, modality [bad-value] "planned" an event about the record is neither planned nor denied; leave it out`,
				`in.csv, row 2, act.timeZone [bad-value] "Asia/Karatschi" no such time zone; write a name of the IANA list, such as Asia/Karachi`,
			},
		},
		{
			name: "what two fields say together", given: []string{registry},
			when: "key,type,negotiation,occurred,clock.start,clock.end,act.kind,act.countLow,act.countHigh,act.relation,act.event,act.others\n" +
				"x,IncidentReported,talks,2025,2025-10-27T14:00:00+05:00,2025-10-27T08:59:59Z,raid,3,2,,,\n" +
				"l,EventsLinked,talks,,,,,,,same-act,x,x\n",
			then: []string{
				`in.csv, row 2, clock.end [bad-value] "2025-10-27T08:59:59Z" the act ends before it starts; swap clock.start and clock.end`,
				`in.csv, row 2, act.countLow [bad-value] "3" is more than act.countHigh; swap the two`,
				`in.csv, row 3, act.others [bad-value] "x" an event cannot be related to itself; take it out`,
			},
		},
		{
			name: "branches", given: []string{registry},
			when: "type,negotiation,act.branch\nBranchDropped,talks,b1\n",
			then: []string{`in.csv, row 2, type [not-allowed] "BranchDropped" branches do not stand in the record; open one with parley branch open`},
		},
	} {
		t.Run(c.name, c.check)
	}
}

// TestDecideSevenFaults: whatever is wrong is told at once, with its place.
func TestDecideSevenFaults(t *testing.T) {
	table := `key,type,negotiation,occurred,actors,act.issue,act.stance,act.draft,act.completeness,colour
p1,PositionStated,talks,28 October 2025,pakistan,written-form,rejects,,,
p2,PositionSated,talks,2025-10-28,pakistan,,,,,
p3,PositionStated,talks,2025-10-28,afgan-taliban,written-form,rejects,,,
p4,PositionStated,talks,2025-10-28,pakistan,written-form,refuses,,,
p5,DraftFinalized,talks,2025-10-28,pakistan,,,istanbul-draft,,
p3,PositionStated,talks,2025-10-29,pakistan,written-form,rejects,,,
`
	in, form := intake.Table("in.csv", strings.NewReader(table))
	ledger := domain.NewLedger("talks")
	record(ledger, decide(t, ledger, rows(t, "given.csv", registry), "").Append)
	_, content := domain.Decide(ledgers(ledger), in, domain.Handling{})
	require.Equal(t, []string{
		`in.csv, row 1, colour [unknown-field] "colour" no such column; `,
		`in.csv, row 2, occurred [bad-date] "28 October 2025" not EDTF: want 4 digits of the year; write 2025-10-28`,
		`in.csv, row 3, type [unknown-type] "PositionSated" no such type of act; did you mean PositionStated?`,
		`in.csv, row 4, actors [unregistered] "afgan-taliban" no such actor is registered; did you mean afghan-taliban?`,
		`in.csv, row 5, act.stance [bad-value] "refuses" not a value of act.stance; write one of demands, accepts, conditional, acknowledges, evades, rejects, unknown`,
		`in.csv, row 6, act.completeness [missing] "" act.completeness is required for DraftFinalized; write one of final, near-final`,
		`in.csv, row 7, key [duplicate-key] "p3" stands in row 4 already; give every event a key of its own`,
	}, printed(append(form, content...)))
}

func TestOfferWithoutFaultsNeedsNoID(t *testing.T) {
	e := &domain.Event{Negotiation: "talks", Body: domain.Body{Occurred: domain.MustEDTF("2025"), Act: domain.ThanksExpressed{For: "hosting"}}}
	named := domain.Offer(e)
	require.Empty(t, named.Faults)
	require.NotZero(t, named.Event.ID)
	require.Zero(t, e.ID, "what was offered does not change")
	require.Equal(t, named.Event.ID, domain.Offer(e).Event.ID)

	ledger := talks.Ledger(domaintest.Record(talks.Register()))
	require.Len(t, decide(t, ledger, []domain.Candidate{named}, "").Append, 1)

	keyed := thanks()
	twice := decide(t, ledger, domaintest.Offer(keyed, keyed), "")
	require.Len(t, twice.Append, 1, "who offers an event twice in Go says it once")
	require.Equal(t, 1, twice.Known)
}
