package server

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// webFolder holds what comes from npm.
var webFolder = filepath.Join("..", "web")

// The document satisfies a linter that others wrote.
func TestDocumentLint(t *testing.T) {
	program := filepath.Join(webFolder, "node_modules", ".bin", "redocly")
	_, err := os.Stat(program)
	require.NoError(t, err, "the linter is not there: run `make node_modules`")
	program, err = filepath.Abs(program)
	require.NoError(t, err)
	config, err := filepath.Abs(filepath.Join(webFolder, "redocly.yaml"))
	require.NoError(t, err)
	lint := func(document []byte) (string, error) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "openapi.json"), document, 0o600))
		cmd := exec.CommandContext(t.Context(), program, "lint", "--config", config, "openapi.json")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "NO_COLOR=1")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	document, err := Document("test")
	require.NoError(t, err)
	out, err := lint(document)
	require.NoError(t, err, out)
	require.Contains(t, out, "valid")

	// It would notice.
	out, err = lint(bytes.Replace(document, []byte(`"operationId":"diff"`), []byte(`"operationId":"why"`), 1))
	require.Error(t, err, out)
	require.Contains(t, out, "operation-operationId-unique")
}

// contract is the document of a running server, to hold answers against.
type contract struct {
	*served
	compiler *jsonschema.Compiler
	answers  map[string]bool   // operation, status and media type; whether it was seen
	paths    map[string]string // of operations
}

// where joins what an answer is told apart by.
func where(operation, status, media string) string { return operation + " " + status + " " + media }

