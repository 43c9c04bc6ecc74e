package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// AheadError says that more of a negotiation is published than there is in the log:
// what is published is of another record, or of one from which this was restored.
// Nothing is published of the negotiation until everything is made anew.
type AheadError struct {
	Bucket, Negotiation string
	Published           uint64 // position that is published, or is being filled in
	Position            uint64 // of the last entry that the log has of the negotiation; 0 for none
	End                 uint64 // of the log
}

func (e *AheadError) Error() string {
	has := fmt.Sprintf("the log has it up to #%d", e.Position)
	if e.Position == 0 {
		has = "the log has nothing of it"
	}
	return fmt.Sprintf("%s is published in %s up to #%d, but %s and ends at #%d: what is published is of another record, or of one that this was restored from",
		e.Negotiation, e.Bucket, e.Published, has, e.End)
}

// IsAhead tells whether an error is, or holds, an [AheadError] or a [BranchAheadError].
func IsAhead(err error) bool {
	_, ok := errors.AsType[*AheadError](err)
	_, branch := errors.AsType[*BranchAheadError](err)
	return ok || branch
}

// ahead tells whether what stands of a negotiation is further on than the log, by an
// [AheadError]; nil if not, or if it is this process that is behind. It fails if that
// cannot be found out.
func (p *Publisher) ahead(ctx context.Context, hub *Hub, s *shelf, negotiation string) (ahead *AheadError, err error) {
	summary, head, position := hub.stands(negotiation)
	reached := s.of(negotiation).mark.reached()
	if reached <= max(summary.Position, head) || summary.Fault != "" {
		return nil, nil
	}
	end := position
	if end < reached {
		if p.options.End == nil {
			return nil, nil
		}
		if end, err = p.options.End(ctx); err != nil {
			return nil, fmt.Errorf("end of the log: %w", err)
		}
		if end >= reached {
			return nil, nil
		}
	}
	return &AheadError{s.bucket, negotiation, reached, max(summary.Position, head), end}, nil
}

// ofOtherLog tells whether anything in a bucket was published from another log.
func (p *Publisher) ofOtherLog(ctx context.Context, hub *Hub, s *shelf) (bool, error) {
	for n, t := range s.talks {
		if sum := ParseSum(t.mark.Log); sum != 0 && hub.read() >= t.mark.Position && sum != hub.Sum(t.mark.Position) {
			return true, nil
		}
		if ahead, err := p.ahead(ctx, hub, s, n); ahead != nil || err != nil {
			return ahead != nil, err
		}
	}
	return false, nil
}

// stands tells how a negotiation stands in the hub, where its log ends, and how far the
// log was read.
func (h *Hub) stands(negotiation string) (of Summary, head, position uint64) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if t := h.talks[negotiation]; t != nil {
		return t.summary, t.head, h.position
	}
	return Summary{Negotiation: negotiation}, 0, h.position
}

// read is how far the log was read.
func (h *Hub) read() uint64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.position
}

// tellFault tells why not all is published.
func (w *work) tellFault() {
	if err := w.superseded(); err != nil {
		w.publisher.setFault(err)
		return
	}
	var all []error
	for _, n := range slices.Sorted(maps.Keys(w.faults)) {
		all = append(all, w.faults[n])
	}
	if len(all) > faultsTold {
		all = append(all[:faultsTold], fmt.Errorf("and %d more negotiations", len(all)-faultsTold))
	}
	w.publisher.setFault(errors.Join(all...))
}

// faultsTold is of how many negotiations it is said why they are not published.
const faultsTold = 3
