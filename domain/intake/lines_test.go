package intake_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"parley/domain"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

const flat = `{"key":"a","type":"ThanksExpressed","negotiation":"talks","occurred":"2025","act":{"for":"hosting"}}`

const cloud = `{"specversion":"1.0","id":"01931f2e-0000-7000-8000-000000000000","source":"mailto:a@example.org","type":"parley.ThanksExpressed.v1","subject":"talks",` +
	`"time":"2025-11-01T17:00:00+05:00","recordedtime":"2020-01-01T00:00:00Z","datacontenttype":"application/json","data":{"occurred":"2025","act":{"for":"hosting"}}}`

func TestLines(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"flat", "\ufeff" + flat + "\r\n\n  \n" + strings.Replace(flat, `"a"`, `"b"`, 1), []string{
			"ThanksExpressed a at in.ndjson, row 1, /key", "ThanksExpressed b at in.ndjson, row 4, /key",
		}},
		{"what exports add", strings.Replace(flat, `{`, `{"position":7,"recorded":"2025-11-01T12:00:00.000Z",`, 1), []string{
			"ThanksExpressed a at in.ndjson, row 1, /key",
		}},
		{"no JSON", "key,type\n" + `{"a":` + "\n" + `{"a":1,"a":2}` + "\n[1]\n" + `5` + "\n" + flat + flat + "\n\"\xff\"\n" + flat, []string{
			"ThanksExpressed a at in.ndjson, row 8, /key",
			`in.ndjson, row 1 [malformed] "key,type" not JSON: invalid character 'k' at start of value; write one JSON object a line`,
			`in.ndjson, row 2 [malformed] "{\"a\":" not JSON: unexpected EOF within "/a" after offset 5; write one JSON object a line`,
			`in.ndjson, row 3 [malformed] "{\"a\":1,\"a\":2}" not JSON: duplicate object member name "a"; write one JSON object a line`,
			`in.ndjson, row 4 [malformed] "[1]" not a JSON object; write one JSON object a line`,
			`in.ndjson, row 5 [malformed] "5" not a JSON object; write one JSON object a line`,
			`in.ndjson, row 6 [malformed] "{\"key\":\"a\",\"type\":\"ThanksExpressed\",\"negotiation\":\"talks\",\"o…" not JSON: there is more after the object; write one JSON object a line`,
			`in.ndjson, row 7 [malformed] "\"�\"" not JSON: invalid UTF-8 after offset 1; write one JSON object a line`,
		}},
		{"empty object", "{}", []string{
			"  at in.ndjson, row 1, /key",
			`in.ndjson, row 1, /negotiation [missing] "" negotiation is required; write the id of the negotiation`,
			`in.ndjson, row 1, /type [missing] "" type is required; write the type of the act, such as DraftFinalized`,
		}},
		{"nothing", "", []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, read(intake.Lines, "in.ndjson", c.text))
		})
	}
}

func TestLinesTooLong(t *testing.T) {
	in, faults := intake.Lines("in.ndjson", strings.NewReader(flat+"\n"+strings.Repeat(" ", intake.MaxLine+1)+"\n"+flat))
	require.Len(t, in, 1)
	require.Len(t, faults, 1)
	require.Equal(t, "in.ndjson, row 2: the line is too long for an event; write one event a line", faults[0].String())

	_, faults = intake.Lines("in.ndjson", io.MultiReader(strings.NewReader(flat+"\n"), iotest.ErrReader(errors.New("disk on fire"))))
	require.Equal(t, "in.ndjson, row 2: cannot be read: disk on fire", faults[0].String())
}

