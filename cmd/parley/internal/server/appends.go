package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
)

const (
	paramDryRun  = "dry-run"
	paramCorrect = "correct"

	// writer is who wrote an event that does not say so.
	writer = "parley:http"
)

// receipt says what became of an input.
type receipt struct {
	Hypothetical bool                `json:"hypothetical,omitzero" doc:"it was supposed on a branch, and not recorded"`
	Branch       *projections.Branch `json:"branch,omitzero" doc:"as it stands now"`

	DryRun    bool              `json:"dryRun" doc:"nothing was written"`
	Events    int               `json:"events" doc:"in the input"`
	New       int               `json:"new" doc:"recorded by this request"`
	Known     int               `json:"alreadyRecorded"`
	Corrected int               `json:"corrected" doc:"of the new ones: corrections of events that were recorded otherwise"`
	Keyless   int               `json:"keyless" doc:"of the new ones: without a key, so that an edited one will count as another event"`
	Appended  []recorded        `json:"appended" doc:"the new ones in the order of the log"`
	Positions map[string]uint64 `json:"positions" doc:"where the log of each negotiation ends now"`
}

// recorded is one event that is new.
type recorded struct {
	ID       string `json:"id" format:"uuid"`
	Position uint64 `json:"position,omitzero" doc:"not in a dry run"`
}

// appends adds the door.
func (s *Server) appends() {
	s.register(operation{
		id: "append", method: http.MethodPost, path: pathEvents, tag: tagRecord, right: Append,
		summary: "Record events",
		about: "A JSON array of events or one event; as application/x-ndjson one event a line. The input is recorded whole or refused whole, with every fault of it (past 1,000 events in batches, and the same request again records the rest). " +
			"An event that is recorded already is not recorded again, so a request can be repeated. " +
			"If-Match says at which position the log must be, If-None-Match: * that there is none yet; without them the events are observations, which hold whatever else is recorded.",
		parameters: []*huma.Param{
			inPath(),
			parameter("query", paramDryRun, "true: write nothing, say what would be", "true"),
			parameter("query", paramCorrect, "a reason: events that are recorded with other content become corrections", "typing error"),
			parameter("header", "If-Match", "where the log must be", `"record:43"`),
			parameter("header", "If-None-Match", "*: there must be no log yet", "*"),
		},
		body: eventsBody(), events: true,
		answers:  map[string]reflect.Type{typeJSON: reflect.TypeFor[receipt]()},
		statuses: append(kinds(problem.Conflict, problem.NoRoom, problem.TooLarge, problem.MediaType, problem.Invalid), http.StatusPreconditionFailed),
	}, s.append)
}

// eventsBody is a body of events.
func eventsBody() map[string]*huma.Schema {
	one := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "an event, flat or as a CloudEvent; /v1/schema has its JSON Schema. The negotiation may be left out, for it is in the address"}
	return map[string]*huma.Schema{
		typeJSON:   {OneOf: []*huma.Schema{{Type: huma.TypeArray, Items: one}, one}},
		typeNDJSON: {Type: huma.TypeString, Description: "one event a line"},
	}
}

func (s *Server) append(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	opt := eventstore.AppendOptions{Handling: domain.Handling{Correct: v.text(paramCorrect)}, DryRun: v.flag(paramDryRun)}
	if err := v.err(); err != nil {
		return nil, err
	}
	expect, err := q.conditions().expectation()
	if err != nil {
		return nil, err
	}
	negotiation := q.negotiation()
	if !domain.ValidID(negotiation) {
		return nil, &problem.UsageError{Reason: strconv.Quote(shorten(negotiation)) + " is no id of a negotiation", Hint: "write small letters, digits and hyphens, at most 64"}
	}
	free, err := s.seatOfBody(q)
	if err != nil {
		return nil, err
	}
	defer free()
	in, err := s.readBody(q, negotiation)
	if err != nil {
		return nil, err
	}
	in.sign(q.writer(), time.Now())
	got, err := s.record(ctx, in, expect, opt)
	s.metrics.tookIn(len(got.Appended), err)
	if err != nil && len(got.Appended) > 0 {
		err = &unfinished{len(got.Appended), err}
	}
	if err != nil {
		return nil, conditional(q, err)
	}
	a := asJSON(receiptOf(in, got, opt.DryRun), "")
	if len(got.Appended) > 0 && !opt.DryRun {
		a.status = http.StatusCreated
	}
	return a, nil
}

// unfinished is an input of which a part is recorded.
type unfinished struct {
	done int
	err  error
}

// Error says how far it came.
func (e *unfinished) Error() string {
	return fmt.Sprintf("%d events are recorded, then: %v", e.done, e.err)
}

// Unwrap is why it ended.
func (e *unfinished) Unwrap() error { return e.err }

