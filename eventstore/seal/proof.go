package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows that an entry is in a log that a checkpoint speaks of.
type Proof struct {
	Log        string
	Index      int64 // from 0
	Path       []Hash
	Stored     []byte
	Checkpoint []byte // signed
}

const proofHead = "parley proof 1"

// Format writes the proof.
func (p *Proof) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nlog %s\nindex %d\n", proofHead, p.Log, p.Index)
	for _, h := range p.Path {
		fmt.Fprintf(&b, "hash %s\n", h)
	}
	fmt.Fprintf(&b, "stored %s\n\n", base64.StdEncoding.EncodeToString(p.Stored))
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof reads what Format wrote, and nothing else. It proves nothing yet.
func ParseProof(text []byte) (*Proof, error) {
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || lines[0] != proofHead {
		return nil, fmt.Errorf("it does not begin with %q", proofHead)
	}
	p := &Proof{Checkpoint: checkpoint}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, " ")
		var err error
		switch name {
		case "log":
			p.Log = value
		case "index":
			p.Index, err = strconv.ParseInt(value, 10, 64)
		case "hash":
			var h Hash
			h, err = parseHash(value)
			p.Path = append(p.Path, h)
		case "stored":
			p.Stored, err = base64.StdEncoding.Strict().DecodeString(value)
		default:
			err = errors.New("is no line of a proof")
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", shorten(line), err)
		}
	}
	if !bytes.Equal(p.Format(), text) {
		return nil, errors.New("a proof is not written like this")
	}
	return p, nil
}

// Check tells whether the proof holds, under the key that signed the checkpoint.
// Without a key the signature is not checked, and the proof holds only for whoever
// has the checkpoint from elsewhere.
func (p *Proof) Check(key note.Verifier) (*Checkpoint, error) {
	c, err := Open(p.Checkpoint, key)
	if err != nil {
		return nil, err
	}
	log, ok := c.Log(p.Log)
	if !ok {
		return nil, fmt.Errorf("the checkpoint does not speak of %s", p.Log)
	}
	if p.Index < 0 || p.Index >= log.Size {
		return nil, fmt.Errorf("there is no entry %d in a log of %d", p.Index, log.Size)
	}
	if err := tlog.CheckRecord(p.Path, log.Size, log.Root, p.Index, Leaf(p.Stored)); err != nil {
		return nil, fmt.Errorf("the entry is not the one at index %d of %s with root %s", p.Index, log.Name, log.Root)
	}
	return c, nil
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
