package live

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The versions of the form of published values: of the record, which
// schema/published.v1.json describes, and of branches, schema/published.v2.json.
const (
	Schema         = 1
	SchemaOfBranch = 2
)

// ScopeRecord is the scope of what real events come to. Any other scope is the name
// of a branch, and what stands there is hypothetical.
const ScopeRecord = "record"

// Envelope is a published value: an entity at a position of the log. Its key is
// <negotiation>.<projection>.<id>, see [FormatKey]. A value that is too long for one
// message stands in pages, <key>.1, <key>.2, …, which come before it.
type Envelope struct {
	Schema       int    `json:"schema"`
	Scope        string `json:"scope"`
	Hypothetical bool   `json:"hypothetical,omitzero"`
	Key
	After    string         `json:"after,omitzero"` // id of the entity of the projection that is shown before it
	Position uint64         `json:"position"`       // the record up to here is reflected
	View     string         `json:"view"`           // string form; empty is the whole record
	Deleted  bool           `json:"deleted,omitzero"`
	Pages    int            `json:"pages,omitzero"`
	Digest   string         `json:"digest,omitzero"` // of a value in pages: its SHA-256, in hexadecimal
	Value    jsontext.Value `json:"value,omitzero"`  // absent if it is deleted or in pages
	// Branch is what supposes it, at the position that is reflected; nil for the record.
	Branch *projections.Branch `json:"branch,omitzero"`
}

// Page is a part of a value that is too long for one message. The texts of all
// pages together are the value.
type Page struct {
	Schema int    `json:"schema"`
	Scope  string `json:"scope"`
	Key
	Position     uint64              `json:"position"`
	Page         int                 `json:"page"` // from 1
	Pages        int                 `json:"pages"`
	Text         string              `json:"text"`
	Hypothetical bool                `json:"hypothetical,omitzero"`
	Branch       *projections.Branch `json:"branch,omitzero"`
}

// Mark is how far the published state of a negotiation reflects its log. It is the
// last value of every publication: when a reader gets it, what it has is the state
// at that position.
type Mark struct {
	Schema      int    `json:"schema"`
	Scope       string `json:"scope"`
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position"`
	// Filling is the position of a publication that is too long for one batch and is
	// under way: values of it may stand beside those of Position.
	Filling  uint64 `json:"filling,omitzero"`
	Version  int    `json:"version"` // of the projections
	Entities int    `json:"entities"`
	Events   int    `json:"events"` // accounts that the state rests on
	Parked   int    `json:"parked,omitzero"`
	Fault    string `json:"fault,omitzero"` // why the state is not as new as the log
	FaultAt  uint64 `json:"faultAt,omitzero"`

	// Of a branch, at the position that is reflected, or that is filled.
	Hypothetical bool                `json:"hypothetical,omitzero"`
	Branch       *projections.Branch `json:"branch,omitzero"`
	Until        time.Time           `json:"until,omitzero"` // it is published so long, if nobody asks again
	Ended        string              `json:"ended,omitzero"` // of a mark that is deleted: why it is published no more
}

// reached is how far anything that is published may reflect the log.
func (m Mark) reached() uint64 { return max(m.Position, m.Filling) }

// same tells whether two marks say the same.
func (m Mark) same(o Mark) bool {
	return reflect.DeepEqual(m, o)
}

// markName stands in place of a projection in the key of a mark.
const markName = "_position"

func markKey(group string) string { return group + "." + markName }

// FormatKey is the key of an entity in a bucket. What a key cannot hold is written
// as = and two hexadecimal digits. ParseKey reads it back.
func FormatKey(k Key) string {
	return k.Negotiation + "." + k.Projection + "." + escapeID(k.ID)
}

// ParseKey reads the key of an entity, or of one of its pages: page is 0 for the
// entity itself.
func ParseKey(s string) (k Key, page int, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 && len(parts) != 4 {
		return Key{}, 0, fmt.Errorf("key %q is none of an entity", s)
	}
	id, ok := unescapeID(parts[2])
	if len(parts) == 4 {
		page, err = strconv.Atoi(parts[3])
		ok = ok && err == nil && page > 0
	}
	if !ok {
		return Key{}, 0, fmt.Errorf("key %q is none of an entity", s)
	}
	return Key{parts[0], parts[1], id}, page, nil
}

func pageKey(key string, page int) string { return key + "." + strconv.Itoa(page) }

func escapeID(id string) string {
	var b strings.Builder
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '/':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

func unescapeID(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		if i+3 > len(s) {
			return "", false
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), escapeID(b.String()) == s
}

// message is a value to be put under a key.
type message struct {
	key     string
	deleted bool
	body    []byte
	seen    seen // what stands there afterwards, but for the revision
}

// pageBytes is how much of a value goes into one message. A page takes up to six
// times as much as the text it holds, and the servers' usual limit is a mebibyte.
const pageBytes = 128 << 10

// messagesOf makes the messages of an entity.
func messagesOf(r *record) ([]message, error) {
	key := FormatKey(r.Key)
	e := Envelope{
		Schema: Schema, Scope: ScopeRecord, Key: r.Key, After: r.After, Position: r.Position,
		Deleted: r.Deleted, Value: r.Value,
	}
	if b := r.Branch; b != nil {
		key = branched.join(groupOf(limb{r.Negotiation, b.Name}), key)
		e.Schema, e.Scope, e.Hypothetical, e.Branch = SchemaOfBranch, b.Name, true, b
		e.Position, e.View = recordPart(b), projections.View{Branch: b.Name}.String()
	}
	var out []message
	if len(r.Value) > pageBytes {
		parts := pagesOf(string(r.Value))
		e.Value, e.Pages, e.Digest = nil, len(parts), hexDigest(r.Value)
		for i, text := range parts {
			body, err := json.Marshal(Page{e.Schema, e.Scope, r.Key, e.Position, i + 1, len(parts), text, e.Hypothetical, e.Branch})
			if err != nil {
				return nil, fmt.Errorf("page of %s: %w", r.Key, err)
			}
			out = append(out, message{key: pageKey(key, i+1), body: body, seen: seen{digest: digestOf("", []byte(text)), position: e.Position}})
		}
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("value of %s: %w", r.Key, err)
	}
	return append(out, message{
		key: key, deleted: r.Deleted, body: body,
		seen: seen{digest: e.digest(), position: e.Position, deleted: r.Deleted},
	}), nil
}

// digest stands for what an envelope says, but for its position.
func (e Envelope) digest() digest {
	if e.Deleted {
		return digest{}
	}
	if e.Branch != nil {
		said := *e.Branch
		said.Position = ""
		return digestOf(e.After, fmt.Appendf(nil, "%d %s %s %+v %s %d %s %s", e.Schema, e.Scope, e.View, said, e.Key, e.Pages, e.Digest, e.Value))
	}
	return digestOf(e.After, fmt.Appendf(nil, "%d %s %t %s %s %d %s %s", e.Schema, e.Scope, e.Hypothetical, e.View, e.Key, e.Pages, e.Digest, e.Value))
}

func hexDigest(value []byte) string {
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:])
}

// pagesOf cuts text into pages, between characters.
func pagesOf(text string) []string {
	var out []string
	for len(text) > pageBytes {
		n := pageBytes
		for n > 0 && text[n]&0xC0 == 0x80 {
			n--
		}
		out, text = append(out, text[:n]), text[n:]
	}
	return append(out, text)
}
