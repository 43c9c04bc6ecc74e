package eventstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Opening is a branch to be opened.
type Opening struct {
	Negotiation         string
	domain.BranchOpened                                // At: empty is the end of the parent; Parent: empty is the record
	Writer              string                         // CloudEvents source
	Share               int                            // most branches of the negotiation that its writer opens, dropped ones counted; 0 for as many as there is room for
	Place               func(path string) domain.Place // where the author wrote a value; JSON pointers if nil
}

// Branch is a branch as it stands. Of one that was dropped the opening is what the
// drop repeats of it.
type Branch struct {
	Negotiation string
	domain.BranchOpened
	Opened time.Time // when
	Opener string    // writer of the opening
	Begun  uint64    // position of the opening, in the stream of the branches; 0 once it is purged
	Head   uint64    // position of its last entry there
	Count  uint64    // its own entries, the opening among them

	Dropped   bool
	DroppedAt time.Time
	DroppedBy string // writer of the drop
	Reason    string // of the drop
}

// record publishes one event of a branch, which must stand at head.
func (s *Store) record(ctx context.Context, at Subject, head uint64, e *domain.Event) (uint64, error) {
	subject, err := FormatSubject(at)
	if err != nil {
		return 0, err
	}
	e.SupposedBy = domain.BranchID(at.Branch)
	raw, err := domain.Encode(e)
	if err != nil {
		return 0, err
	}
	m := &nats.Msg{Subject: subject, Data: raw, Header: nats.Header{}}
	m.Header[jetstream.ExpectedLastSubjSeqHeader] = []string{strconv.FormatUint(head, 10)}
	return s.send(ctx, BranchStream, []*nats.Msg{m}, nil)
}

// AppendBranch is [Store.Append] to a branch, in whose log expectations and the
// positions of the receipt are. What the input names must be known to the branch;
// what a branch records never reaches the record.
func (s *Store) AppendBranch(ctx context.Context, branch string, expect Expect, in []domain.Candidate, opt AppendOptions) (Receipt, error) {
	if !domain.ValidID(branch) || branch == domain.RecordName {
		return Receipt{}, &BranchError{Branch: strconv.Quote(branch), Negotiation: strings.Join(negotiationsOf(in), ", ")}
	}
	return s.append(ctx, branch, expect, in, opt)
}
