package eventstore

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"time"

	"parley/eventstore/seal"

	"github.com/go-json-experiment/json"
)

// BackupFormat is the first thing in a backup. A backup is a gzip file of lines of
// JSON, each of those that describe a message followed by the stored bytes
// themselves and a line feed:
//
//	{"format":"parley backup 2","time":"2026-11-22T10:00:00Z","source":"…","entries":217}
//	{"stream":"PARLEY","position":1,"subject":"parley.record.talks","hash":"lOPn…","bytes":593}
//	{"specversion":"1.0",…}
//	…
//	{"end":true,"entries":217,"branchEntries":3,"last":{"PARLEY":217,"PARLEY_BRANCHES":12},"checkpoint":"parley/…","manifest":"parley/…"}
//
// First the record, then the branches, each in the order of its stream. The hash is
// that of the bytes (see package seal); the checkpoint at the end is signed, and
// speaks of the record as it is in the backup. The end of a backup of a damaged store
// has "missing" and "branchMissing" as well, ranges of positions of the two streams.
// Where entries of the record are not what the folder's hashes say, "altered" has their
// positions, and the checkpoint is of what stood there.
// What the checkpoint does not speak of stands in the manifest, which is signed with
// the same key (see [backupEnd.manifest]).
const BackupFormat = "parley backup 2"

// olderBackup is the format before, which is read as well. It has no manifest.
const olderBackup = "parley backup 1"

type backupHead struct {
	Format  string    `json:"format"`
	Time    time.Time `json:"time"`
	Source  string    `json:"source"`
	Entries uint64    `json:"entries"` // about how many will come, for progress
}

type backupItem struct {
	Stream   string    `json:"stream,omitzero"`
	Position uint64    `json:"position,omitzero"`
	Subject  string    `json:"subject,omitzero"`
	Hash     seal.Hash `json:"hash,omitzero"`
	Bytes    int       `json:"bytes"`

	backupEnd
}

type backupEnd struct {
	End           bool              `json:"end,omitzero"`
	Entries       int64             `json:"entries,omitzero"`
	BranchEntries int64             `json:"branchEntries,omitzero"`
	Last          map[string]uint64 `json:"last,omitzero"` // position that each stream had reached
	Missing       []Range           `json:"missing,omitzero"`
	Altered       []Range           `json:"altered,omitzero"`
	BranchMissing []Range           `json:"branchMissing,omitzero"`
	Checkpoint    string            `json:"checkpoint,omitzero"`
	Manifest      string            `json:"manifest,omitzero"`
}

// manifest is the text that is signed of what the end of a backup says beside the
// checkpoint. It names the checkpoint by its hash, so that it stands with no other:
//
//	parley/80b21326fb004165
//	backup
//	checkpoint lOPn…
//	entries 217
//	branches 3 8v2k…
//	last PARLEY 217
//	last PARLEY_BRANCHES 12
//	missing PARLEY 5 9
//	missing PARLEY_BRANCHES 3 4
//	altered PARLEY 11 11
//
// The first line is the name of the key, the root of the branches one over the lines
// of [branchSum], in the order of their stream. No checkpoint has such a second line.
func (e *backupEnd) manifest(c *seal.Checkpoint, branches *branchSum) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nbackup\ncheckpoint %s\nentries %d\n", c.Origin, seal.Leaf([]byte(c.Format())), e.Entries)
	fmt.Fprintf(&b, "branches %d %s\n", e.BranchEntries, branches.lines.Root())
	for _, stream := range backedUp {
		fmt.Fprintf(&b, "last %s %d\n", stream, e.Last[stream])
	}
	for _, r := range e.Missing {
		fmt.Fprintf(&b, "missing %s %d %d\n", RecordStream, r.From, r.To)
	}
	for _, r := range e.BranchMissing {
		fmt.Fprintf(&b, "missing %s %d %d\n", BranchStream, r.From, r.To)
	}
	for _, r := range e.Altered {
		fmt.Fprintf(&b, "altered %s %d %d\n", RecordStream, r.From, r.To)
	}
	return b.String()
}

// branchSum is over the entries of the branches, which no checkpoint speaks of.
type branchSum struct{ lines seal.Range }

func (b *branchSum) add(m stored) {
	line := fmt.Appendf(nil, "%d %s %s", m.position, m.subject, seal.Leaf(m.data))
	b.lines.Add(seal.Leaf(line))
}

// backedUp are the streams in a backup, in their order.
var backedUp = []string{RecordStream, BranchStream}

type backupWriter struct {
	zip *gzip.Writer
	buf *bufio.Writer
}

func newBackupWriter(w io.Writer) *backupWriter {
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		panic("eventstore: " + err.Error()) // the level is one of its own
	}
	return &backupWriter{zip, bufio.NewWriterSize(zip, 256<<10)}
}

func (b *backupWriter) line(v any) error {
	if err := json.MarshalWrite(b.buf, v); err != nil {
		return err
	}
	return b.buf.WriteByte('\n')
}

func (b *backupWriter) item(i backupItem, data []byte) error {
	if err := b.line(i); err != nil {
		return err
	}
	if _, err := b.buf.Write(data); err != nil {
		return err
	}
	return b.buf.WriteByte('\n')
}

func (b *backupWriter) end(e backupEnd) error {
	if err := b.line(e); err != nil {
		return err
	}
	if err := b.buf.Flush(); err != nil {
		return err
	}
	return b.zip.Close()
}
