package server

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/cmd/parley/internal/problem"

	"github.com/stretchr/testify/require"
)

// A page that made its own name point here, and one of another origin, get nothing.
func TestForeignPages(t *testing.T) {
	s := serve(t, func(o *Options) { o.Hosts, o.Access = []string{"parley.example"}, fixed{Analyst} })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL(), "http://"))
	require.NoError(t, err)
	for _, test := range []struct {
		status  int
		headers []string
	}{
		{200, nil},
		{200, []string{"Host", "localhost:" + port}},
		{200, []string{"Host", "LOCALHOST"}},
		{200, []string{"Host", "[::1]:" + port}},
		{200, []string{"Host", "127.8.9.10"}},
		{200, []string{"Host", "parley.example"}},
		{421, []string{"Host", "evil.example"}},
		{421, []string{"Host", "127.0.0.1.evil.example"}},
		{421, []string{"Host", "localhost.evil.example:" + port}},
		{421, []string{"Host", "10.0.0.1:" + port}},
		{421, []string{"Host", "0.0.0.0:" + port}},
		{200, []string{"Origin", "http://127.0.0.1:" + port}},
		{403, []string{"Origin", "http://127.0.0.1:1"}},
		{403, []string{"Origin", "https://127.0.0.1:" + port}},
		{403, []string{"Origin", "http://evil.example"}},
		{403, []string{"Origin", "null"}},
		{403, []string{"Origin", ""}},
		{200, []string{"Sec-Fetch-Site", "none"}},
		{200, []string{"Sec-Fetch-Site", "same-origin"}},
		{403, []string{"Sec-Fetch-Site", "same-site"}},
		{403, []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		for _, path := range []string{pathHealth, of("/state"), pathMetrics, "/nowhere"} {
			answer := s.get(path, test.headers...)
			if test.status != http.StatusOK {
				answer.problem(t, test.status)
			} else if path != "/nowhere" {
				require.Equal(t, http.StatusOK, answer.status, "%v: %s", test.headers, answer.body)
			}
			require.Empty(t, answer.header.Get("Access-Control-Allow-Origin"))
			require.Equal(t, "nosniff", answer.header.Get("X-Content-Type-Options"))
			require.Contains(t, answer.header.Get("Content-Security-Policy"), "default-src 'none'")
		}
	}
	// What a form of a foreign page can send without asking is no event.
	s.send(http.MethodPost, of("/events"), statement("form"), "Content-Type", "text/plain").problem(t, http.StatusUnsupportedMediaType)
	s.send(http.MethodOptions, of("/events"), "", "Origin", "http://evil.example").problem(t, http.StatusForbidden)
}

// A page is ours if it came by the scheme, from the host and through the port by which a
// browser reaches us: by HTTP from the host that it asks, or where a proxy serves us.
func TestOrigins(t *testing.T) {
	plain := []string{"parley.example"}
	proxied := []string{"https://Parley.example", "https://localhost:8443/", "http://other.example:8080"}
	for _, test := range []struct {
		named        []string
		host, origin string
		ours         bool
	}{
		{plain, "parley.example", "http://parley.example", true},
		{plain, "parley.example:80", "http://parley.example", true},
		{plain, "parley.example", "http://PARLEY.example:80", true},
		{plain, "[::1]:8727", "http://[::1]:8727", true},
		{plain, "parley.example", "https://parley.example", false},
		{plain, "parley.example", "http://parley.example:443", false},
		{plain, "parley.example:8080", "http://parley.example", false},
		{plain, "parley.example", "ftp://parley.example", false},
		{plain, "parley.example", "chrome-extension://parley.example", false},
		{plain, "parley.example", "http://parley.example/", false},
		{plain, "parley.example", "http://parley.example@evil.example", false},
		{plain, "parley.example", "http://evil@parley.example", false},
		{plain, "parley.example", "http://evil.example", false},
		{plain, "parley.example", "//parley.example", false},
		{plain, "parley.example", "parley.example", false},
		{plain, "parley.example", "null", false},
		{plain, "localhost:8727", "http://parley.example", false},
		{proxied, "parley.example", "https://parley.example", true},
		{proxied, "parley.example", "https://parley.example:443", true},
		{proxied, "parley.example:443", "https://parley.example", true},
		{proxied, "127.0.0.1:8727", "https://parley.example", true}, // the proxy asks us by this name
		{proxied, "parley.example", "http://parley.example", false},
		{proxied, "parley.example", "https://parley.example:8443", false},
		{proxied, "parley.example", "https://evil.example", false},
		{proxied, "localhost:8443", "https://localhost:8443", true},
		{proxied, "localhost:8443", "http://localhost:8443", false},
		{proxied, "localhost:8727", "http://localhost:8727", true}, // on the machine itself
		{proxied, "other.example:8080", "http://other.example:8080", true},
		{proxied, "other.example:8080", "https://other.example:8080", false},
	} {
		n, err := parseNames(test.named)
		require.NoError(t, err)
		require.True(t, n.has(test.host), test.host)
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Host = test.host
		r.Header.Set("Origin", test.origin)
		require.Equal(t, test.ours, n.sameOrigin(r), "%v: %s of %s", test.named, test.origin, test.host)
		r.Header.Add("Origin", test.origin)
		require.False(t, n.sameOrigin(r), "a browser sends one")
	}
	for _, wrong := range []string{"https://", "https://parley.example/path", "ws://parley.example", "parley.example/path", "parley.example:443", "https://a@b"} {
		_, err := parseNames([]string{wrong})
		kind, hint := problem.Classify(err)
		require.Equal(t, problem.Usage, kind, wrong)
		require.NotEmpty(t, hint)
	}
}

