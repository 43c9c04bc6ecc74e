package export

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"parley/domain"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// messages reads a file whole.
func messages(t fataler, file string) [][]byte {
	t.Helper()
	var out [][]byte
	for raw, err := range Messages(strings.NewReader(file)) {
		require.NoError(t, err)
		out = append(out, raw)
	}
	return out
}

// stored are entries of nothing but bytes.
func stored(all ...string) []domain.Entry {
	var log []domain.Entry
	for i, raw := range all {
		log = append(log, domain.Entry{Position: uint64(i) + 1, Raw: []byte(raw)})
	}
	return log
}

// TestCloudEventsAreTheBytes: of the worked example every line is the message as it
// is stored.
func TestCloudEventsAreTheBytes(t *testing.T) {
	log := example(t)
	file := text(t, func(w io.Writer) (Tally, error) { return CloudEvents(w, held(log)) })
	lines := strings.Split(strings.TrimSuffix(file, "\n"), "\n")
	require.Len(t, lines, len(log))
	for i, e := range log {
		require.Equal(t, string(e.Raw), lines[i])
	}
}

func TestCloudEventsEscapes(t *testing.T) {
	log := stored(`{"a":1}`, `no JSON`, "", "{\n}", `{"parley-raw-base64":"eA=="}`, "\"\xff\"", `"x"`, "{\"a\":1}\r")
	var b bytes.Buffer
	tally, err := CloudEvents(&b, held(log))
	require.NoError(t, err)
	require.Equal(t, Tally{Written: 8, Escaped: 6}, tally)
	require.Equal(t, `{"a":1}
{"parley-raw-base64":"bm8gSlNPTg=="}
{"parley-raw-base64":""}
{"parley-raw-base64":"ewp9"}
{"parley-raw-base64":"eyJwYXJsZXktcmF3LWJhc2U2NCI6ImVBPT0ifQ=="}
{"parley-raw-base64":"Iv8i"}
"x"
{"parley-raw-base64":"eyJhIjoxfQ0="}
`, b.String())
	require.Len(t, messages(t, b.String()), len(log))
}

// TestLawMessagesAreReadBack: whatever bytes are stored, the file gives them back,
// and every line of it is JSON.
func TestLawMessagesAreReadBack(t *testing.T) {
	anything := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"{}", "\n", rawPrefix, rawPrefix + rawSuffix, `{"a":"\n"}`, "[1,\n2]", "null"}))
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(anything).Draw(t, "messages")
		file := text(t, func(w io.Writer) (Tally, error) { return CloudEvents(w, held(stored(all...))) })
		for line := range strings.Lines(file) {
			require.True(t, jsontext.Value(line).IsValid(), line)
		}
		got := messages(t, file)
		require.Len(t, got, len(all))
		for i := range all {
			require.Equal(t, all[i], string(got[i]))
		}
	})
}

// TestMessagesRefuses: a file that is not what was written is told from one that is.
func TestMessagesRefuses(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"{}\n{}", "line 2: it has no end: the file is cut off"},
		{"{}\n\n{}\n", "line 2: it is not JSON"},
		{"{}\r\n", "line 1: it is not JSON"},
		{rawPrefix + "eA=" + rawSuffix + "\n", "line 1: its bytes are not in base64"},
		{rawPrefix + "eA==\n", "line 1: its bytes are not in base64"},
		{rawPrefix + "e30=" + rawSuffix + "\n", "line 1: its bytes are escaped without need"},
	} {
		var errs []string
		for _, err := range Messages(strings.NewReader(c.file)) {
			if err != nil {
				errs = append(errs, err.Error())
			}
		}
		require.Equal(t, []string{c.want}, errs, c.file)
	}
}

// FuzzMessages: no file makes the reader panic, and what it accepts whole is what
// would be written of it.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("{}\n" + rawPrefix + "eA==" + rawSuffix + "\n"))
	f.Add([]byte("{}\r\n"))
	f.Add([]byte(rawPrefix + "\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var all []string
		for raw, err := range Messages(bytes.NewReader(file)) {
			if err != nil {
				return
			}
			all = append(all, string(raw))
		}
		require.Equal(t, string(file), text(t, func(w io.Writer) (Tally, error) { return CloudEvents(w, held(stored(all...))) }))
	})
}

// TestLogErrors: an error of the log ends every export that goes through one.
func TestLogErrors(t *testing.T) {
	broken := func(yield func(domain.Entry, error) bool) {
		for _, e := range golden(t)[:3] {
			if !yield(e, nil) {
				return
			}
		}
		yield(domain.Entry{}, io.ErrUnexpectedEOF)
	}
	for _, write := range []func(io.Writer, Log) (Tally, error){CloudEvents, Lines, Table} {
		_, err := write(io.Discard, broken)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, err = write(full{}, held(slices.Repeat(golden(t), 100)))
		require.ErrorIs(t, err, io.ErrShortWrite)
	}
	for name, write := range formats {
		_, err := write(full{}, seen(t, golden(t), ""))
		require.ErrorIs(t, err, io.ErrShortWrite, name)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
