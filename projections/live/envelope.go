package live

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
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
// <negotiation>.<projection>.<id>, with a long id shortened, see [FormatKey]. A value that is too long for one
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

// keyAt is what an entity under a key of the bucket is: what the key says, unless it is
// shortened and only the value has the id.
func (e Envelope) keyAt(key string) Key {
	if FormatKey(e.Key) == key {
		return e.Key
	}
	k, _, _ := ParseKey(key) // it was read before
	return k
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
	Version  int    `json:"version"`      // of the projections
	Log      string `json:"log,omitzero"` // tells the log up to position from others
	Entities int    `json:"entities"`
	Events   int    `json:"events"` // accounts that the state rests on
	Parked   int    `json:"parked,omitzero"`
	Fault    string `json:"fault,omitzero"` // why the state is not as new as the log
	FaultAt  uint64 `json:"faultAt,omitzero"`
	// Unpublished is how many entities the server does not take, and why it does not
	// take one of them. Nothing stands under their keys.
	Unpublished    int    `json:"unpublished,omitzero"`
	UnpublishedWhy string `json:"unpublishedWhy,omitzero"`

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

// message is a value to be put under a key.
type message struct {
	key     string
	deleted bool
	body    []byte
	seen    seen // what stands there afterwards, but for the revision
}

// headerRoom is what the headers of a message take at most, in bytes.
const headerRoom = 512

// fits tells whether a server that takes so many bytes takes the message.
func (m message) fits(most int64) bool { return int64(len(m.body))+headerRoom <= most }

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
	stands := seen{digest: e.digest(), position: e.Position, deleted: r.Deleted}
	if isShortened(key) {
		stands.id = r.ID
	}
	return append(out, message{key: key, deleted: r.Deleted, body: body, seen: stands}), nil
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
