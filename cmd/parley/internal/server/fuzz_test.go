package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"parley/cmd/parley/internal/exampletest"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// Whatever stands in a query string, it is an answer or a problem of the caller's.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "as-of=@s1-verbal-confirmation", "as-of=2025-10-28&known-by=2025-10-29&possibly", "recorded-by=%2343", "lens=source.side+%3D%3D+%22pakistan%22",
		"branch=b1", "min-position=3&max-wait=0s", "as-of=@", "lens=%", "possibly=maybe", "&&=&=x", "path=rounds/istanbul-oct/days", "where=type", "limit=0",
		"from=as-of%3D@x&to=lens%3D%28", "order=knowledge&possibly", "known-by=%5B2025-10-28..2025-10-30%5D", "as-of=2025-10-28T14%3A30%3A00Z", "type=DraftFinalized&type=x", "after=record:7", "lens=%80", "%80=1",
	} {
		f.Add(seed)
	}
	store := exampletest.Open(f, f.TempDir())
	defer store.Close()
	s := newServer(Options{Store: store, Version: "fuzz"})
	handler := s.handler("fuzz")
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/state/rounds", "/events", "/why", "/diff", "/lenses"} {
			r := httptest.NewRequest(http.MethodGet, "http://localhost"+of(path), nil)
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			behind := w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != ""
			if w.Code >= http.StatusInternalServerError && !behind {
				t.Fatalf("%s?%s: %d %s", path, query, w.Code, w.Body)
			}
			var document map[string]any
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &document), "%s?%s: %s", path, query, w.Body)
		}
	})
}

// A view in a query string is the view that the command line would make of it.
func FuzzViewQuery(f *testing.F) {
	f.Add("as-of=@key&possibly")
	f.Add("known-by=2025-10-28&lens=a%26b")
	f.Fuzz(func(t *testing.T, query string) {
		q := request{raw: query, takes: ofView()}
		v := q.read()
		view := v.view()
		if v.err() != nil || v.text(paramMinPosition) != "" || v.text(paramMaxWait) != "" {
			return
		}
		again := request{raw: view.String(), takes: ofView()}
		w := again.read()
		require.Equal(t, view, w.view(), view.String())
		require.NoError(t, w.err())
		_, err := url.ParseQuery(view.String())
		require.NoError(t, err)
	})
}