// Explain says what it means.
func (e *unfinished) Explain() (problem.Kind, string) {
	kind, _ := problem.Classify(e.err)
	return kind, "the same request again records the rest, and nothing twice"
}

// record takes an input through the door. One whose form is wrong goes there too, for
// the other faults.
func (s *Server) record(ctx context.Context, in *input, expect eventstore.Expect, opt eventstore.AppendOptions) (eventstore.Receipt, error) {
	if len(in.faults) > 0 {
		opt.DryRun = true
	}
	got, err := s.store.Append(ctx, expect, in.candidates, opt)
	if err = in.allFaults(err); len(in.faults) > 0 {
		got = eventstore.Receipt{} // of a dry run
	}
	return got, err
}

// seatOfBody takes one of few places if a body is long, or may be.
func (s *Server) seatOfBody(q *request) (free func(), err error) {
	if n := q.http.ContentLength; n >= 0 && n <= bulkBytes {
		return func() {}, nil
	}
	return s.seated(s.bulk)
}

// conditional words a conflict as the failed condition of a request that had one.
func conditional(q *request, err error) error {
	f := failureOf(err)
	if f.Heads != nil && (q.http.Header.Get("If-Match") != "" || q.http.Header.Get("If-None-Match") != "") {
		f.Status = http.StatusPreconditionFailed
	}
	return f
}

func receiptOf(in *input, got eventstore.Receipt, dryRun bool) receipt {
	r := receipt{
		DryRun: dryRun, Events: len(in.candidates), New: len(got.Appended), Known: got.Known,
		Corrected: got.Corrected, Keyless: got.Keyless, Positions: got.Heads, Appended: []recorded{},
	}
	for _, a := range got.Appended {
		r.Appended = append(r.Appended, recorded{a.ID.String(), a.Position})
	}
	return r
}

// maxObject is the length of a body that is no list of events.
const maxObject = 64 << 10

// readObject reads a body that is one JSON object.
func (q *request) readObject(into any) error { return q.readObjectOf(maxObject, into) }

// readObjectOf reads an object of so many bytes at most.
func (q *request) readObjectOf(most int64, into any) error {
	media, _, _ := mime.ParseMediaType(q.http.Header.Get("Content-Type"))
	if media != typeJSON {
		return &problem.Error{Kind: problem.MediaType, Detail: "a body of type " + shorten(media) + " is not read here", Hint: "send " + typeJSON}
	}
	if err := q.plain(); err != nil {
		return err
	}
	text, err := io.ReadAll(http.MaxBytesReader(q.w, q.http.Body, most))
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &problem.Error{Kind: problem.TooLarge, Detail: "the body has more than " + strconv.FormatInt(large.Limit, 10) + " bytes"}
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into, json.RejectUnknownMembers(true)); err != nil {
		return domain.Faults{problem.OfForm(err, "the document of the API has the schema")}
	}
	return nil
}

// plain refuses a body that is compressed. It would be read as text, which it is not.
func (q *request) plain() error {
	for _, list := range q.http.Header.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(list, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
				return &problem.Error{Kind: problem.MediaType, Detail: "a body that is encoded with " + strconv.Quote(shorten(coding)) + " is not read here", Hint: "send it as it is, without Content-Encoding"}
			}
		}
	}
	return nil
}

// readBody reads the events of a request.
func (s *Server) readBody(q *request, negotiation string) (*input, error) {
	media := typeJSON
	if given := q.http.Header.Get("Content-Type"); given != "" {
		var err error
		if media, _, err = mime.ParseMediaType(given); err != nil {
			media = given
		}
	}
	if err := q.plain(); err != nil {
		return nil, err
	}
	// Bulk takes longer than a question does. Where there is no deadline to move, there is none.
	control := http.NewResponseController(q.w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout))
	_ = control.SetWriteDeadline(time.Now().Add(bodyTimeout + writeTimeout))
	in := &input{negotiation: negotiation}
	from := bufio.NewReaderSize(http.MaxBytesReader(q.w, q.http.Body, s.limits.body), 64<<10)
	var err error
	switch media {
	case typeJSON, "application/cloudevents-batch+json", "application/cloudevents+json":
		err = in.readDocument(from)
	case typeNDJSON, "application/jsonl", "application/ndjson":
		err = in.readLines(from)
	default:
		return nil, &problem.Error{Kind: problem.MediaType, Detail: "a body of type " + shorten(media) + " is not read here", Hint: "send " + typeJSON + " or " + typeNDJSON}
	}
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &problem.Error{Kind: problem.TooLarge, Detail: "the body has more than " + strconv.FormatInt(large.Limit, 10) + " bytes", Hint: "send it in parts; what is recorded already is not recorded twice"}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &problem.Error{Kind: problem.Slow, Detail: fmt.Sprintf("the body took longer than %s", bodyTimeout), Hint: "send it in parts; what is recorded already is not recorded twice"}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return in, nil
}
