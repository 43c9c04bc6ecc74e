package server

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"

	"github.com/danielgtaylor/huma/v2"
)

// A page cannot send a secret with each request: an EventSource has no headers. So it
// shows the secret once, and gets a ticket as a cookie, which no script can read and
// which no page of another site makes a browser send. A ticket stands for the secret:
// what it admits to is asked anew for each request, as if the secret had been sent.

const (
	pathLogin = "/v1/login"

	maxTickets      = 1000           // the oldest makes room
	maxTicketsOfOne = 20             // secret; so that nobody's many sign-ins end those of others
	ticketLife      = 12 * time.Hour // since it was given
)

// secret is what somebody shows to sign in.
type secret struct {
	Secret string `json:"secret" doc:"what parley access add gave"`
}

// caller is who asks.
type caller struct {
	Role     Role    `json:"role,omitzero" doc:"absent where nobody knows who asks, who then may do nothing"`
	Rights   []Right `json:"rights" nullable:"false" enum:"read,append,suppose" doc:"what the role may do: read the record, append to it, suppose on branches"`
	SignedIn bool    `json:"signedIn" doc:"whether by a cookie of this server"`
}

// callerOf is whoever has a role.
func callerOf(role Role, signedIn bool) caller {
	return caller{role, append([]Right{}, rights[role]...), signedIn}
}

// ticket stands for a secret.
type ticket struct {
	secret string
	given  time.Time
}

// tickets are in memory: when the process ends, everybody signs in again.
type tickets struct {
	mu sync.Mutex
	of map[string]ticket
}

// give makes a ticket for a secret.
func (t *tickets) give(secret string, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count(secret) >= maxTicketsOfOne {
		t.forget(func(other ticket) bool { return other.secret == secret })
	}
	for len(t.of) >= maxTickets {
		t.forget(func(ticket) bool { return true })
	}
	id := rand.Text()
	t.of[id] = ticket{secret, now}
	return id
}

func (t *tickets) count(secret string) (n int) {
	for _, one := range t.of {
		if one.secret == secret {
			n++
		}
	}
	return n
}

// forget takes away the oldest ticket of those that are meant.
func (t *tickets) forget(meant func(ticket) bool) {
	oldest := ""
	for id, other := range t.of {
		if meant(other) && (oldest == "" || other.given.Before(t.of[oldest].given)) {
			oldest = id
		}
	}
	delete(t.of, oldest)
}

// secret is what a ticket stands for, while it is good.
func (t *tickets) secret(id string, now time.Time) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one, ok := t.of[id]
	if ok && now.Sub(one.given) > ticketLife {
		delete(t.of, id)
		ok = false
	}
	return one.secret, ok
}

func (t *tickets) take(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.of, id)
}

// cookieName tells apart the servers of one machine: a browser sends a cookie to all
// ports of a host.
func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = ""
	}
	return "parley" + port
}

// recognise reads a ticket as the secret that it stands for. Who sends a secret is who
// that says. What changes anything is taken with a ticket only if the browser says that
// it comes from a page of ours; that it comes from no other, guard has seen to.
func (s *Server) recognise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(cookieName(r))
		reading := r.Method == http.MethodGet || r.Method == http.MethodHead
		if err == nil && r.Header.Get("Authorization") == "" && (reading || r.Header.Get("Origin") != "") {
			if shown, ok := s.tickets.secret(cookie.Value, time.Now()); ok {
				r = withSecret(r, shown)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// withSecret is a request as if it had been sent with a secret.
func withSecret(r *http.Request, shown string) *http.Request {
	so := r.Clone(r.Context())
	so.Header.Set("Authorization", "Bearer "+shown)
	return so
}

// logins adds signing in and out.
func (s *Server) logins() {
	answers := map[string]reflect.Type{typeJSON: reflect.TypeFor[caller]()}
	s.register(operation{
		id: "login", method: http.MethodPost, path: pathLogin, tag: tagLogin, right: Anyone, passing: true,
		summary: "Sign in", about: "Gives a cookie that stands for a secret, for pages of this server. It is good for twelve hours, until the server ends, the secret is revoked, or somebody signs out.",
		body: map[string]*huma.Schema{typeJSON: s.schemaOf(reflect.TypeFor[secret]())}, answers: answers,
		statuses: kinds(problem.Unauthorized, problem.MediaType, problem.TooLarge, problem.Invalid),
	}, s.login)
	s.register(operation{
		id: "caller", method: http.MethodGet, path: pathLogin, tag: tagLogin, right: Anyone,
		summary: "Who asks, and as what", answers: answers,
	}, s.tellCaller)
	s.register(operation{
		id: "logout", method: http.MethodDelete, path: pathLogin, tag: tagLogin, right: Anyone,
		summary: "Sign out", about: "The cookie is good for nothing any more.", answers: answers,
	}, s.logout)
}

func (s *Server) login(_ context.Context, q *request) (*answer, error) {
	var shown secret
	if err := q.readObject(&shown); err != nil {
		return nil, err
	}
	bare := q.http.Clone(q.http.Context())
	role, err := s.access.RoleOf(withSecret(bare, shown.Secret))
	if err != nil {
		return nil, err
	}
	a := asJSON(callerOf(role, true), "")
	a.header = map[string]string{"Set-Cookie": s.cookie(q, s.tickets.give(shown.Secret, time.Now()), 0)}
	return a, nil
}

func (s *Server) tellCaller(_ context.Context, q *request) (*answer, error) {
	role, err := s.access.RoleOf(q.http)
	if err != nil {
		role = "" // that nobody knows is the answer
	}
	_, signedIn := s.ticketOf(q)
	return asJSON(callerOf(role, signedIn && err == nil), ""), nil
}

func (s *Server) logout(_ context.Context, q *request) (*answer, error) {
	if id, ok := s.ticketOf(q); ok {
		s.tickets.take(id)
	}
	bare := q.http.Clone(q.http.Context())
	bare.Header.Del("Authorization")
	role, err := s.access.RoleOf(bare)
	if err != nil {
		role = ""
	}
	a := asJSON(callerOf(role, false), "")
	a.header = map[string]string{"Set-Cookie": s.cookie(q, "", -1)}
	return a, nil
}

// ticketOf is the ticket that a request has, if it is good.
func (s *Server) ticketOf(q *request) (id string, ok bool) {
	cookie, err := q.http.Cookie(cookieName(q.http))
	if err != nil {
		return "", false
	}
	_, ok = s.tickets.secret(cookie.Value, time.Now())
	return cookie.Value, ok
}

// cookie is a ticket as a browser keeps it: until it is closed, for this host only. Where
// the way here is encrypted, it is sent on no other; the page that asks says so, or a
// proxy.
func (s *Server) cookie(q *request, id string, maxAge int) string {
	h := q.http.Header
	encrypted := q.http.TLS != nil || h.Get("X-Forwarded-Proto") == "https" || strings.HasPrefix(h.Get("Origin"), "https://")
	c := http.Cookie{
		Name: cookieName(q.http), Value: id, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: encrypted,
	}
	return c.String()
}
