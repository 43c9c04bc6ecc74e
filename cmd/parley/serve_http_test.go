package main

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/cmd/parley/internal/problem"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// serveFolder runs parley serve in a process of its own, and gives the address of its
// API. The process ends with the test, in order.
func serveFolder(t *testing.T, data string, args ...string) string {
	t.Helper()
	cmd := exec.Command("parley", append([]string{"serve", "--json", "--data", data, "--http", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var said strings.Builder
	cmd.Stderr = &said
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	require.NoError(t, err, said.String())
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		require.NoError(t, cmd.Wait(), said.String())
	})
	var begun served
	require.NoError(t, json.Unmarshal([]byte(line), &begun))
	return begun.HTTP
}

// fetch reads an address, which must answer.
func fetch(t *testing.T, address string, headers ...string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, "%s: %s", address, text)
	return string(text)
}

// The server answers what the command line prints, to the byte, for whatever view.
func TestServerAnswersAsCommandLine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	const n = demoNegotiation
	must(t, "demo", "--once", "--data", data)
	must(t, "branch", "open", "no-retraction", "--on", n, "--without", "s1-retraction", "--author", "A", "--purpose", "P", "--data", data)
	api := serveFolder(t, data)
	views := []string{
		"", "as-of=@s1-verbal-confirmation", "as-of=2025-10-28&possibly", "known-by=2025-10-28", "known-by=2025-10-29&possibly",
		"recorded-by=%23120", `lens=source.side+!%3D+%22pakistan%22`, "as-of=@s1-retraction&known-by=2025-10-29&possibly&lens=source.side+%3D%3D+%22unknown%22",
	}
	views = append(views, "branch=no-retraction", "branch=no-retraction&as-of=2025-10-28&possibly", "branch=no-retraction&recorded-by=%23120")
	for _, text := range views {
		view, err := projections.ParseView(text)
		require.NoError(t, err)
		flags := viewArgs(t, view)
		query := func(more ...string) string {
			parts := slices.DeleteFunc([]string{text}, func(s string) bool { return s == "" })
			for i := 0; i < len(more); i += 2 {
				parts = append(parts, more[i]+"="+url.QueryEscape(more[i+1]))
			}
			return "?" + strings.Join(parts, "&")
		}
		at := func(path string, more ...string) string { return api + "/v1/negotiations/" + n + path + query(more...) }
		command := func(args ...string) string {
			return must(t, slices.Concat(args, flags, []string{"--data", data, "--json", "-q"})...)
		}

		require.Equal(t, command("state", n), fetch(t, at("/state")), text)
		for _, name := range projections.Projections() {
			require.Equal(t, command("state", n, name), fetch(t, at("/state/"+name)), text)
		}
		require.Equal(t, command("events", n), fetch(t, at("/events")), text)
		where := `"qatar" in actors or source.quote contains "Doha"`
		require.Equal(t, command("events", n, "--where", where), fetch(t, at("/events", "where", where)), text)
		require.Equal(t, command("why", n, "rounds"), fetch(t, at("/why", "path", "rounds")), text)
		require.Equal(t, must(t, "diff", n, "--to", text, "--data", data, "--json", "-q"), fetch(t, api+"/v1/negotiations/"+n+"/diff?to="+url.QueryEscape(text)), text)
		require.Equal(t, command("replay", n), fetch(t, at("/replay"), "Accept", "application/x-ndjson"), text)
		lines := must(t, slices.Concat([]string{"events", n, "-o", "ndjson", "-q", "--data", data}, flags)...)
		require.Equal(t, lines, fetch(t, at("/events"), "Accept", "application/x-ndjson"), text)
	}
	require.Equal(t, must(t, "schema", "--json"), fetch(t, api+"/v1/schema"))
	require.Equal(t, must(t, "schema", "DraftFinalized", "--json"), fetch(t, api+"/v1/schema/DraftFinalized"))
}

// The same question is refused for the same reason, with the same hint.
func TestServerRefusesAsCommandLine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	api := serveFolder(t, data)
	for _, question := range []struct {
		args []string
		path string
	}{
		{[]string{"state", "talk"}, "talk/state"},
		{[]string{"state", "talks", "round"}, "talks/state/round"},
		{[]string{"state", "talks", "--as-of", "@no-such"}, "talks/state?as-of=@no-such"},
		{[]string{"state", "talks", "--lens", "source.sid"}, "talks/state?lens=source.sid"},
		{[]string{"state", "talks", "--as-of", "yesterday"}, "talks/state?as-of=yesterday"},
		{[]string{"state", "talks", "--branch", "b"}, "talks/state?branch=b"},
		{[]string{"events", "talks", "--type", "Statement"}, "talks/events?type=Statement"},
		{[]string{"events", "talks", "--where", "kee == 1"}, "talks/events?where=" + url.QueryEscape("kee == 1")},
		{[]string{"why", "talks", "rounds/first/dys"}, "talks/why?path=rounds/first/dys"},
		{[]string{"diff", "talks", "--to", "as_of=2026"}, "talks/diff?to=" + url.QueryEscape("as_of=2026")},
	} {
		t.Run(question.path, func(t *testing.T) {
			var told, sent problem.Problem
			code, _, said := runIt(t, "", append(question.args, "--data", data, "--json")...)
			require.NoError(t, json.Unmarshal([]byte(said), &told), said)
			answer, err := http.Get(api + "/v1/negotiations/" + question.path)
			require.NoError(t, err)
			defer answer.Body.Close()
			require.NoError(t, json.UnmarshalRead(answer.Body, &sent))
			require.Equal(t, code, told.Exit)
			require.Equal(t, told.Status, answer.StatusCode)
			require.Equal(t, told.Type, sent.Type)
			require.Equal(t, told.Hint, sent.Hint)
		})
	}
}

// viewArgs are the flags that ask for a view.
func viewArgs(t *testing.T, v projections.View) []string {
	t.Helper()
	var flags []string
	for part := range strings.SplitSeq(v.String(), "&") {
		key, value, given := strings.Cut(part, "=")
		switch text, err := url.QueryUnescape(value); {
		case err != nil:
			t.Fatal(err)
		case given:
			flags = append(flags, "--"+key, text)
		case key != "":
			flags = append(flags, "--"+key)
		}
	}
	return flags
}

// Append with one process, read with min-position from another: always there.
func TestAppendThenRead(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	api := serveFolder(t, data)
	for i := range 5 {
		key := "said-" + strconv.Itoa(i)
		out, err := exec.CommandContext(t.Context(), "parley", "append", "StatementIssued", "-n", "talks", "--key", key,
			"--occurred", "2026-03-01", "--actor", "north", "--data", data, "--json").Output()
		require.NoError(t, err)
		var made appended
		require.NoError(t, json.Unmarshal(out, &made))
		page := fetch(t, api+"/v1/negotiations/talks/events?min-position="+strconv.FormatUint(made.Position, 10)+"&where="+url.QueryEscape(`key == "`+key+`"`))
		require.Contains(t, page, `"key":"`+key+`"`)
	}
}

// The API can be left out, and says when its port is taken.
func TestServeHTTPAddress(t *testing.T) {
	require.Empty(t, serveFolder(t, t.TempDir(), "--http", "off"))
	api := serveFolder(t, t.TempDir())
	code, _, said := runIt(t, "", "serve", "--data", t.TempDir(), "--http", strings.TrimPrefix(api, "http://"))
	require.Equal(t, exitFailure, code)
	require.Contains(t, said, "is taken by another program")
	require.Contains(t, said, "--http off")
}
