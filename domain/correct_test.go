package domain_test

import "testing"

// position is a row of one position; what differs is its note.
func position(note string) string {
	return stated + "p1,PositionStated,talks,2025-10-27,pakistan,written-form,demands," + note + ",,\n"
}

// withdraw is a row that withdraws an event.
func withdraw(key, target string) string {
	return "key,type,negotiation,act.target,act.reason\n" + key + ",EventWithdrawn,talks," + target + ",wrong\n"
}

// correctTo is a row that corrects an event by hand.
func correctTo(key, target, replacement string) string {
	return "key;type;negotiation;act.target;act.reason;act.replacement\n" +
		key + ";EventCorrected;talks;" + target + ";wrong;\"" + replacement + "\"\n"
}

// byHand is p1 with another note, as a replacement in a cell.
const byHand = `{""type"":""PositionStated"",""occurred"":""2025-10-27"",""actors"":[""pakistan""],""act"":{""issue"":""written-form"",""stance"":""demands""},""note"":""B""}`

// TestDecideCorrects: what becomes of a row when its event is recorded already.
func TestDecideCorrects(t *testing.T) {
	for _, c := range []decideCase{
		{
			name: "a changed row becomes a correction", given: []string{registry, position("A")},
			when: position("B"), correct: "a typo",
			then: []string{`correct p1 because "a typo"`, "known 0 corrected 1 keyless 0"},
		},
		{
			name: "the original again, after a correction", given: []string{registry, position("A"), position("B")},
			when: position("A"),
			then: []string{"known 1 corrected 0 keyless 0"},
		},
		{
			name: "the corrected row again", given: []string{registry, position("A"), position("B")},
			when: position("B"),
			then: []string{"known 1 corrected 0 keyless 0"},
		},
		{
			name: "the corrected row again, still with a reason", given: []string{registry, position("A"), position("B")},
			when: position("B"), correct: "a typo",
			then: []string{"known 1 corrected 0 keyless 0"},
		},
		{
			name: "back to the original", given: []string{registry, position("A"), position("B")},
			when: position("A"), correct: "it was right",
			then: []string{`correct p1 because "it was right", after a repair`, "known 0 corrected 1 keyless 0"},
		},
		{
			name: "a third reading", given: []string{registry, position("A"), position("B")},
			when: position("C"), correct: "better",
			then: []string{`correct p1 because "better", after a repair`, "known 0 corrected 1 keyless 0"},
		},
		{
			name: "a third reading without a reason", given: []string{registry, position("A"), position("B")},
			when: position("C"),
			then: []string{`in.csv, row 2, key [changed-event] "p1" is recorded at #6 with other content; to repair the record, import with --correct "reason"; an act that was taken back is an event of its own`},
		},
		{
			name: "corrected by hand to the same", given: []string{registry, position("A"), correctTo("c", "p1", byHand)},
			when: position("B"),
			then: []string{"known 1 corrected 0 keyless 0"},
		},
		{
			name: "withdrawn, and again as it was", given: []string{registry, position("A"), withdraw("w", "p1")},
			when: position("A"), correct: "a reason",
			then: []string{"known 1 corrected 0 keyless 0"},
		},
		{
			name: "a correction that was withdrawn, once more", given: []string{registry, position("A"), correctTo("c", "p1", byHand), withdraw("w", "c")},
			when: position("B"), correct: "yet",
			then: []string{`correct p1 because "yet"`, "known 0 corrected 1 keyless 0"},
		},
		{
			name: "a changed registration", given: []string{registry},
			when: "key,type,negotiation,act.actor,act.name,act.kind\na1,ActorRegistered,talks,pakistan,Islamic Republic of Pakistan,party\n", correct: "its name",
			then: []string{`correct a1 because "its name"`, "known 0 corrected 1 keyless 0"},
		},
		{
			name: "a registration that is none any more", given: []string{registry},
			when: stated + "a1,PositionStated,talks,2025-10-27,afghan-taliban,written-form,demands,,,\n", correct: "why not",
			then: []string{`in.csv, row 2, type [not-allowed] "PositionStated" cannot replace a registration; withdraw that one, and record this as an event of its own`},
		},
	} {
		t.Run(c.name, c.check)
	}
}

