package domain

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
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
	Hypothetical    string         `json:"hypothetical,omitempty"`
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

// contentType is that of the data of every event.
const contentType = "application/json"

// Encode writes an event as CloudEvents JSON. The bytes are what the log stores
// and what integrity is computed over. It refuses what [Decode] would not read.
func Encode(e *Event) ([]byte, error) {
	if b, ok := quickEncode(e); ok {
		return b, nil
	}
	return thoroughEncode(e)
}

// thoroughEncode encodes events of all sorts, and says what is wrong with one.
func thoroughEncode(e *Event) ([]byte, error) {
	s, ok := byGo[reflect.TypeOf(e.Act)]
	if !ok {
		return nil, fmt.Errorf("encode event %s: act %T is not in the catalogue", e.Name(), e.Act)
	}
	if err := checkEnvelope(e); err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.Name(), err)
	}
	if err := checkStored(&e.Body); err != nil {
		return nil, fmt.Errorf("encode event %s: data: %w", e.Name(), err)
	}
	data, err := encodeBody(&e.Body)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.Name(), err)
	}
	return json.Marshal(envelope{
		SpecVersion: SpecVersion, ID: e.ID.String(), Source: e.Writer, Type: s.FullName(),
		Subject: e.Negotiation, Time: printTime(e.Time), RecordedTime: printTime(e.Recorded),
		Hypothetical: string(e.SupposedBy), DataContentType: contentType, Data: data,
	})
}

// Decode reads what Encode wrote, strictly: the full name of a type that this
// program knows, no unknown member, every value of its kind. Attributes that
// Parley does not use are refused too, extension attributes of CloudEvents among
// them, for whoever encodes the event again would lose them. Package intake
// reads CloudEvents of others.
func Decode(b []byte) (*Event, error) {
	if e, ok := quickDecode(b); ok {
		return e, nil
	}
	return thoroughDecode(b)
}

// thoroughDecode decodes events in any JSON form, and says what is wrong with one.
func thoroughDecode(b []byte) (*Event, error) {
	var env envelope
	if err := json.Unmarshal(b, &env, strictly); err != nil {
		return nil, fmt.Errorf("decode event: %w", err)
	}
	s, ok := storedAs(env.Type)
	switch {
	case env.SpecVersion != SpecVersion:
		return nil, fmt.Errorf("decode event: specversion %q, want %q", env.SpecVersion, SpecVersion)
	case env.DataContentType != contentType:
		return nil, fmt.Errorf("decode event: datacontenttype %q, want %q", env.DataContentType, contentType)
	case !ok:
		return nil, &UnknownTypeError{Type: env.Type}
	}
	id, err := uuid.Parse(env.ID)
	if err != nil || id.String() != env.ID {
		return nil, fmt.Errorf("decode event: id %q is not a UUID in lower case", env.ID)
	}
	e := &Event{ID: id, Negotiation: env.Subject, Writer: env.Source, SupposedBy: BranchID(env.Hypothetical)}
	if err := e.decode(s, &env); err != nil {
		return nil, fmt.Errorf("decode event %s: %w", e.ID, err)
	}
	return e, nil
}

func (e *Event) decode(s *Spec, env *envelope) (err error) {
	if e.Time, err = readTime(env.Time); err != nil {
		return fmt.Errorf("time: %w", err)
	}
	if e.Recorded, err = readTime(env.RecordedTime); err != nil {
		return fmt.Errorf("recordedtime: %w", err)
	}
	if e.Body, err = s.decode(env.Data, false); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err = checkEnvelope(e); err != nil {
		return err
	}
	if err = checkStored(&e.Body); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return nil
}

// checkEnvelope tells what makes an event no CloudEvent of ours.
func checkEnvelope(e *Event) error {
	switch {
	case e.ID == uuid.Nil:
		return errors.New("the id is absent")
	case !ValidID(e.Negotiation):
		return fmt.Errorf("subject %q is no negotiation id", e.Negotiation)
	case e.SupposedBy != "" && !ValidID(string(e.SupposedBy)):
		return fmt.Errorf("hypothetical %q is no id of a branch", e.SupposedBy)
	case !validWriter(e.Writer):
		return fmt.Errorf("source %q, the writer, is no URI reference", e.Writer)
	case !validMoment(e.Time) || !validMoment(e.Recorded):
		return errMoment
	case e.Key != "" && e.ID != KeyedID(e.Negotiation, e.Key):
		return fmt.Errorf("the id does not follow from the key %q", e.Key)
	}
	return nil
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
	w := takePen()
	defer pens.Put(w)
	if w.content(negotiation, b) {
		return slices.Clone(w.out), nil
	}
	return thoroughContent(negotiation, b)
}

// contentSum is the SHA-256 of [Content].
func contentSum(negotiation string, b *Body) ([sha256.Size]byte, error) {
	w := takePen()
	defer pens.Put(w)
	if w.content(negotiation, b) {
		return sha256.Sum256(w.out), nil
	}
	content, err := thoroughContent(negotiation, b)
	return sha256.Sum256(content), err
}

func thoroughContent(negotiation string, b *Body) ([]byte, error) {
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
	return string(appendTime(nil, t))
}

// appendTime writes a time in TimeLayout. The library has a fast way for RFC 3339
// alone, and without milliseconds.
func appendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	b = t.AppendFormat(b, time.RFC3339)
	millis := t.Nanosecond() / int(time.Millisecond)
	b[len(b)-1] = '.' // where Z stood
	return append(b, byte('0'+millis/100), byte('0'+millis/10%10), byte('0'+millis%10), 'Z')
}

func readTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := parseMoment(s)
	return t.UTC(), err
}

// MarshalJSONTo writes the body with its type first: the full name, for the
// version says how the body is to be read for ever.
func (r Replacement) MarshalJSONTo(enc *jsontext.Encoder) error {
	s, ok := byGo[reflect.TypeOf(r.Act)]
	if !ok {
		return fmt.Errorf("replacement: act %T is not in the catalogue", r.Act)
	}
	return json.MarshalEncode(enc, struct {
		Type string `json:"type"`
		*Body
		Act Act `json:"act"`
	}{s.FullName(), &r.Body, r.Act})
}

// UnmarshalJSONFrom reads what MarshalJSONTo wrote.
func (r *Replacement) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if nestingOf(raw) > nestingMax*replacementLevels+1 {
		return errNesting
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	s, ok := storedAs(head.Type)
	if !ok {
		return &UnknownTypeError{Type: head.Type}
	}
	r.Type = s.Name
	r.Body, err = s.decode(raw, true)
	return err
}

// replacementLevels is how many levels of JSON a replacement adds: its own, and
// its act's. The innermost may have a list in its act.
const replacementLevels = 2

// nestingOf is how deep objects and lists are nested in valid JSON. Each level of
// replacement is read anew from its bytes, so the depth has to be limited before.
func nestingOf(raw jsontext.Value) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
