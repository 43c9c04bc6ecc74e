package domain

import (
	"time"

	"github.com/google/uuid"
)

// Limits on one event.
const (
	MaxEventBytes = 256 << 10 // encoded, in bytes
	MaxQuoteRunes = 600       // a quote is evidence, not a copy of the source
)

// Event is one entry of the log: this source says that this act happened then.
// The first group of fields are CloudEvents 1.0 attributes, the rest is its data.
type Event struct {
	ID          uuid.UUID
	Negotiation string    // CloudEvents subject
	Writer      string    // CloudEvents source: who wrote the event, a URI reference
	Time        time.Time // when the writer made it
	Recorded    time.Time // stamped by the door, millisecond precision, zero before
	SupposedBy  BranchID  // stamped by the door: the branch on which it stands, empty in the record

	Body
}

// Body is what an event says: everything but who wrote it and when. Two events
// with the same id and the same type, negotiation and body are the same event.
type Body struct {
	Key           string      `json:"key,omitzero" doc:"stable key of a row, unique in the negotiation; the id follows from it"`
	Round         RoundID     `json:"round,omitzero" doc:"round of talks"`
	Session       SessionID   `json:"session,omitzero" doc:"sitting within the round"`
	Occurred      EDTF        `json:"occurred,omitzero" doc:"EDTF: when the act happened, as well as is known; XXXX-XX-XX where nothing is known"`
	Clock         *Clock      `json:"clock,omitempty" doc:"clock times, where they are known"`
	Duration      *Duration   `json:"duration,omitzero" doc:"how long the act lasted"`
	Reported      EDTF        `json:"reported,omitzero" doc:"EDTF: when the speaker first said it, else when the source was published"`
	Actors        []ActorID   `json:"actors,omitempty" doc:"who did it"`
	Recipients    []ActorID   `json:"recipients,omitempty" doc:"to or with whom"`
	UnnamedActors []string    `json:"unnamedActors,omitempty" doc:"actors the source does not name, as quoted"`
	Modality      Modality    `json:"modality,omitzero" doc:"in which way the act is reported; asserted unless said otherwise"`
	Act           Act         `json:"-"`
	Source        *Source     `json:"source,omitempty" doc:"who says so"`
	Reliability   Reliability `json:"reliability,omitzero" doc:"Admiralty grade of the source at that date, A to F"`
	Credibility   Credibility `json:"credibility,omitzero" doc:"Admiralty grade of this statement, 1 to 6"`
	After         []EventRef  `json:"after,omitempty" doc:"events this one is said to have followed; order, not cause"`
	Links         Links       `json:"links,omitzero" doc:"relations to other events"`
	Coder         string      `json:"coder,omitzero" doc:"who coded the event"`
	Note          string      `json:"note,omitzero" doc:"how a value was inferred"`
}

// Clock holds RFC 3339 times of the start and the end of an act. Either may be
// missing.
type Clock struct {
	Start time.Time `json:"start,omitzero" doc:"when the act began, as a clock time"`
	End   time.Time `json:"end,omitzero" doc:"when the act ended, as a clock time"`
}

// Duration is how long an act lasted.
type Duration struct {
	Value       ISODuration `json:"value" doc:"how long the act lasted: PT18H is 18 hours"`
	Approximate bool        `json:"approximate,omitzero" doc:"true for nearly, about, some"`
}

// Source says whose account an event is. Absent fields read "unknown".
type Source struct {
	Document    string      `json:"document,omitzero" doc:"file, URL or archive number"`
	Locator     string      `json:"locator,omitzero" doc:"place within the document: char=855, page 3"`
	Quote       string      `json:"quote,omitzero" doc:"short verbatim quote"`
	Outlet      string      `json:"outlet,omitzero" doc:"who published it"`
	Speaker     string      `json:"speaker,omitzero" doc:"who said it, as named or described in the document"`
	Office      string      `json:"office,omitzero" doc:"office of the speaker"`
	Attribution Attribution `json:"attribution,omitzero" doc:"how the speaker is named"`
	Vantage     Vantage     `json:"vantage,omitzero" doc:"how the speaker knows"`
	Side        ActorID     `json:"side,omitzero" doc:"whose voice it is: an actor, or unknown"`
	Channel     string      `json:"channel,omitzero" doc:"statement, press briefing, social media, …"`
}

// UnknownSide is the side of a voice that the source leaves open.
const UnknownSide ActorID = "unknown"

// Links relate an event to others. Each list holds keys or ids.
type Links struct {
	SameAct       []EventRef `json:"same-act,omitempty" doc:"another account of the same act"`
	SameStatement []EventRef `json:"same-statement,omitempty" doc:"the same words of the same speaker, printed elsewhere"`
	Corroborates  []EventRef `json:"corroborates,omitempty" doc:"supports the other event"`
	Contradicts   []EventRef `json:"contradicts,omitempty" doc:"cannot be true together with the other event"`
	RefinesScope  []EventRef `json:"refines-scope,omitempty" doc:"speaks of a part or another reach of the same matter"`
	DerivedFrom   []EventRef `json:"derived-from,omitempty" doc:"the other event is where this one was taken from"`
}

// IsZero tells whether there is no link.
func (l Links) IsZero() bool {
	return len(l.SameAct)+len(l.SameStatement)+len(l.Corroborates)+
		len(l.Contradicts)+len(l.RefinesScope)+len(l.DerivedFrom) == 0
}

// Of returns the references of one relation.
func (l Links) Of(r Relation) []EventRef {
	switch r {
	case SameAct:
		return l.SameAct
	case SameStatement:
		return l.SameStatement
	case Corroborates:
		return l.Corroborates
	case Contradicts:
		return l.Contradicts
	case RefinesScope:
		return l.RefinesScope
	case DerivedFrom:
		return l.DerivedFrom
	}
	return nil
}

// Type is the short name of the event's type, such as DraftFinalized.
func (e *Event) Type() string { return TypeOf(e.Act) }

// Control tells whether the event speaks of the record rather than the world.
func (e *Event) Control() bool { return e.Act != nil && isControl(e.Act) }

// Name is what people call the event: its key, or its id where it has none.
func (e *Event) Name() string {
	if e.Key != "" {
		return e.Key
	}
	return e.ID.String()
}

// SideOrUnknown is the side of the voice, unknown where the source is silent.
func (e *Event) SideOrUnknown() ActorID {
	if e.Source == nil || e.Source.Side == "" {
		return UnknownSide
	}
	return e.Source.Side
}

// Entry is an event at its position in the log.
type Entry struct {
	Position uint64   // sequence in the stream, from 1
	Branch   BranchID // whose own it is; empty in the record. Set by [Lineage.Compose]
	Event    *Event   // nil if parked
	Raw      []byte   // the exact stored bytes
	Fault    error    // why the entry is parked: its bytes do not decode

	layer int // how many branches its log stands on, itself counted
}

// Ordinal orders the entries of a composed log, in which positions of several
// streams meet: those of a branch come after all those of what it stands on. In
// the record it is the position.
func (e Entry) Ordinal() uint64 { return uint64(e.layer)<<ordinalBits | e.Position }

// ordinalBits is room for 281 million million events in a stream.
const ordinalBits = 48

// SplitOrdinal tells how many branches the log of an ordinal stands on, and the
// position in its stream.
func SplitOrdinal(ordinal uint64) (layer int, position uint64) {
	return int(ordinal >> ordinalBits), ordinal & (1<<ordinalBits - 1)
}

// Parked tells whether the entry does not decode. Parked entries are shown and
// counted; they change no state.
func (e Entry) Parked() bool { return e.Event == nil }
