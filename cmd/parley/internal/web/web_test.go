package web

import (
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Without a bundle every page is the one that says how to make it.
func TestFallback(t *testing.T) {
	body, err := dist.ReadFile("dist/" + fallback)
	require.NoError(t, err)
	s := &Site{files: map[string]file{fallback: {body, mediaType(fallback), `"x"`}}}
	require.False(t, s.Built())
	for _, address := range []string{"/", "/n/talks"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		require.Equal(t, 200, w.Code)
		require.Contains(t, w.Body.String(), "make build")
		require.Equal(t, Policy, w.Header().Get("Content-Security-Policy"))
	}
	require.False(t, s.Has(Assets+"app.js"))
	require.NotRegexp(t, regexp.MustCompile(`<script|<style|style=|\son\w+=`), string(body), "the policy forbids what is inline")
}

// Two files are told apart by their tags, and one of several tags is enough.
func TestTags(t *testing.T) {
	s := Open()
	require.Contains(t, s.files, fallback)
	seen := map[string]string{}
	for name, f := range s.files {
		require.NotEmpty(t, f.media, name)
		require.Empty(t, seen[f.etag], "%s has the tag of %s", name, seen[f.etag])
		seen[f.etag] = name
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", Assets+fallback, nil)
	r.Header.Set("If-None-Match", `"other", W/`+s.files[fallback].etag)
	s.ServeHTTP(w, r)
	require.Equal(t, 304, w.Code)
	w = httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("HEAD", Assets+fallback, nil))
	require.Equal(t, 200, w.Code)
	require.Empty(t, w.Body.String())
}
