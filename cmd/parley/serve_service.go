package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/server"
	"parley/cmd/parley/internal/service"
	"parley/eventstore"
)

// What whoever shows no secret is.
const (
	anonymousDashboard = "dashboard"
	anonymousNone      = "none"
)

// anonymous settles what whoever shows no secret is, once something is granted. A
// proxy on this machine makes everybody seem to be of this machine.
func anonymous(given string, proxied bool, addresses ...string) (string, error) {
	switch given {
	case anonymousDashboard, anonymousNone:
		return given, nil
	case "":
	default:
		return "", &usageError{Reason: fmt.Sprintf("--anonymous %q is not known", given), Hint: "write dashboard or none"}
	}
	for _, a := range addresses {
		host, _, err := net.SplitHostPort(a)
		if err == nil && host != "localhost" && !isLoopback(host) {
			return anonymousNone, nil
		}
	}
	if proxied {
		return anonymousNone, nil
	}
	return anonymousDashboard, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// folderAccess knows callers of HTTP by the grants of a folder.
type folderAccess struct {
	store  *eventstore.Store
	closed bool // whoever shows no secret is nobody
}

// Configured tells whether it was said who may do what.
func (a folderAccess) Configured() bool {
	g, _ := a.store.Grants()
	return g.Configured
}

// RoleOf is the role of whoever sends a request.
func (a folderAccess) RoleOf(r *http.Request) (server.Role, error) {
	g, _ := a.store.Grants()
	header := r.Header.Get("Authorization")
	switch {
	case !g.Configured && header == "":
		return server.Analyst, nil // on this machine only
	case header == "" && !a.closed && ofThisMachine(r):
		return server.Dashboard, nil
	case header == "":
		return "", &problem.Error{Kind: problem.Unauthorized, Detail: "nobody says who asks", Hint: "send the header Authorization: Bearer SECRET; parley access add gives secrets"}
	}
	if one, ok := grantOf(g, header); ok {
		return server.Role(one.Role), nil
	}
	return "", &problem.Error{Kind: problem.Unauthorized, Detail: "the secret is not known here", Hint: "it may have been revoked; parley access add gives secrets"}
}

// NameOf is the name of whoever shows a secret, and which grant of it is his.
func (a folderAccess) NameOf(r *http.Request) (name, grant string) {
	g, _ := a.store.Grants()
	one, _ := grantOf(g, r.Header.Get("Authorization"))
	return one.Name, one.ID
}

// Until gives a request an end for when what it was allowed for is revoked.
func (a folderAccess) Until(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(r.Context())
	header := r.Header.Get("Authorization")
	if header == "" {
		return ctx, stop
	}
	go func() {
		defer stop()
		for {
			g, changed := a.store.Grants()
			if _, ok := grantOf(g, header); !ok {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, stop
}

// grantOf is the grant of a header.
func grantOf(g eventstore.Grants, header string) (eventstore.Grant, bool) {
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return eventstore.Grant{}, false
	}
	return g.Of(strings.TrimSpace(secret))
}

// ofThisMachine tells whether a request was sent from this machine.
func ofThisMachine(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && isLoopback(host)
}

// openService answers requests over NATS until it is closed. Without an API that
// listens it has one of its own.
func (p *program) openService(s *eventstore.Store, a alive, api *server.Server) (end func() error, err error) {
	own := func() error { return nil }
	if api == nil {
		api = server.New(server.Options{Store: s, Live: a.runner, Leases: a.branches, Version: buildOf().Version, Logger: p.logger()})
		own = api.Close
	}
	answering, err := service.Open(service.Options{Server: api, Conn: s.Conn(), Version: buildOf().Version, Logger: p.logger()})
	if err != nil {
		return nil, errors.Join(err, own())
	}
	return func() error { return errors.Join(answering.Close(), own()) }, nil
}
