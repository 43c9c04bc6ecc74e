package seal

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint says what a store held.
type Checkpoint struct {
	Origin string
	Size   int64 // entries
	Root   Hash  // of the index
	Logs   []LogRoot
}

// LogRoot says what one log held.
type LogRoot struct {
	Name string `json:"negotiation"`
	Size int64  `json:"size"` // entries, parked ones too
	Root Hash   `json:"root"`
}

// Log finds a log by its name.
func (c *Checkpoint) Log(name string) (LogRoot, bool) {
	i, ok := slices.BinarySearchFunc(c.Logs, name, func(l LogRoot, name string) int { return cmp.Compare(l.Name, name) })
	if !ok {
		return LogRoot{}, false
	}
	return c.Logs[i], true
}

// Checkpoint is the checkpoint of all lines so far.
func (r *Roll) Checkpoint(origin string) *Checkpoint {
	c := &Checkpoint{Origin: origin, Size: r.index.size, Root: r.index.Root()}
	for name, log := range r.logs {
		c.Logs = append(c.Logs, LogRoot{name, log.size, log.Root()})
	}
	slices.SortFunc(c.Logs, func(a, b LogRoot) int { return cmp.Compare(a.Name, b.Name) })
	return c
}

// Format writes the text that is signed.
func (c *Checkpoint) Format() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
	for _, l := range c.Logs {
		fmt.Fprintf(&b, "%s %d %s\n", l.Name, l.Size, l.Root)
	}
	return b.String()
}

// ParseCheckpoint reads what Format wrote, and nothing else.
func ParseCheckpoint(text string) (*Checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return nil, errors.New("a checkpoint has an origin, a size and a root")
	}
	c := &Checkpoint{Origin: lines[0]}
	var err error
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return nil, fmt.Errorf("checkpoint: %q is no number of entries", lines[1])
	}
	if c.Root, err = parseHash(lines[2]); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	total := int64(0)
	for _, line := range lines[3:] {
		f := strings.Split(line, " ")
		if len(f) != 3 || f[0] == "" {
			return nil, fmt.Errorf("checkpoint: %q is no log, size and root", line)
		}
		l := LogRoot{Name: f[0]}
		if l.Size, err = strconv.ParseInt(f[1], 10, 64); err != nil || l.Size < 1 {
			return nil, fmt.Errorf("checkpoint: %q is no number of entries", f[1])
		}
		if l.Root, err = parseHash(f[2]); err != nil {
			return nil, fmt.Errorf("checkpoint: %w", err)
		}
		if n := len(c.Logs); n > 0 && c.Logs[n-1].Name >= l.Name {
			return nil, fmt.Errorf("checkpoint: %s stands after %s", l.Name, c.Logs[n-1].Name)
		}
		c.Logs = append(c.Logs, l)
		total += l.Size
	}
	if total != c.Size {
		return nil, fmt.Errorf("checkpoint: its logs have %d entries, but it says %d", total, c.Size)
	}
	if c.Format() != text {
		return nil, errors.New("a checkpoint is not written like this")
	}
	return c, nil
}

// Sign makes a signed checkpoint. Its origin is the name of the key.
func Sign(c *Checkpoint, key note.Signer) ([]byte, error) {
	c.Origin = key.Name()
	return note.Sign(&note.Note{Text: c.Format()}, key)
}

// SignText signs another text than a checkpoint. Its first line is the name of the
// key, the second none that a checkpoint could have.
func SignText(text string, key note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, key)
}

// Open reads a signed checkpoint and checks its signature, if a key is given; other
// signatures, of witnesses, are passed over.
func Open(signed []byte, key note.Verifier) (*Checkpoint, error) {
	text, err := OpenText(signed, key)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return ParseCheckpoint(text)
}

// OpenText is [Open] for any text.
func OpenText(signed []byte, key note.Verifier) (string, error) {
	keys := note.VerifierList()
	if key != nil {
		keys = note.VerifierList(key)
	}
	n, err := note.Open(signed, keys)
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		if n = unverified.Note; key != nil {
			return "", fmt.Errorf("it is not signed with the key %s, but by %s", key.Name(), signers(n))
		}
	} else if err != nil {
		return "", err
	}
	if err := oneSpelling(n, signed); err != nil {
		return "", err
	}
	return n.Text, nil
}

func signers(n *note.Note) string {
	var names []string
	for _, s := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		names = append(names, s.Name)
	}
	return strings.Join(names, " and ")
}

// oneSpelling refuses signatures that are written in another way than they would
// be: base64 can say the same in several.
func oneSpelling(n *note.Note, signed []byte) error {
	_, lines, _ := bytes.Cut(signed, []byte("\n\n"))
	for line := range bytes.Lines(lines) {
		f := bytes.Split(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		if _, err := base64.StdEncoding.Strict().DecodeString(string(f[len(f)-1])); err != nil {
			return fmt.Errorf("a signature of %s is not written in base64 as it must be", signers(n))
		}
	}
	return nil
}

// Change is how a log differs from an older checkpoint.
type Change struct {
	Log    string `json:"negotiation,omitzero"` // empty for the order of the whole store
	Detail string `json:"detail"`
}

// Changes lists what is not as the older checkpoint says, nothing if the store has
// only grown since.
func (r *Roll) Changes() []Change {
	var out []Change
	if r.old == nil {
		return nil
	}
	for _, want := range r.old.Logs {
		have := int64(0)
		if l := r.logs[want.Name]; l != nil {
			have = l.size
		}
		switch {
		case have < want.Size:
			out = append(out, Change{want.Name, fmt.Sprintf("it has %d entries, and had %d", have, want.Size)})
		case r.bad[want.Name]:
			out = append(out, Change{want.Name, fmt.Sprintf("its first %d entries are not those that the checkpoint was made of", want.Size)})
		}
	}
	if len(out) == 0 && (r.shape || r.index.size < r.old.Size) {
		out = append(out, Change{"", fmt.Sprintf("every negotiation is as it was, but the first %d entries do not stand at the positions where they stood", r.old.Size)})
	}
	return out
}
