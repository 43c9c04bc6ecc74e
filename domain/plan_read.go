package domain

import (
	"bytes"
	"hash/maphash"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// reader reads the stored form, and nothing else: what it reads, [Encode] writes
// again byte by byte. Its methods tell whether they could.
type reader struct {
	b   []byte
	pos int
	has fieldSet

	memory
}

// memory is what a reader keeps from one event to the next. It only saves
// making the same values again.
type memory struct {
	seed     maphash.Seed
	words    [1024]string // short strings read of late, by their hashes
	before   [64]string   // what each field held last, by its bit
	dates    [256]EDTF    // likewise
	writer   string       // known to be a valid one
	made     moment
	recorded moment
	acts     map[*Spec]reflect.Value
	items    []string
	text     []byte // what is being read, without escapes
	again    []byte // what is being read, as it is written
}

// moment is a time and its stored form.
type moment struct {
	text string
	time time.Time
}

var readers = sync.Pool{New: func() any {
	return &reader{memory: memory{seed: maphash.MakeSeed(), acts: map[*Spec]reflect.Value{}}}
}}

// wordMax is how long a string may be, in bytes, to be kept in memory.
const wordMax = 64

// quickDecode is [Decode] for what [Encode] has written.
func quickDecode(b []byte) (*Event, bool) {
	r, _ := readers.Get().(*reader)
	defer readers.Put(r)
	r.b, r.pos, r.has = b, 0, 0
	e := &Event{}
	ok := r.event(e)
	r.b = nil
	return e, ok
}

func (r *reader) event(e *Event) bool {
	if !r.take(`{"specversion":"`+SpecVersion+`","id":`) || !r.id(e) || !r.take(`,"source":`) || !r.source(e) || !r.take(`,"type":`) {
		return false
	}
	name, _ := r.quoted()
	s := byFullName[string(name)]
	if s == nil || !r.take(`,"subject":`) {
		return false
	}
	negotiation, _ := r.quoted()
	e.Negotiation = r.keep(negotiation)
	if r.take(`,"time":`) && !r.time(&e.Time, &r.made) || r.take(`,"recordedtime":`) && !r.time(&e.Recorded, &r.recorded) {
		return false
	}
	if r.take(`,"hypothetical":`) {
		branch, _ := r.quoted()
		if e.SupposedBy = BranchID(r.keep(branch)); !ValidID(string(e.SupposedBy)) {
			return false
		}
	}
	return r.take(`,"datacontenttype":"`+contentType+`","data":{`) && r.body(s, &e.Body) && r.take("}") && r.pos == len(r.b) &&
		ValidID(e.Negotiation) && (e.Key == "" || e.ID == KeyedID(e.Negotiation, e.Key))
}

func (r *reader) id(e *Event) bool {
	b, ok := r.quoted()
	if !ok {
		return false
	}
	e.ID, ok = lowerUUID(b)
	return ok && e.ID != uuid.Nil
}

// lowerUUID reads the one form of UUID that is stored: in lower case, with hyphens.
func lowerUUID(b []byte) (id uuid.UUID, ok bool) {
	if len(b) != uuidLength {
		return id, false
	}
	pos := 0
	for i := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			if b[pos] != '-' {
				return id, false
			}
			pos++
		}
		high, low := hexValues[b[pos]], hexValues[b[pos+1]]
		if high|low > 15 {
			return id, false
		}
		id[i] = high<<4 | low
		pos += 2
	}
	return id, true
}

// hexValues are those of hexadecimal digits in lower case; no other is below 16.
var hexValues = func() (v [256]byte) {
	for i := range v {
		v[i] = 0xff
	}
	for i, c := range []byte(hexDigits) {
		v[c] = byte(i)
	}
	return v
}()

func (r *reader) source(e *Event) bool {
	b, ok := r.quoted()
	if !ok {
		return false
	}
	if string(b) != r.writer {
		s := string(b)
		if !validWriter(s) {
			return false
		}
		r.writer = s
	}
	e.Writer = r.writer
	return true
}

// time reads a time of the envelope. One that repeats is read once.
func (r *reader) time(to *time.Time, last *moment) bool {
	b, ok := r.quoted()
	if !ok {
		return false
	}
	if string(b) != last.text {
		t, err := time.Parse(time.RFC3339, string(b))
		t = t.UTC()
		r.again = appendTime(r.again[:0], t)
		if err != nil || t.IsZero() || !bytes.Equal(b, r.again) {
			return false
		}
		*last = moment{string(b), t}
	}
	*to = last.time
	return true
}

func (r *reader) body(s *Spec, b *Body) bool {
	if !r.members(bodyPlan, reflect.ValueOf(b).Elem()) || !r.lead(actLead) {
		return false
	}
	act, ok := r.acts[s]
	if !ok {
		act = reflect.New(s.Go).Elem()
		r.acts[s] = act
	}
	act.SetZero()
	if !r.members(s.plan, act) || !r.take("}}") {
		return false
	}
	b.Act, ok = act.Interface().(Act) // a copy
	return ok && r.has&s.must == s.must
}

func (r *reader) members(p plan, root reflect.Value) bool {
	for i := range p {
		m := &p[i]
		if !r.lead(m.lead) {
			if !m.omit {
				return false
			}
		} else if v := root.Field(m.index); m.group != nil {
			if !r.group(m, v) {
				return false
			}
		} else if !r.value(m.field, v) {
			return false
		}
	}
	return true
}