// TestDecideCorrectsWhatWasWithdrawn: an automatic correction that was withdrawn
// is made anew under another id, since the log knows the old one.
func TestDecideCorrectsWhatWasWithdrawn(t *testing.T) {
	ledger := newLedger(t, registry, position("A"))
	in := rows(t, "in.csv", position("B"))
	first := decide(t, ledger, in, "a typo").Append[0]
	record(ledger, decide(t, ledger, in, "a typo").Append)
	record(ledger, decide(t, ledger, rows(t, "in.csv", withdraw("w", first.ID.String())), "").Append)

	second := decide(t, ledger, in, "a typo")
	if len(second.Append) != 1 || second.Append[0].ID == first.ID {
		t.Fatalf("decided %v", decided(second))
	}
	record(ledger, second.Append)
	if again := decide(t, ledger, in, "a typo"); again.Known != 1 {
		t.Fatalf("decided %v", decided(again))
	}
}

// TestDecideRefusesRepairs: repairs that nothing could come of.
func TestDecideRefusesRepairs(t *testing.T) {
	const withdrawsLater = `{""type"":""EventWithdrawn"",""act"":{""target"":""w"",""reason"":""r""}}`
	for _, c := range []decideCase{
		{
			name: "of nothing", given: []string{registry}, when: withdraw("w", "p1"),
			then: []string{`in.csv, row 2, act.target [unknown-event] "p1" no event has this key or id; record the event it refers to first, or in the same input`},
		},
		{
			name: "of what follows", given: []string{registry}, when: withdraw("w", "p1"), also: position("A"),
			then: []string{`in.csv, row 2, act.target [bad-value] "p1" stands after the event that repairs it; put the target first`},
		},
		{
			name: "of what stands before in the same input", given: []string{registry}, when: position("A"), also: withdraw("w", "p1"),
			then: []string{"append PositionStated p1", "append EventWithdrawn w", "known 0 corrected 0 keyless 0"},
		},
		{
			name: "an act by a registration", given: []string{registry, position("A")},
			when: correctTo("c", "p1", `{""type"":""IssueRegistered"",""act"":{""issue"":""x"",""title"":""X""}}`),
			then: []string{`in.csv, row 2, act.replacement.type [not-allowed] "IssueRegistered" cannot replace an event that is neither registration nor repair; withdraw that one, and record this as an event of its own`},
		},
		{
			name: "a repair by an act", given: []string{registry, position("A"), withdraw("w", "p1")},
			when: correctTo("c", "w", byHand),
			then: []string{`in.csv, row 2, act.replacement.type [not-allowed] "PositionStated" cannot replace a correction or withdrawal; withdraw that one, and record this as an event of its own`},
		},
		{
			name: "a repair by one of what came later", given: []string{registry, position("A"), withdraw("v", "p1"), withdraw("w", "p1")},
			when: correctTo("c", "v", withdrawsLater),
			then: []string{`in.csv, row 2, act.replacement.act.target [bad-value] "w" stands after the event that repairs it; put the target first`},
		},
		{
			name: "names in a replacement", given: []string{registry, position("A")},
			when: correctTo("c", "p1", `{""type"":""PositionStated"",""occurred"":""2025"",""actors"":[""pakstan""],""act"":{""issue"":""x"",""stance"":""demands""}}`),
			then: []string{
				`in.csv, row 2, act.replacement.actors [unregistered] "pakstan" no such actor is registered; did you mean pakistan?`,
				`in.csv, row 2, act.replacement.act.issue [unregistered] "x" no such issue is registered; write one of written-form`,
			},
		},
	} {
		t.Run(c.name, c.check)
	}
}
