package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/jetstream"
)

// stored is a message as the stream holds it.
type stored struct {
	subject  string
	position uint64
	data     []byte
}

// messageRequest asks for one message: the last of a subject, or the next one of
// it from a position on.
type messageRequest struct {
	Seq     uint64 `json:"seq,omitzero"`
	LastFor string `json:"last_by_subj,omitzero"`
	NextFor string `json:"next_by_subj,omitzero"`
}

type messageResponse struct {
	Error   *apiError `json:"error,omitzero"`
	Message *struct {
		Subject string `json:"subject"`
		Seq     uint64 `json:"seq"`
		Data    []byte `json:"data"`
	} `json:"message,omitzero"`
}

type apiError struct {
	Code        int    `json:"code"`
	ErrorCode   int    `json:"err_code"`
	Description string `json:"description"`
}

// api is the error as the client library has it.
func (e *apiError) api() *jetstream.APIError {
	return &jetstream.APIError{Code: e.Code, ErrorCode: jetstream.ErrorCode(e.ErrorCode), Description: e.Description}
}

// ask gets one message of a stream from its leader, nil where there is none. The
// client library would use direct gets, which on a cluster any replica answers,
// also one that has not yet heard of what was just acknowledged.
func (s *Store) ask(ctx context.Context, stream string, r messageRequest) (*stored, error) {
	if s.files != nil {
		return s.files.ask(stream, r)
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	ctx, done := s.link.request(ctx, requestTimeout)
	reply, err := s.nc.RequestWithContext(ctx, s.apiSubject("STREAM.MSG.GET."+stream), body)
	if err = done(err); err != nil {
		return nil, err
	}
	var answer messageResponse
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return nil, fmt.Errorf("answer of the server: %w", err)
	}
	switch {
	case answer.Error != nil && answer.Error.ErrorCode == int(jetstream.JSErrCodeMessageNotFound):
		return nil, nil
	case answer.Error != nil:
		return nil, answer.Error.api()
	case answer.Message == nil:
		return nil, errors.New("answer of the server: no message in it")
	}
	return &stored{answer.Message.Subject, answer.Message.Seq, answer.Message.Data}, nil
}

func (s *Store) apiSubject(suffix string) string {
	o := s.js.Options()
	switch {
	case o.APIPrefix != "":
		return strings.TrimSuffix(o.APIPrefix, ".") + "." + suffix
	case o.Domain != "":
		return "$JS." + o.Domain + ".API." + suffix
	default:
		return "$JS.API." + suffix
	}
}

// head is the position of the last message of a subject, 0 if it has none.
func (s *Store) head(ctx context.Context, stream, subject string) (uint64, error) {
	last, err := s.ask(ctx, stream, messageRequest{LastFor: subject})
	if err != nil || last == nil {
		return 0, err
	}
	return last.position, nil
}

// Head is the position of the last entry of a negotiation, 0 if it has none. It
// sees every append that was acknowledged before the call.
func (s *Store) Head(ctx context.Context, negotiation string) (uint64, error) {
	subject, err := FormatSubject(Subject{Negotiation: negotiation})
	if err != nil {
		return 0, fmt.Errorf("head: %w", err)
	}
	head, err := s.head(ctx, RecordStream, subject)
	if err != nil {
		return 0, fmt.Errorf("head of %s: %w", negotiation, s.explain(ctx, err))
	}
	return head, nil
}

// End is the position of the last entry of the record, of whatever negotiation; 0 if
// it has none.
func (s *Store) End(ctx context.Context) (uint64, error) {
	end, err := s.head(ctx, RecordStream, recordPrefix+"*")
	if err != nil {
		return 0, fmt.Errorf("end of the record: %w", s.explain(ctx, err))
	}
	return end, nil
}

// Negotiation is one log of the record.
type Negotiation struct {
	ID    string
	Head  uint64 // position of its last entry
	Count uint64 // how many entries it has, parked ones too
}

// Negotiations lists the negotiations of the record by id. Subjects that are no
// negotiation's are passed over.
func (s *Store) Negotiations(ctx context.Context) ([]Negotiation, error) {
	fail := func(err error) ([]Negotiation, error) {
		return nil, fmt.Errorf("list negotiations: %w", s.explain(ctx, err))
	}
	state, err := s.state(ctx, RecordStream, recordPrefix+"*")
	if err != nil {
		return fail(err)
	}
	var list []Negotiation
	for subject, count := range state.Subjects {
		parsed, err := ParseSubject(subject)
		if err != nil {
			s.log.Warn("a subject of the record is no negotiation's", "subject", subject)
			continue
		}
		head, err := s.head(ctx, RecordStream, subject)
		if err != nil {
			return fail(err)
		}
		list = append(list, Negotiation{ID: parsed.Negotiation, Head: head, Count: count})
	}
	slices.SortFunc(list, func(a, b Negotiation) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}