// TestCloudEvent: a CloudEvent of any producer, with places in its own form.
func TestCloudEvent(t *testing.T) {
	c, fault := intake.Line(domain.Place{}, []byte(cloud))
	require.Nil(t, fault)
	require.Empty(t, c.Faults)
	require.Equal(t, "mailto:a@example.org", c.Event.Writer)
	require.Equal(t, "talks", c.Event.Negotiation)
	require.Equal(t, time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC), c.Event.Time)
	require.Zero(t, c.Event.Recorded, "only the door says when an event was recorded")
	for path, pointer := range map[string]string{"negotiation": "/subject", "writer": "/source", "id": "/id", "act.for": "/data/act/for"} {
		require.Equal(t, pointer, c.Place(path).Pointer)
	}

	for _, x := range []struct{ name, old, new, want string }{
		{"transport", `"subject"`, `"traceparent":"00-1","sequence":"7","dataschema":"https://example.org","subject"`, ``},
		{"no data content type", `"datacontenttype":"application/json",`, ``, ``},
		{"no time", `"time":"2025-11-01T17:00:00+05:00",`, ``, ``},
		{"another version", `"1.0"`, `"0.3"`, `/specversion [bad-value] "" not CloudEvents 1.0; write 1.0`},
		{"a number for a version", `"1.0"`, `1`, `/specversion [bad-value] "" not CloudEvents 1.0; write 1.0`},
		{
			"attributes of others", `"subject"`, `"com.example/x":5,"subject"`,
			`/com/example~1x [unknown-field] "com.example/x" the log does not keep this attribute; put what it says into data, or take it out`,
		},
		{
			"base64", `"data":{"occurred":"2025","act":{"for":"hosting"}}`, `"data_base64":"e30="`,
			`/data_base64 [unknown-field] "data_base64" the log does not keep this attribute; put what it says into data, or take it out` + "\n" +
				`/data/occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`,
		},
		{
			"a negotiation among the data", `"subject":"talks",`, ``,
			`/subject [missing] "" negotiation is required; write the id of the negotiation`,
		},
		{
			"attributes among the data", `"occurred"`, `"negotiation":"other","occurred"`,
			`/data/negotiation [unknown-field] "data.negotiation" the log does not keep this attribute; put what it says into data, or take it out`,
		},
		{"text for data", `{"occurred":"2025","act":{"for":"hosting"}}`, `"hosting"`, `/data [unknown-field] "data" the log does not keep this attribute; put what it says into data, or take it out` + "\n" +
			`/data/occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`},
		{"no data", `{"occurred":"2025","act":{"for":"hosting"}}`, `{}`, `/data/occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`},
		{"an unknown version of a type", `v1`, `v2`, `/type [unknown-type] "parley.ThanksExpressed.v2" no such type of act; did you mean parley.ThanksExpressed.v1?`},
	} {
		t.Run(x.name, func(t *testing.T) {
			require.Contains(t, cloud, x.old)
			lines := read(intake.Lines, "", strings.Replace(cloud, x.old, x.new, 1))
			got := strings.Join(lines[1:], "\n")
			require.Equal(t, x.want, strings.ReplaceAll(got, "row 1, ", ""))
		})
	}
}

// A line that was read from a branch has one fault, however much it says of the branch;
// what else is wrong with it is told too.
func TestLinesOfABranch(t *testing.T) {
	const supposition = `,"supposition":{"name":"b1","hypothetical":true,"parent":"record","fork":"185","author":"A","purpose":"P","without":["x"]}}`
	for name, c := range map[string]struct{ line, pointer string }{
		"its own":           {strings.Replace(strings.TrimSuffix(cloud, "}"), `{`, `{"hypothetical":"b1",`, 1) + supposition, "/hypothetical"},
		"what it stands on": {strings.TrimSuffix(cloud, "}") + supposition, "/supposition"},
		"flat":              {strings.TrimSuffix(flat, "}") + supposition, "/supposition"},
		"shown":             {strings.TrimSuffix(flat, "}") + `,"hypothetical":{"name":"b1","hypothetical":true}}`, "/hypothetical"},
	} {
		t.Run(name, func(t *testing.T) {
			in, faults := intake.Lines("in.ndjson", strings.NewReader(c.line))
			require.Empty(t, faults)
			require.Len(t, in[0].Faults, 1)
			f := in[0].Faults[0]
			require.Equal(t, domain.NotAllowed, f.Problem)
			require.Equal(t, c.pointer, f.Pointer)
			require.Equal(t, "b1", f.Read)
			require.Contains(t, f.Hint, "its own source")
		})
	}
	in, _ := intake.Lines("in.ndjson", strings.NewReader(strings.Replace(strings.TrimSuffix(cloud, "}")+supposition, `"occurred":"2025"`, `"occurred":"soon"`, 1)))
	require.Len(t, in[0].Faults, 2)
}

// Compressed input has one fault, which says so, in whatever form it was to be read.
func TestCompressed(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for i := range 1000 {
		_, err := fmt.Fprintln(w, strings.Replace(flat, `"a"`, fmt.Sprintf(`"a%d"`, i*i), 1))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	for name, read := range map[string]func(string, io.Reader) ([]domain.Candidate, domain.Faults){"lines": intake.Lines, "table": intake.Table} {
		for _, text := range []string{packed.String(), "PK\x03\x04" + packed.String()} {
			in, faults := read("in.gz", strings.NewReader(text))
			require.Empty(t, in, name)
			require.Len(t, faults, 1, name)
			require.Equal(t, "in.gz", faults[0].File)
			require.Contains(t, faults[0].Reason, "compressed")
			require.NotEmpty(t, faults[0].Hint)
		}
	}
}

// Looking at how an input begins loses nothing of it, and asks no more often than needed.
func TestUnpackedIsWhatWasGiven(t *testing.T) {
	for _, text := range []string{"", "BZ", "BZh", "key", strings.Repeat(flat+"\n", 100)} {
		r, packed := intake.Unpacked("in", iotest.OneByteReader(strings.NewReader(text)))
		require.Nil(t, packed)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
	broken := errors.New("broken")
	asked := 0
	r, _ := intake.Unpacked("in", io.MultiReader(strings.NewReader("abc"), readerFunc(func([]byte) (int, error) { asked++; return 0, broken })))
	got, err := io.ReadAll(r)
	require.ErrorIs(t, err, broken)
	require.Equal(t, "abc", string(got))
	require.Equal(t, 1, asked)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
