package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// dist is what `make dashboard` made. In a clean clone it holds the fallback page only.
//
//go:embed dist
var dist embed.FS

const (
	page     = "index.html"
	fallback = "fallback.html"
)

// Assets is the address below which the files of the page stand.
const Assets = "/assets/"

// Policy is the Content-Security-Policy of the page: what is its own, and nothing else.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Site is the dashboard as a browser gets it.
type Site struct {
	files map[string]file
}

type file struct {
	body        []byte
	media, etag string
}

// Open reads what was embedded.
func Open() *Site {
	s := &Site{files: map[string]file{}}
	entries, err := dist.ReadDir("dist")
	if err != nil {
		panic("web: what is embedded cannot be read: " + err.Error())
	}
	for _, e := range entries {
		body, err := dist.ReadFile("dist/" + e.Name())
		if err != nil {
			panic("web: what is embedded cannot be read: " + err.Error())
		}
		sum := sha256.Sum256(body)
		s.files[e.Name()] = file{body, mediaType(e.Name()), strconv.Quote(hex.EncodeToString(sum[:12]))}
	}
	return s
}

// mediaType does not ask the machine, which may know others.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// Built tells whether the dashboard is part of the program.
func (s *Site) Built() bool {
	_, ok := s.files[page]
	return ok
}

// Has tells whether there is a file behind an address.
func (s *Site) Has(address string) bool {
	_, ok := s.files[s.name(address)]
	return ok
}

// name is the file behind an address; every address that is none of a file is the page.
func (s *Site) name(address string) string {
	if name, ok := strings.CutPrefix(address, Assets); ok {
		return name
	}
	if s.Built() {
		return page
	}
	return fallback
}

// ServeHTTP answers with the page, or with a file of it.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := s.files[s.name(r.URL.Path)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", Policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("ETag", f.etag)
	h.Set("Content-Type", f.media)
	if match := r.Header.Get("If-None-Match"); match != "" && strings.Contains(match, f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.body) // whoever went away needs no page
	}
}
