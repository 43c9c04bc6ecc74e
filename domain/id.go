package domain

import (
	"crypto/sha1"
	"strings"

	"github.com/google/uuid"
)

// Ids that people choose. Each type says what the id names, so that validation
// can look it up in the registry and no call can confuse two of them. All match
// [a-z0-9-]{1,64}.
type (
	// ActorID names a registered actor.
	ActorID string
	// IssueID names a registered issue.
	IssueID string
	// CeasefireID names a registered ceasefire.
	CeasefireID string
	// RoundID names a round of talks; it need not have been opened.
	RoundID string
	// SessionID names one sitting within a round.
	SessionID string
	// DraftID names a text under negotiation.
	DraftID string
	// ProposalID names a proposal on the table.
	ProposalID string
	// LensID names a lens.
	LensID string
	// BranchID names a branch.
	BranchID string
	// NewID is an id that the act itself introduces.
	NewID string
	// EventRef points at another event of the same negotiation, by its key or
	// by its id (a UUID).
	EventRef string
)

// MaxIDLength is the length limit of ids that people choose, in bytes.
const MaxIDLength = 64

// ValidID tells whether s matches [a-z0-9-]{1,64}.
func ValidID(s string) bool {
	if len(s) == 0 || len(s) > MaxIDLength {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// keySpace is the UUIDv5 namespace of event keys (RFC 9562, section 5.5).
var keySpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://parley.invalid/event-key"))

// KeyedID is the id of the event with this key: UUIDv5 of (negotiation, key).
// The same key always names the same event.
func KeyedID(negotiation, key string) uuid.UUID {
	var room [len(keySpace) + 2*MaxIDLength + 1]byte // for nearly all, so that nothing is allocated
	name := append(room[:0], keySpace[:]...)
	name = append(name, negotiation...)
	name = append(name, 0)
	name = append(name, key...)
	sum := sha1.Sum(name)
	id := uuid.UUID(sum[:len(uuid.UUID{})])
	id[6] = id[6]&0x0f | 0x50 // version 5
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	return id
}

// Resolve turns a reference into the id of the event it points at. Whether such
// an event exists is for the caller to check.
func (r EventRef) Resolve(negotiation string) uuid.UUID {
	s := string(r)
	if len(s) == 36 && strings.Count(s, "-") == 4 {
		if id, err := uuid.Parse(s); err == nil {
			return id
		}
	}
	return KeyedID(negotiation, s)
}
