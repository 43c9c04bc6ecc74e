package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"parley/cmd/parley/internal/problem"
	"parley/eventstore"
)

// Role is what somebody is to the record.
type Role string

// The roles.
const (
	Analyst   Role = "analyst"   // records and reads
	Dashboard Role = "dashboard" // reads
	Simulator Role = "simulator" // reads, and supposes on branches of its own
)

// Right is what an operation needs.
type Right string

// The rights.
const (
	Anyone  Right = ""        // health, and the document of the API
	Read    Right = "read"    // the record and what it comes to
	Append  Right = "append"  // to the record
	Suppose Right = "suppose" // branches and what-if
)

// rights says what each role may do.
var rights = map[Role][]Right{
	Analyst:   {Read, Append, Suppose},
	Dashboard: {Read},
	Simulator: {Read, Suppose},
}

// May tells whether a role has a right.
func (r Role) May(right Right) bool {
	if right == Anyone {
		return true
	}
	return slices.Contains(rights[r], right)
}

// Access knows who a caller is.
type Access interface {
	// RoleOf is the role of whoever sends a request. An error that is a
	// problem.Error of kind Unauthorized says that he has to tell who he is.
	RoleOf(r *http.Request) (Role, error)
}

// Naming is an access that knows by name who has a role.
type Naming interface {
	// NameOf is the name of whoever sends a request, empty if he has none, and which
	// grant of that name is his, empty where names are granted once and for all.
	NameOf(r *http.Request) (name, grant string)
}

// Who is whoever asks for something.
type Who struct {
	Role  Role
	Name  string // by which the role was granted to him, empty if he has none
	Grant string // tells it from former grants of the name, empty if nothing does
}

// writer is how he signs what he opens and drops: the same over HTTP and over NATS.
// Without a name it is the way by which he came. Who is granted a name that was another's
// before signs otherwise, and so has none of the other's branches.
func (w Who) writer(way string) string {
	if w.Name == "" {
		return way
	}
	signed := "parley:grant/" + url.PathEscape(w.Name)
	if w.Grant != "" {
		signed += "/" + w.Grant
	}
	return signed
}

// who tells who sends a request that was let in.
func (s *Server) who(q *request) (Who, error) {
	if q.who != (Who{}) {
		g, _ := s.store.Grants()
		return q.who.granted(g)
	}
	role, err := s.access.RoleOf(q.http)
	who := Who{Role: role}
	if a, ok := s.access.(Naming); ok && err == nil {
		who.Name, who.Grant = a.NameOf(q.http)
	}
	return who, err
}

// granted says by which grant a caller has his name, where the name is all that is known
// of him: over NATS, whose server lets in whoever shows its secret. On servers of others
// nothing is granted, and the name is all there is.
func (w Who) granted(g eventstore.Grants) (Who, error) {
	if w.Name == "" || !g.Configured {
		return w, nil
	}
	one, ok := g.Named(w.Name)
	if !ok {
		return Who{}, &problem.Error{Kind: problem.Forbidden, Detail: fmt.Sprintf("what was granted to %s was revoked", w.Name), Hint: "connect anew, with the secret of another grant"}
	}
	w.Grant = one.ID
	return w, nil
}

// mayChange tells whether somebody may append to a branch, and drop it. Who may append
// to the record may; others have only what they opened themselves.
func (w Who) mayChange(b eventstore.Branch) error {
	if w.Role.May(Append) || w.Name != "" && b.Opener == w.writer("") {
		return nil
	}
	return &problem.Error{
		Kind: problem.Forbidden, Detail: fmt.Sprintf("branch %s was opened by %s, and a %s changes only branches of its own", b.Branch, b.Opener, w.Role),
		Hint: "open a branch of your own, on that one if you like",
	}
}

// Revocable is an access that can take a role back while a request is under way.
type Revocable interface {
	// Until gives a request that was let in an end for when it would not be any more.
	Until(r *http.Request) (context.Context, context.CancelFunc)
}

// configured tells whether it was said who may do what.
func configured(a Access) bool {
	if may, ok := a.(interface{ Configured() bool }); ok {
		return may.Configured()
	}
	return a != nil
}

// thisMachine is the access of a server that only its own machine can reach.
type thisMachine struct{}

func (thisMachine) RoleOf(*http.Request) (Role, error) { return Analyst, nil }

// authorise asks whether a request may do what needs a right.
func (s *Server) authorise(r *http.Request, right Right) error {
	if right == Anyone {
		return nil
	}
	role, err := s.access.RoleOf(r)
	if err != nil {
		return err
	}
	if !role.May(right) {
		s.metrics.refused.WithLabelValues("role").Inc()
		return &problem.Error{Kind: problem.Forbidden, Detail: fmt.Sprintf("this needs the right to %s, which the role %s has not", right, role)}
	}
	return nil
}
