package server

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"parley/cmd/parley/internal/problem"
)

// names are by what a server may be called, and where its pages are for a browser.
type names struct {
	hosts   map[string]bool // without ports
	origins map[string]bool // that a proxy serves, such as https://parley.example
	proxied map[string]bool // hosts of those, with their ports
}

// parseNames reads names, and origins of a proxy. It fails with a [problem.UsageError].
func parseNames(given []string) (names, error) {
	n := names{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, text := range given {
		_, _, err := net.SplitHostPort(text)
		if !strings.Contains(text, "/") && err != nil { // a name has no port
			n.hosts[strings.ToLower(text)] = true
			continue
		}
		origin, host, ok := parseOrigin(strings.TrimSuffix(text, "/"))
		if !ok {
			return names{}, &problem.UsageError{
				Reason: fmt.Sprintf("%q is neither the name of a host nor an origin", text), Hint: "write parley.example, or https://parley.example where a proxy adds TLS",
			}
		}
		n.hosts[hostName(host)], n.origins[origin], n.proxied[host] = true, true, true
	}
	return n, nil
}

// has tells whether the host that a request names is this server.
func (n names) has(host string) bool {
	name := hostName(host)
	return isLoopback(name) || n.hosts[name]
}

// sameOrigin tells whether a request comes from no web page, or from one of ours.
// Browsers add Sec-Fetch-Site to all requests, Origin to those of scripts and forms. A
// page that came by another scheme is another's: whoever sits on the way can write it.
func (n names) sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return false
	}
	given := r.Header.Values("Origin")
	if len(given) == 0 {
		return true
	}
	origin, _, ok := parseOrigin(given[0])
	if !ok || len(given) > 1 {
		return false
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	ours, host, ok := parseOrigin(scheme + r.Host)
	return n.origins[origin] || ok && origin == ours && !n.proxied[host]
}

// parseOrigin reads scheme, host and port, and writes them as browsers do: in small
// letters, without the port that the scheme has by itself.
func parseOrigin(text string) (origin, host string, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || (url.URL{Scheme: u.Scheme, Host: u.Host}) != *u {
		return "", "", false
	}
	host = strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, host, true
}

// hostName is the name in a Host header, without its port.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// isLoopback tells whether a name means this machine, and nobody can make it mean
// another.
func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
