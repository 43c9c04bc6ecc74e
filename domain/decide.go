package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// Handling says what to do with input whose events are recorded with other
// content.
type Handling struct {
	// Correct is the reason under which changed events become corrections.
	// Empty: they are refused.
	Correct string
}

// Decision is what an input comes to.
type Decision struct {
	Append    []*Event // to be recorded, in input order
	Known     int      // recorded already
	Corrected int      // of Append: corrections made of changed events
	Keyless   int      // new events without a key: edits to them cannot be told
}

// Decide tells what has to be appended so that the log holds the input, or lists
// all faults of the whole input. Registrations anywhere in the input count for
// all of it. It is pure: the same ledgers and input give the same decision.
//
// ledgers holds one ledger for each negotiation that the input names rightly.
func Decide(ledgers map[string]*Ledger, in []Candidate, h Handling) (Decision, Faults) {
	v := newValidation(ledgers, in)
	v.faults = CheckText(Place{Parameter: "correct"}, h.Correct, MaxSentenceRunes)
	var d Decision
	for i, c := range in {
		e := c.Event
		ledger := ledgers[e.Negotiation]
		if ledger == nil && len(c.Faults) == 0 {
			panic("domain: Decide without a ledger for " + e.Negotiation)
		}
		v.own(c)
		if v.repeated(i) {
			d.Known++
			continue
		}
		if len(c.Faults) > 0 {
			v.check(i)
			continue
		}
		recorded, same := ledger.Holds(e)
		word, repaired := ledger.repairs.Of(e.ID)
		switch {
		case !recorded:
			v.check(i)
			d.Append = append(d.Append, e)
			if e.Key == "" && !e.Control() {
				d.Keyless++
			}
		case repaired && ledger.readsAs(word, &e.Body), same && (!repaired || h.Correct == "" || word.Withdrawn):
			d.Known++
		case h.Correct == "":
			v.changed(c, ledger)
			v.check(i)
		default:
			v.check(i)
			v.replaces(c, "type", e.ID, e.Act)
			d.Append = append(d.Append, correction(ledger, e, word, h.Correct))
			d.Corrected++
		}
	}
	if len(v.faults) > 0 {
		return Decision{}, v.faults
	}
	return d, nil
}

// correction repairs what is recorded under the event's id. Its id follows from
// what it replaces and by what, so that deciding again gives the same one. Where
// the very same correction was recorded and then withdrawn, it counts on: the log
// would take the old id for the old event.
func correction(l *Ledger, e *Event, word LastWord, reason string) *Event {
	body := e.Body
	body.Key = ""
	act := EventCorrected{
		Target: EventRef(e.ID.String()), Reason: reason,
		Replacement: Replacement{Type: e.Type(), Body: body},
	}
	if e.Key != "" {
		act.Target = EventRef(e.Key)
	}
	if word.By != uuid.Nil {
		act.Supersedes = EventRef(word.By.String())
	}
	content, _ := contentOf(e.Negotiation, &body)
	sum := sha256.Sum256(content)
	name := strings.Join([]string{"correction", e.ID.String(), string(act.Supersedes), hex.EncodeToString(sum[:])}, "\x00")
	id := KeyedID(l.negotiation, name)
	for _, taken := l.Position(id); taken; _, taken = l.Position(id) {
		name += "\x00again"
		id = KeyedID(l.negotiation, name)
	}
	return &Event{
		ID: id, Negotiation: e.Negotiation, Writer: e.Writer, Time: e.Time,
		Body: Body{Act: act, Coder: e.Coder},
	}
}

// changed refuses an event that is recorded with other content.
func (v *validation) changed(c Candidate, l *Ledger) {
	ordinal, _ := l.Position(c.Event.ID)
	layer, at := SplitOrdinal(ordinal)
	reason := fmt.Sprintf("is recorded at #%d with other content", at)
	hint := `to repair the record, import with --correct "reason"; an act that was taken back is an event of its own`
	switch own, _ := SplitOrdinal(l.Head()); { // it lies on so many branches
	case own > layer:
		if reason += ", and the branch stands on it"; layer > 0 {
			reason = "is supposed with other content on a branch that this one stands on"
		}
		hint = "give it a key of its own; to suppose it in place of that event, open a branch that replaces it: --replace " + c.Event.Name()
	case own > 0:
		reason = "is supposed on the branch with other content"
		hint = "give it a key of its own; to suppose otherwise from now on, append an EventCorrected, or open another branch"
	default:
	}
	v.faults = append(v.faults, c.fault("key", ChangedEvent, c.Event.Name(), reason, hint))
}
