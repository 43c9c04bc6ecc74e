package service

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/server"
	"parley/domain"
	"parley/domain/fair"
	"parley/eventstore"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

var (
	tracer  = otel.Tracer("parley/nats")
	carrier = propagation.TraceContext{}
)

var errBusy = &problem.Error{Kind: problem.Busy, Detail: "the service does as much as it can at once, for you or for all", Hint: "wait for the answers to what you have asked, then come again"}

// take hands a request on, if there is a place for it. It never waits, for all that
// comes under one subject waits behind it.
func (s *Service) take(e endpoint, r micro.Request) {
	caller := callerOf(r.Headers())
	if !s.places.take(caller) {
		s.tallies[e.name].refused.Add(1)
		s.fail(e, r, errBusy)
		return
	}
	s.underWay.Go(func() {
		defer s.places.free(caller)
		begun := time.Now()
		t := s.tallies[e.name]
		document, err := s.answer(e, r, caller)
		if err != nil {
			t.failed.Add(1)
			s.fail(e, r, err)
		} else {
			t.answered.Add(1)
			s.respond(e, &nats.Msg{Subject: r.Reply(), Data: document})
		}
		t.microseconds.Add(time.Since(begun).Microseconds())
	})
}

// answer finds the reply to a request.
func (s *Service) answer(e endpoint, r micro.Request, caller string) ([]byte, error) {
	ctx, stop := context.WithTimeout(carrier.Extract(s.life, propagation.HeaderCarrier(r.Headers())), requestTime)
	defer stop()
	ctx, span := tracer.Start(ctx, e.name, trace.WithSpanKind(trace.SpanKindServer))
	defer span.End()
	c, err := e.callOf(r.Data())
	if err != nil {
		return nil, err
	}
	var document []byte
	if e.name == nameOfSchema {
		document, err = s.tellSchemas(c)
	} else {
		c.Caller, c.Writer, c.Who, c.Holder = caller, "parley:nats", whoIs(r.Headers()), holderOf(r.Headers())
		document, err = s.server.Call(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	if most := s.conn.MaxPayload() - replySpare; int64(len(document)) > most {
		return nil, &problem.Error{
			Kind:   problem.TooLarge,
			Detail: fmt.Sprintf("the reply has %d bytes, and a message of this server at most %d", len(document), most),
			Hint:   less(e.Operation),
		}
	}
	return document, nil
}

// less says how to ask for less.
func less(operation string) string {
	switch operation {
	case "events", "negotiations":
		return "ask for a page with limit, and for the page that follows with after and what next says"
	case "state", "why":
		return "ask for a part of it with path, such as drafts/istanbul-draft"
	case nameOfSchema:
		return "ask for one endpoint with endpoint"
	default:
		return "ask over HTTP, which has no such limit"
	}
}

func (s *Service) tellSchemas(c server.Call) ([]byte, error) {
	name := c.Parameters.Get("endpoint")
	told, ok := s.schemasOf(name)
	if !ok {
		return nil, &problem.NotFoundError{What: "endpoint", Name: name, Hint: domain.DidYouMean(name, s.names())}
	}
	return json.Marshal(told, json.Deterministic(true))
}

// fail replies with a problem.
func (s *Service) fail(e endpoint, r micro.Request, err error) {
	p := server.ProblemOf(err)
	body, jsonErr := json.Marshal(p, jsontext.AllowInvalidUTF8(true))
	if jsonErr != nil || int64(len(body)) > s.conn.MaxPayload()-replySpare {
		p.Faults = p.Faults[:min(len(p.Faults), 100)]
		p.Hint = "there are more faults than a message holds; these are the first"
		body, _ = json.Marshal(p, jsontext.AllowInvalidUTF8(true))
	}
	s.respond(e, &nats.Msg{Subject: r.Reply(), Data: body, Header: nats.Header{
		micro.ErrorCodeHeader: {strconv.Itoa(p.Status)}, micro.ErrorHeader: {headerText(p.Title + ": " + p.Detail)},
	}})
}

// headerText is a text that a header can have.
func headerText(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}

// respond sends a reply, if the request says where to.
func (s *Service) respond(e endpoint, m *nats.Msg) {
	if m.Subject == "" {
		return
	}
	if err := s.conn.PublishMsg(m); err != nil {
		s.log.Warn("a reply was not sent", slog.String("endpoint", e.name), slog.Any("error", err))
	}
}

// requestInfo is what the server says of whoever asks from another account. Clients
// cannot set it: the server writes over it.
type requestInfo struct {
	Account string `json:"acc"`
	User    string `json:"user"`
	ID      uint64 `json:"id"`
}

// whoIs tells who asks. Whoever is in the account of the record is its owner, or stands
// above the roles as he does; users of other accounts have the role of their account.
func whoIs(h micro.Headers) server.Who {
	text := h.Get("Nats-Request-Info")
	if text == "" {
		return server.Who{Role: server.Analyst}
	}
	var i requestInfo
	if json.Unmarshal([]byte(text), &i) != nil || i.User == "N/A" {
		i.User = ""
	}
	return server.Who{Role: server.Role(cmp.Or(eventstore.RoleOfAccount(i.Account), eventstore.RoleSimulator)), Name: i.User}
}

// holderOf is who asks, for what is shared out. Connections without credentials are all
// of one user who has no name, and so are those of the owner.
func holderOf(h micro.Headers) fair.Holder {
	if who := whoIs(h); who.Name != "" && who.Name != "dashboard" {
		return fair.Holder{User: who.Name}
	}
	return fair.Holder{From: callerOf(h)}
}

// callerOf tells callers apart: users by their names, connections without credentials
// each by itself.
func callerOf(h micro.Headers) string {
	text := h.Get("Nats-Request-Info")
	if text == "" {
		return "own"
	}
	var i requestInfo
	if json.Unmarshal([]byte(text), &i) != nil {
		return "unknown"
	}
	caller := i.Account + "/" + i.User
	if i.User == "" || i.User == "N/A" || i.User == "dashboard" {
		caller += "/" + strconv.FormatUint(i.ID, 10)
	}
	return caller
}
