package export

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// An entry whose bytes cannot stand on a line as they are stands there as a JSON
// object with this one member, its bytes in base64 (RFC 4648, padded).
const (
	rawPrefix = `{"parley-raw-base64":"`
	rawSuffix = `"}`
)

// maxLine is the longest line that [Messages] reads: the largest message that a
// server takes (64 MiB), in base64.
const maxLine = 96 << 20

// CloudEvents writes the stored bytes of every entry of a log, one a line, in the
// order of the log. Parked entries are among them, so that the file has everything
// that integrity is computed over.
//
// Bytes that are no JSON value, hold a line break, or begin as an escape does are
// escaped. Every line is JSON, and [Messages] gives back the very bytes.
func CloudEvents(w io.Writer, log Log) (Tally, error) {
	var t Tally
	for e, err := range log {
		if err != nil {
			return t, err
		}
		line := e.Raw
		if !plainLine(line) {
			t.Escaped++
			line = fmt.Append(nil, rawPrefix, base64.StdEncoding.EncodeToString(e.Raw), rawSuffix)
		}
		if _, err := w.Write(line); err != nil {
			return t, err
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return t, err
		}
		t.Written++
	}
	return t, nil
}

// plainLine tells whether bytes can be a line as they are.
func plainLine(raw []byte) bool {
	return !bytes.ContainsAny(raw, "\r\n") && !bytes.HasPrefix(raw, []byte(rawPrefix)) && jsontext.Value(raw).IsValid()
}

// Messages reads what [CloudEvents] wrote: the stored bytes of each entry, in
// order. The bytes are the caller's. An error, which names the line, is the last
// thing yielded. A line that CloudEvents would not have written is an error: a
// file that was edited is no longer the log.
func Messages(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		for n := 1; ; n++ {
			line, err := readLine(in)
			if errors.Is(err, io.EOF) {
				return
			}
			var raw []byte
			if err == nil {
				raw, err = message(line)
			}
			if err != nil {
				yield(nil, fmt.Errorf("line %d: %w", n, err))
				return
			}
			if !yield(raw, nil) {
				return
			}
		}
	}
}

// readLine reads a line without its end. The last one has an end too.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && len(line) <= maxLine:
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("it is longer than %d bytes", maxLine)
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, errors.New("it has no end: the file is cut off")
		case err != nil:
			return nil, err
		default:
			return line[:len(line)-1], nil
		}
	}
}

// message is the stored bytes that a line stands for.
func message(line []byte) ([]byte, error) {
	coded, escaped := bytes.CutPrefix(line, []byte(rawPrefix))
	if !escaped {
		if !plainLine(line) {
			return nil, errors.New("it is not JSON")
		}
		return line, nil
	}
	coded, whole := bytes.CutSuffix(coded, []byte(rawSuffix))
	raw, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, coded)
	switch {
	case !whole || err != nil || bytes.ContainsAny(coded, "\r\n"):
		return nil, errors.New("its bytes are not in base64")
	case plainLine(raw):
		return nil, errors.New("its bytes are escaped without need")
	}
	return raw, nil
}