func newContract(t *testing.T, s *served) *contract {
	t.Helper()
	text := s.get(pathAPI + ".json")
	require.Equal(t, http.StatusOK, text.status)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text.body))
	require.NoError(t, err)
	c := &contract{served: s, compiler: jsonschema.NewCompiler(), answers: map[string]bool{}, paths: map[string]string{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	require.NoError(t, c.compiler.AddResource("openapi.json", document))
	var shape struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Responses   map[string]struct {
				Content map[string]any `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal([]byte(text.body), &shape))
	require.Regexp(t, `^3\.1\.`, shape.OpenAPI)
	for path, methods := range shape.Paths {
		for method, op := range methods {
			c.paths[op.OperationID] = "/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(path) + "/" + method
			for status, response := range op.Responses {
				if len(response.Content) == 0 {
					c.answers[where(op.OperationID, status, "")] = false
				}
				for media := range response.Content {
					c.answers[where(op.OperationID, status, media)] = false
				}
			}
		}
	}
	return c
}

// hold checks an answer of an operation: it must be one that the document has, and as
// the document has it.
func (c *contract) hold(operation string, answer got) {
	c.t.Helper()
	status := strconv.Itoa(answer.status)
	media, _, _ := strings.Cut(answer.header.Get("Content-Type"), ";")
	key := where(operation, status, media)
	_, described := c.answers[key]
	require.True(c.t, described, "the document has no answer %s: %s", key, answer.body)
	c.answers[key] = true
	if !strings.HasSuffix(media, "json") || media == typeNDJSON {
		return
	}
	at := "openapi.json#" + c.paths[operation] + "/responses/" + status + "/content/" + strings.ReplaceAll(media, "/", "~1") + "/schema"
	schema, err := c.compiler.Compile(at)
	require.NoError(c.t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(answer.body))
	require.NoError(c.t, err)
	require.NoError(c.t, schema.Validate(value), "%s: %s", key, answer.body)
}

// Real answers of every operation are as the document has them.
func TestAnswersAreAsDescribed(t *testing.T) {
	c := newContract(t, serveLive(t, func(o *Options) { o.limits.body, o.Leases = 1<<20, leases(t, o) }))
	views := [][]string{
		nil,
		{"as-of", "@s1-verbal-confirmation"},
		{"known-by", "2025-10-28", "possibly", ""},
		{"recorded-by", "#120"},
		{"lens", `source.side != "pakistan"`},
	}
	for _, view := range views {
		c.hold("negotiation", c.get(of("", view...)))
		c.hold("state", c.get(of("/state", view...)))
		c.hold("state", c.get(of("/state", append(view, "projections", "drafts,questions")...)))
		c.hold("registry", c.get(of("/registry", view...)))
		for _, name := range projections.Projections() {
			c.hold("state-of-projection", c.get(of("/state/"+name, view...)))
		}
		c.hold("events", c.get(of("/events", view...)))
		c.hold("events", c.get(of("/events", view...), "Accept", typeNDJSON))
		c.hold("lenses", c.get(of("/lenses", view...)))
		c.hold("why", c.get(of("/why", append(view, "path", "rounds")...)))
		c.hold("replay", c.get(of("/replay", view...)))
		c.hold("replay", c.get(of("/replay", append(view, "limit", "5")...)))
		c.hold("days", c.get(of("/days", view...)))
		c.hold("replay", c.get(of("/replay", view...), "Accept", typeNDJSON))
		from, err := projections.ParseView(url.Values{}.Encode())
		require.NoError(t, err)
		for i := 0; i < len(view); i += 2 {
			require.NoError(t, from.Set(view[i], view[i+1]))
		}
		c.hold("diff", c.get(of("/diff", "from", from.String())))
	}
	c.hold("replay", c.get(of("/replay", "order", "knowledge")))
	c.hold("negotiations", c.get("/v1/negotiations"))
	c.hold("schema", c.get("/v1/schema"))
	c.hold("schema-of-type", c.get("/v1/schema/DraftFinalized"))
	c.hold("health", c.get(pathHealth))
	c.hold("ready", c.get(pathReady))
	c.hold("metrics", c.get(pathMetrics))
	c.hold("system", c.get("/v1/system"))
	c.hold("system", c.get("/v1/system?limit=many"))
	w := c.watch(t, pathStream)
	c.hold("stream", got{status: w.answer.StatusCode, header: w.answer.Header})
	c.hold("stream", c.get(pathStream+"?watch="+example+"?branch=none"))
	c.holdLogins()
	c.holdAppends()
	c.holdBranches()
	c.holdSessions()
	c.holdFeeds()
	c.holdWhatif()
	c.holdProblems()

	for key, seen := range c.answers {
		operation, rest, _ := strings.Cut(key, " ")
		status, _, _ := strings.Cut(rest, " ")
		// What any operation can answer is described for each, and shown by some.
		// To lose against other writers twenty times in a row takes more than a test, and
		// two steps of a session at once are tried with less around them (TestDesk); a disk that
		// is full is one of the program's own tests.
		if !seen && key != where("append", "409", typeProblem) && key != where("branch-append", "409", typeProblem) &&
			key != where("session-append", "409", typeProblem) && !slices.Contains([]string{"400", "401", "403", "421", "500", "503", "507"}, status) {
			t.Errorf("%s has an answer that no request got: %s", operation, rest)
		}
	}
}

func (c *contract) holdLogins() {
	const post = http.MethodPost
	c.hold("login", c.send(post, pathLogin, `{"secret":"any"}`))
	c.hold("login", c.send(post, pathLogin, `{}`, "Content-Type", "text/csv"))
	c.hold("login", c.send(post, pathLogin, `{"password":"any"}`))
	c.hold("login", c.send(post, pathLogin, `"`+strings.Repeat("x", maxObject)+`"`))
	c.hold("caller", c.get(pathLogin))
	c.hold("logout", c.send(http.MethodDelete, pathLogin, ""))
}

func (c *contract) holdAppends() {
	event := `{"key":"contract-1","type":"StatementIssued","occurred":"2025-11-01","reported":"2025-11-01","actors":["pakistan"]}`
	post := func(body string, headers ...string) got {
		c.t.Helper()
		answer := c.send(http.MethodPost, of("/events"), body, headers...)
		c.hold("append", answer)
		return answer
	}
	require.Equal(c.t, http.StatusCreated, post(event).status)
	require.Equal(c.t, http.StatusOK, post("["+event+"]").status, "the second time there is nothing new")
	changed := strings.Replace(event, "2025-11-01", "2025-11-02", 1)
	require.Equal(c.t, http.StatusUnprocessableEntity, post(changed).status)
	require.Equal(c.t, http.StatusPreconditionFailed, post(strings.Replace(event, "contract-1", "contract-2", 1), "If-Match", `"record:3"`).status)
	require.Equal(c.t, http.StatusUnsupportedMediaType, post(event, "Content-Type", "text/csv").status)
	require.Equal(c.t, http.StatusRequestEntityTooLarge, post(`"`+strings.Repeat("x", int(c.limits.body))+`"`).status)
}

func (c *contract) holdProblems() {
	notFound := map[string]string{
		"negotiation": "", "state": "/state", "state-of-projection": "/state/rounds", "events": "/events", "lenses": "/lenses", "registry": "/registry", "days": "/days",
		"why": "/why?path=rounds", "replay": "/replay", "diff": "/diff?to=",
	}
	for operation, path := range notFound {
		c.hold(operation, c.get("/v1/negotiations/no-such-talks"+path))
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		c.hold(operation, c.get("/v1/negotiations/"+example+path+mark+"nonsense=1"))
		c.hold(operation, c.get("/v1/negotiations/"+example+path+mark+"min-position=1000000&max-wait=0s"))
		c.hold(operation, c.get("/v1/negotiations/"+example+path, "Origin", "http://other.example"))
		c.hold(operation, c.get("/v1/negotiations/"+example+path, "Host", "other.example"))
		tag := c.get("/v1/negotiations/" + example + path).header.Get("ETag")
		c.hold(operation, c.get("/v1/negotiations/"+example+path, "If-None-Match", tag))
	}
	c.hold("schema-of-type", c.get("/v1/schema/Draft"))
}
