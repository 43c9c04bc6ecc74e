package reply

import (
	"errors"
	"fmt"
	"slices"

	"parley/domain"
	"parley/projections"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Listed is an entry of the log as it is listed.
type Listed struct {
	Position    uint64         `json:"position"`        // in the record, or in its branch
	Branch      string         `json:"branch,omitzero"` // that supposes it
	State       string         `json:"state,omitzero"`  // corrected, withdrawn, parked
	Fault       string         `json:"fault,omitzero"`  // why it is parked
	CorrectedBy string         `json:"correctedBy,omitzero"`
	Event       jsontext.Value `json:"event,omitzero"` // as it is stored

	Entry   domain.Entry  `json:"-"`
	Current *domain.Event `json:"-"` // as it reads now; nil if parked
}

// EventsOf lists the entries of the log that a view leaves, of some types and for which
// an expression holds; place is where the expression was written.
func EventsOf(pic *projections.Picture, types []string, where, place string) ([]Listed, error) {
	filter, err := projections.ResolveLens(where, pic.Registry)
	if e, ok := errors.AsType[*projections.LensError](err); ok {
		return nil, LensFault(place, e)
	}
	return slices.DeleteFunc(list(pic, types), func(l Listed) bool {
		return !filter.AdmitsEntry(domain.Entry{Position: l.Position, Event: l.Current}, pic.Registry)
	}), err
}

// List lists the entries of the log that a view leaves.
func List(pic *projections.Picture) []Listed { return list(pic, nil) }

// list finds the entries of the log that a view leaves. Where neither a cut of the
// world nor a lens asks, those that were withdrawn are listed too.
func list(pic *projections.Picture, types []string) []Listed {
	shown := make(map[uuid.UUID]*projections.Account, len(pic.Accounts))
	for _, a := range pic.Accounts {
		shown[a.ID] = a
	}
	cut := !pic.View.AsOf.IsZero() || !pic.View.KnownBy.IsZero() || pic.View.Lens != ""
	repairs := repairsOf(pic)
	var out []Listed
	for _, e := range pic.Log() {
		l := Listed{Position: e.Position, Branch: string(e.Branch), Event: e.Raw, Entry: e, Current: e.Event}
		if e.Parked() {
			l.State, l.Fault, l.Event = "parked", fmt.Sprint(e.Fault), nil
			if jsontext.Value(e.Raw).IsValid() {
				l.Event = e.Raw
			}
			if len(types) == 0 {
				out = append(out, l)
			}
			continue
		}
		word, repaired := repairs.Of(e.Event.ID)
		account, visible := shown[e.Event.ID]
		switch {
		case repaired && word.Withdrawn:
			l.State, l.CorrectedBy = "withdrawn", word.By.String()
		case repaired:
			l.State, l.CorrectedBy = "corrected", word.By.String()
			l.Current = domain.Corrected(e.Event, word)
		}
		if visible {
			l.Current = account.Event
		}
		if cut && !visible && !e.Event.Control() {
			continue
		}
		if len(types) == 0 || slices.Contains(types, l.Current.Type()) {
			out = append(out, l)
		}
	}
	return out
}

// repairsOf is what the corrections and withdrawals within the view come to.
func repairsOf(pic *projections.Picture) *domain.Repairs {
	ordinals := map[uuid.UUID]uint64{}
	repairs := domain.NewRepairs(pic.Negotiation)
	for _, e := range pic.Log() {
		if e.Parked() {
			continue
		}
		if _, twice := ordinals[e.Event.ID]; twice {
			continue
		}
		ordinals[e.Event.ID] = e.Ordinal()
		repairs.Add(e, func(id uuid.UUID) (uint64, bool) { at, ok := ordinals[id]; return at, ok })
	}
	return repairs
}

// Events is a list of events in JSON, with the view that left them.
type Events struct {
	View   projections.Seen `json:"view"`
	Events []Listed         `json:"events"`
	Next   uint64           `json:"next,omitzero" doc:"where there is more: what to send as after"`
}
