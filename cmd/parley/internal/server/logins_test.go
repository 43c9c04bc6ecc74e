package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/problem"

	"github.com/stretchr/testify/require"
)

// keyed is an access in which a secret has a role, and nobody else has any.
type keyed struct{ roles map[string]Role }

func (k keyed) RoleOf(r *http.Request) (Role, error) {
	if role, ok := k.roles[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]; ok {
		return role, nil
	}
	return "", &problem.Error{Kind: problem.Unauthorized, Detail: "the secret is not known here"}
}

// signedIn signs in as a page does, and gives the cookie.
func (s *served) signedIn(t *testing.T, secret string) *http.Cookie {
	t.Helper()
	answer := s.send(http.MethodPost, pathLogin, `{"secret":"`+secret+`"}`, "Origin", s.URL())
	answer.ok(t, new(caller))
	cookie, err := http.ParseSetCookie(answer.header.Get("Set-Cookie"))
	require.NoError(t, err)
	return cookie
}

// A cookie is good for what its secret is good for, for as long as that is, and for
// requests of our own pages only.
func TestSignIn(t *testing.T) {
	access := keyed{map[string]Role{"sees": Dashboard, "writes": Analyst}}
	s := serve(t, func(o *Options) { o.Access = access })
	var who caller
	s.get(pathLogin).ok(t, &who)
	require.Equal(t, caller{Rights: []Right{}}, who, "who may do nothing")
	s.send(http.MethodPost, pathLogin, `{"secret":"guessed"}`, "Origin", s.URL()).problem(t, http.StatusUnauthorized)
	s.send(http.MethodPost, pathLogin, `{"secret":"sees"}`, "Origin", "http://evil.example").problem(t, http.StatusForbidden)
	s.send(http.MethodPost, pathLogin, `secret=sees`, "Content-Type", "application/x-www-form-urlencoded").problem(t, http.StatusUnsupportedMediaType)

	sees, writes := s.signedIn(t, "sees"), s.signedIn(t, "writes")
	for _, c := range []*http.Cookie{sees, writes} {
		require.True(t, c.HttpOnly)
		require.Equal(t, http.SameSiteStrictMode, c.SameSite)
		require.NotContains(t, c.Value, "sees")
		require.Zero(t, c.MaxAge, "it goes when the browser is closed")
		require.False(t, c.Secure, "the way here is not encrypted")
	}
	with := func(c *http.Cookie, more ...string) []string { return append(more, "Cookie", c.Name+"="+c.Value) }
	s.get(of("/state")).problem(t, http.StatusUnauthorized)
	require.Equal(t, http.StatusOK, s.get(of("/state"), with(sees)...).status)
	s.get(pathLogin, with(sees)...).ok(t, &who)
	require.Equal(t, caller{Dashboard, []Right{Read}, true}, who)

	// Least privilege: the role of the secret, and a secret that is sent counts before.
	event := statement("by-cookie")
	s.send(http.MethodPost, of("/events"), event, with(sees, "Origin", s.URL())...).problem(t, http.StatusForbidden)
	s.send(http.MethodPost, of("/events"), event, with(writes)...).problem(t, http.StatusUnauthorized)
	s.send(http.MethodPost, of("/events"), event, with(writes, "Origin", "http://evil.example")...).problem(t, http.StatusForbidden)
	s.send(http.MethodPost, of("/events"), event, with(writes, "Authorization", "Bearer sees", "Origin", s.URL())...).problem(t, http.StatusForbidden)
	require.Equal(t, http.StatusCreated, s.send(http.MethodPost, of("/events"), event, with(writes, "Origin", s.URL())...).status)
	s.get(of("/state"), "Cookie", sees.Name+"=made-up").problem(t, http.StatusUnauthorized)
	s.get(of("/state"), "Cookie", "parley1="+sees.Value).problem(t, http.StatusUnauthorized)

	// What is revoked is revoked for the cookie as well.
	delete(access.roles, "writes")
	s.get(of("/state"), with(writes)...).problem(t, http.StatusUnauthorized)
	var nobody caller
	s.get(pathLogin, with(writes)...).ok(t, &nobody)
	require.Equal(t, caller{Rights: []Right{}}, nobody)

	out := s.send(http.MethodDelete, pathLogin, "", with(sees, "Origin", s.URL())...)
	out.ok(t, &nobody)
	require.Equal(t, caller{Rights: []Right{}}, nobody)
	gone, err := http.ParseSetCookie(out.header.Get("Set-Cookie"))
	require.NoError(t, err)
	require.Negative(t, gone.MaxAge)
	s.get(of("/state"), with(sees)...).problem(t, http.StatusUnauthorized)
}

// A cookie that came over an encrypted way is sent on no other.
func TestSecureCookie(t *testing.T) {
	s := serve(t, func(o *Options) {
		o.Access, o.Hosts = keyed{map[string]Role{"sees": Dashboard}}, []string{"https://parley.example"}
	})
	signIn := func(headers ...string) got {
		return s.send(http.MethodPost, pathLogin, `{"secret":"sees"}`, headers...)
	}
	require.NotContains(t, signIn("Origin", s.URL()).header.Get("Set-Cookie"), "; Secure")
	require.Contains(t, signIn("Origin", s.URL(), "X-Forwarded-Proto", "https").header.Get("Set-Cookie"), "; Secure")
	require.Contains(t, signIn("Origin", "https://parley.example", "Host", "parley.example").header.Get("Set-Cookie"), "; Secure")
	signIn("Origin", "http://parley.example", "Host", "parley.example").problem(t, http.StatusForbidden)
}

// Tickets end, and there are only so many.
func TestTickets(t *testing.T) {
	all, now := &tickets{of: map[string]ticket{}}, time.Now()
	first := all.give("one", now)
	_, ok := all.secret(first, now.Add(ticketLife))
	require.True(t, ok)
	_, ok = all.secret(first, now.Add(ticketLife+1))
	require.False(t, ok)
	require.Empty(t, all.of)
	first = all.give("one", now)
	for i := range 2 * maxTicketsOfOne {
		all.give("more", now.Add(time.Duration(i+1)))
	}
	require.Len(t, all.of, maxTicketsOfOne+1)
	_, ok = all.secret(first, now)
	require.True(t, ok, "nobody is signed out by the many sign-ins of another")
	for i := range maxTickets {
		all.give(fmt.Sprint("many-", i), now.Add(time.Duration(i+1)))
	}
	require.Len(t, all.of, maxTickets)
	_, ok = all.secret(first, now)
	require.False(t, ok, "the oldest made room")
}