// fixed is an access in which everybody has one role, or none.
type fixed struct{ role Role }

func (f fixed) RoleOf(*http.Request) (Role, error) {
	if f.role == "" {
		return "", &problem.Error{Kind: problem.Unauthorized, Detail: "there is no token"}
	}
	return f.role, nil
}

func (f fixed) NameOf(*http.Request) (name, grant string) { return string(f.role), "" }

// Every role is allowed what it may do, and refused all else.
func TestRoles(t *testing.T) {
	for _, test := range []struct {
		role                 Role
		health, read, append int
	}{
		{Analyst, 200, 200, 201},
		{Dashboard, 200, 200, 403},
		{Simulator, 200, 200, 403},
		{"unheard-of", 200, 403, 403},
		{"", 200, 401, 401},
	} {
		t.Run(string(test.role), func(t *testing.T) {
			s := serve(t, func(o *Options) { o.Access = fixed{test.role} })
			for path, want := range map[string]int{
				pathHealth: test.health, pathReady: test.health, pathAPI + ".json": test.health, pathAPI + ".yaml": test.health,
				pathMetrics: test.read, "/v1/negotiations": test.read, of(""): test.read, of("/state"): test.read, of("/state/rounds"): test.read,
				of("/events"): test.read, of("/why", "path", "rounds"): test.read, of("/diff", "to", ""): test.read, of("/replay"): test.read,
				of("/lenses"): test.read, "/v1/schema": test.read, "/v1/schema/DraftFinalized": test.read,
			} {
				answer := s.get(path)
				require.Equal(t, want, answer.status, "%s: %s", path, answer.body)
				if want == http.StatusUnauthorized {
					require.Contains(t, answer.header.Get("WWW-Authenticate"), "Bearer")
				}
			}
			require.Equal(t, test.append, s.send(http.MethodPost, of("/events"), statement("posted")).status)
		})
	}
}

// An address that others can reach, or a name, needs an access; a taken address is told
// as such.
func TestAddresses(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.org:0", "here"} {
		_, err := Open(Options{Listen: address})
		kind, hint := problem.Classify(err)
		require.Equal(t, problem.Usage, kind, "%s: %v", address, err)
		require.NotEmpty(t, hint)
	}
	_, err := Open(Options{Listen: "127.0.0.1:0", Hosts: []string{"parley.example"}})
	kind, hint := problem.Classify(err)
	require.Equal(t, problem.Usage, kind, "%v", err)
	require.Contains(t, hint, "parley access add")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, err = Open(Options{Listen: taken.Addr().String()})
	require.ErrorContains(t, err, "is taken by another program")

	open, err := Open(Options{Listen: "0.0.0.0:0", Access: fixed{Dashboard}})
	require.NoError(t, err)
	require.NoError(t, open.Close())
	open, err = Open(Options{Listen: "127.0.0.1:0", Hosts: []string{"parley.example"}, Access: fixed{Dashboard}})
	require.NoError(t, err)
	require.NoError(t, open.Close())
}
