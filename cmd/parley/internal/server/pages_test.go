package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page comes with a policy that lets it load what is its own and nothing else, and
// is not sent again while it is the same.
func TestPages(t *testing.T) {
	s := serve(t, func(o *Options) { o.Access = fixed{""} }) // nobody may read
	for _, path := range []string{"/", "/n/" + example, "/n/no-such-talks", "/n/" + example + "/branches", "/system"} {
		page := s.get(path)
		require.Equal(t, http.StatusOK, page.status, page.body)
		require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
		policy := page.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			require.Contains(t, policy, part)
		}
		require.NotContains(t, policy, "unsafe")
		require.Equal(t, "nosniff", page.header.Get("X-Content-Type-Options"))
		require.NotContains(t, page.body, example, "the page itself tells nothing of the record")
		tag := page.header.Get("ETag")
		require.NotEmpty(t, tag)
		again := s.get(path, "If-None-Match", tag)
		require.Equal(t, http.StatusNotModified, again.status)
		require.Empty(t, again.body)
	}
	s.get("/assets/nothing.js").problem(t, http.StatusNotFound)
	s.get("/n/"+example+"/nothing").problem(t, http.StatusNotFound)
	s.get("/n/").problem(t, http.StatusNotFound)
	s.send(http.MethodPost, "/", "{}").problem(t, http.StatusMethodNotAllowed)
}

// A link from elsewhere leads to the page, and to nothing else: not into a frame, nor
// to the answers of the API.
func TestLinksFromElsewhere(t *testing.T) {
	s := serve(t, nil)
	follow := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	require.Equal(t, http.StatusOK, s.get("/n/"+example+"?step=s1-retraction", follow...).status)
	require.Equal(t, http.StatusOK, s.get("/", follow...).status)
	s.get(of("/state"), follow...).problem(t, http.StatusForbidden)
	s.get("/assets/app.js", follow...).problem(t, http.StatusForbidden)
	s.get("/", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe").problem(t, http.StatusForbidden)
	s.get("/", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script").problem(t, http.StatusForbidden)
	s.get("/", append(follow, "Origin", "http://evil.example")...).problem(t, http.StatusForbidden)
	s.send(http.MethodPost, "/", "a=b", follow...).problem(t, http.StatusForbidden)
	address, err := url.Parse(s.URL())
	require.NoError(t, err)
	s.get("/", append(follow, "Host", strings.Replace(address.Host, "127.0.0.1", "evil.example", 1))...).problem(t, http.StatusMisdirectedRequest)
}
