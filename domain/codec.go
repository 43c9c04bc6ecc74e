package domain

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// SpecVersion is the version of CloudEvents that the log is written in.
const SpecVersion = "1.0"

// TimeLayout prints the times of the envelope: RFC 3339, UTC, milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z07:00"

// envelope is a CloudEvents 1.0 event in structured JSON mode.
type envelope struct {
	SpecVersion     string         `json:"specversion"`
	ID              string         `json:"id"`
	Source          string         `json:"source"`
	Type            string         `json:"type"`
	Subject         string         `json:"subject"`
	Time            string         `json:"time,omitempty"`
	RecordedTime    string         `json:"recordedtime,omitempty"`
	DataContentType string         `json:"datacontenttype,omitempty"`
	Data            jsontext.Value `json:"data"`
}

// wireBody is a body as it is written: the act comes last.
type wireBody struct {
	*Body
	Act Act `json:"act"`
}

func fullName(name string, version int) string {
	return "parley." + name + ".v" + strconv.Itoa(version)
}

// Encode writes an event as CloudEvents JSON. The bytes are what the log stores
// and what integrity is computed over.
func Encode(e *Event) ([]byte, error) {
	s, ok := byGo[reflect.TypeOf(e.Act)]
	if !ok {
		return nil, fmt.Errorf("encode event %s: act %T is not in the catalogue", e.Name(), e.Act)
	}
	data, err := encodeBody(&e.Body)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.Name(), err)
	}
	return json.Marshal(envelope{
		SpecVersion: SpecVersion, ID: e.ID.String(), Source: e.Writer, Type: s.FullName(),
		Subject: e.Negotiation, Time: printTime(e.Time), RecordedTime: printTime(e.Recorded),
		DataContentType: "application/json", Data: data,
	})
}

// Decode reads what Encode wrote. It accepts any CloudEvents 1.0 structured JSON
// event of a known type; attributes that Parley does not use are refused, for
// they would be lost.
func Decode(b []byte) (*Event, error) {
	var env envelope
	if err := json.Unmarshal(b, &env, strictly); err != nil {
		return nil, fmt.Errorf("decode event: %w", err)
	}
	if env.SpecVersion != SpecVersion {
		return nil, fmt.Errorf("decode event: specversion %q, want %q", env.SpecVersion, SpecVersion)
	}
	s, ok := SpecOf(env.Type)
	if !ok {
		return nil, &UnknownTypeError{Type: env.Type}
	}
	id, err := uuid.Parse(env.ID)
	if err != nil {
		return nil, fmt.Errorf("decode event: id %q: %w", env.ID, err)
	}
	if !ValidID(env.Subject) {
		return nil, fmt.Errorf("decode event %s: subject %q is no negotiation id", id, env.Subject)
	}
	e := &Event{ID: id, Negotiation: env.Subject, Writer: env.Source}
	if e.Time, err = readTime(env.Time); err != nil {
		return nil, fmt.Errorf("decode event %s: time: %w", id, err)
	}
	if e.Recorded, err = readTime(env.RecordedTime); err != nil {
		return nil, fmt.Errorf("decode event %s: recordedtime: %w", id, err)
	}
	if e.Body, err = s.decode(env.Data); err != nil {
		return nil, fmt.Errorf("decode event %s: data: %w", id, err)
	}
	return e, nil
}

// UnknownTypeError says that bytes of the log name a type or version that this
// program does not know.
type UnknownTypeError struct{ Type string }

func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("decode event: type %q is not known to this version of parley", e.Type)
}

// Content is the canonical form of what an event says: its type, negotiation and
// body, without writer and times. Two events with one id and equal content are
// the same event.
func Content(e *Event) ([]byte, error) { return contentOf(e.Negotiation, &e.Body) }

func contentOf(negotiation string, b *Body) ([]byte, error) {
	s, ok := byGo[reflect.TypeOf(b.Act)]
	if !ok {
		return nil, fmt.Errorf("content: act %T is not in the catalogue", b.Act)
	}
	data, err := encodeBody(b)
	if err != nil {
		return nil, err
	}
	return append([]byte(s.FullName()+"\n"+negotiation+"\n"), data...), nil
}

func encodeBody(b *Body) ([]byte, error) {
	return json.Marshal(wireBody{Body: b, Act: b.Act}, json.Deterministic(true))
}

func printTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(TimeLayout)
}

func readTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err
}

// MarshalJSONTo writes the body with its type first.
func (r Replacement) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, struct {
		Type string `json:"type"`
		*Body
		Act Act `json:"act"`
	}{r.Type, &r.Body, r.Act})
}

// UnmarshalJSONFrom reads what MarshalJSONTo wrote.
func (r *Replacement) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	members := map[string]jsontext.Value{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	if err := json.Unmarshal(members["type"], &r.Type); err != nil {
		return errors.Join(errors.New("replacement without a type"), err)
	}
	s, ok := SpecOf(r.Type)
	if !ok {
		return &UnknownTypeError{Type: r.Type}
	}
	delete(members, "type")
	rest, err := json.Marshal(members)
	if err != nil {
		return err
	}
	r.Body, err = s.decode(rest)
	return err
}