func (r *reader) group(m *member, v reflect.Value) bool {
	if !r.take("{") {
		return false
	}
	if m.below != nil {
		v.Set(reflect.New(m.below))
		v = v.Elem()
	}
	opened := r.pos
	return r.members(m.group, v) && r.pos > opened && r.take("}")
}

func (r *reader) value(f *Field, v reflect.Value) bool {
	r.has.add(f)
	if f.List {
		return r.list(f, v)
	}
	switch f.Kind {
	case Nested:
		return false
	case Number:
		b := r.digits()
		n, err := strconv.Atoi(string(b))
		v.SetInt(int64(n))
		r.again = strconv.AppendInt(r.again[:0], int64(n), 10)
		return err == nil && n != 0 && f.holds(float64(n)) && bytes.Equal(b, r.again)
	case Decimal:
		b := r.digits()
		n, err := strconv.ParseFloat(string(b), 64)
		v.SetFloat(n)
		r.again = strconv.AppendFloat(r.again[:0], n, 'f', -1, 64)
		return err == nil && f.holds(n) && math.Abs(n) >= decimalMin && bytes.Equal(b, r.again)
	case Truth:
		v.SetBool(true)
		return r.take("true")
	case Moment:
		t, ok := v.Addr().Interface().(*time.Time)
		return ok && r.clock(t)
	case Date:
		d, ok := v.Addr().Interface().(*EDTF)
		return ok && r.date(d)
	default:
		s, ok := r.word(f)
		v.SetString(s)
		return ok
	}
}

// clock reads a time of the body, which keeps its offset.
func (r *reader) clock(t *time.Time) bool {
	b, ok := r.quoted()
	if !ok || t.UnmarshalText(b) != nil || t.IsZero() || !validMoment(*t) {
		return false
	}
	r.again = t.AppendFormat(r.again[:0], time.RFC3339Nano)
	return bytes.Equal(b, r.again)
}

func (r *reader) date(d *EDTF) bool {
	b, ok := r.quoted()
	if !ok {
		return false
	}
	known := &r.dates[maphash.Bytes(r.seed, b)%uint64(len(r.dates))]
	if known.text != string(b) {
		parsed, err := parseEDTF(string(b))
		if err != nil {
			return false
		}
		*known = parsed
	}
	*d = *known
	return true
}

func (r *reader) list(f *Field, v reflect.Value) bool {
	if !r.take("[") {
		return false
	}
	r.items = r.items[:0]
	for {
		s, ok := r.word(f)
		if !ok {
			return false
		}
		r.items = append(r.items, s)
		if !r.take(",") {
			break
		}
	}
	v.Grow(len(r.items))
	v.SetLen(len(r.items))
	v.SetCap(len(r.items)) // whoever appends gets a copy
	for i, s := range r.items {
		v.Index(i).SetString(s)
	}
	return r.take("]")
}

// word reads a string that is a value of a field. Most fields hold what they held
// in the event before; a key is of one event alone.
func (r *reader) word(f *Field) (string, bool) {
	b, ok := r.quoted()
	if !ok {
		return "", false
	}
	for _, w := range f.Values {
		if w == string(b) {
			return w, true
		}
	}
	if f.Path == "key" {
		s := string(b)
		return s, ValidID(s) && !looksLikeUUID(s)
	}
	before := &r.before[f.bit]
	if *before != string(b) {
		*before = r.keep(b)
	}
	return *before, f.storable(*before)
}

// keep makes a string of bytes. Short ones repeat, and share their memory.
func (r *reader) keep(b []byte) string {
	if len(b) > wordMax {
		return string(b)
	}
	known := &r.words[maphash.Bytes(r.seed, b)%uint64(len(r.words))]
	if *known != string(b) {
		*known = string(b)
	}
	return *known
}

// take goes past a text, if it stands here.
func (r *reader) take(s string) bool {
	if len(r.b)-r.pos < len(s) || string(r.b[r.pos:r.pos+len(s)]) != s {
		return false
	}
	r.pos += len(s)
	return true
}

// lead goes past the name of a member; the first of an object has no comma.
func (r *reader) lead(lead string) bool {
	if r.b[r.pos-1] == '{' {
		lead = lead[1:]
	}
	return r.take(lead)
}

// digits goes past a number.
func (r *reader) digits() []byte {
	from := r.pos
	for r.pos < len(r.b) && strings.IndexByte("0123456789.-", r.b[r.pos]) >= 0 {
		r.pos++
	}
	return r.b[from:r.pos]
}

// quoted reads a string that is not empty. The bytes are good until the next call.
func (r *reader) quoted() ([]byte, bool) {
	if !r.take(`"`) {
		return nil, false
	}
	s := r.b[r.pos:]
	n := bytes.IndexByte(s, '"')
	if n <= 0 {
		return nil, false
	}
	s = s[:n]
	bare, ascii := plain(s)
	if !bare {
		return r.escaped()
	}
	r.pos += n + 1
	return s, ascii || utf8.Valid(s)
}

// escaped reads the rest of a string in which something is escaped.
func (r *reader) escaped() ([]byte, bool) {
	from := r.pos - 1
	for ; r.pos < len(r.b) && r.b[r.pos] != '"'; r.pos++ {
		if r.b[r.pos] == '\\' {
			r.pos++
		}
	}
	if !r.take(`"`) {
		return nil, false
	}
	quoted := r.b[from:r.pos]
	var err, errAgain error
	r.text, err = jsontext.AppendUnquote(r.text[:0], quoted)
	r.again, errAgain = jsontext.AppendQuote(r.again[:0], r.text)
	return r.text, err == nil && errAgain == nil && bytes.Equal(quoted, r.again)
}
