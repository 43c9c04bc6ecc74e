package eventstore

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
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
//	{"format":"parley backup 1","time":"2026-11-22T10:00:00Z","source":"…","entries":217}
//	{"stream":"PARLEY","position":1,"subject":"parley.record.talks","hash":"lOPn…","bytes":593}
//	{"specversion":"1.0",…}
//	…
//	{"end":true,"entries":217,"branchEntries":3,"last":{"PARLEY":217,"PARLEY_BRANCHES":12},"checkpoint":"parley/…"}
//
// First the record, then the branches, each in the order of its stream. The hash is
// that of the bytes (see package seal); the checkpoint at the end is signed, and
// speaks of the record as it is in the backup. The end of a backup of a damaged store
// has "missing" and "branchMissing" as well, ranges of positions of the two streams.
const BackupFormat = "parley backup 1"

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
	BranchMissing []Range           `json:"branchMissing,omitzero"`
	Checkpoint    string            `json:"checkpoint,omitzero"`
}

// BackupReport says what a backup holds.
type BackupReport struct {
	Entries       int64
	BranchEntries int64
	Missing       []Range // positions of the record that could not be read
	BranchMissing []Range // positions of the branches that are known to be lost
	Checkpoint    *seal.Checkpoint
	Signed        []byte
}

// Backup writes the record and the branches as they are at the time of the call. Of
// a damaged store it writes what reads, and says what is missing.
func (s *Store) Backup(ctx context.Context, w io.Writer, key seal.Key, progress func(done, total int)) (*BackupReport, error) {
	r, err := s.backup(ctx, w, key, progress)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", s.explain(ctx, err))
	}
	return r, nil
}

func (s *Store) backup(ctx context.Context, w io.Writer, key seal.Key, progress func(done, total int)) (*BackupReport, error) {
	heads, last := map[string]uint64{}, map[string]uint64{}
	for _, x := range backedUp {
		has, err := s.state(ctx, x.stream, "")
		if err != nil {
			return nil, err
		}
		last[x.stream] = has.LastSeq // also of what was dropped since
		if heads[x.stream], err = s.head(ctx, x.stream, x.filter); err != nil {
			return nil, err
		}
		if heads[x.stream] == 0 && has.Msgs > 0 {
			return nil, s.unreadable(x.stream, x.filter, has.FirstSeq, has.LastSeq)
		}
		last[x.stream] = max(last[x.stream], heads[x.stream])
	}
	b := newBackupWriter(w)
	total := heads[RecordStream]
	if err := b.line(backupHead{BackupFormat, s.opts.Now().UTC().Truncate(time.Second), s.where, total}); err != nil {
		return nil, err
	}
	report := &BackupReport{}
	var roll seal.Roll
	for _, x := range backedUp {
		if heads[x.stream] == 0 {
			continue
		}
		var failed error
		err := s.pull(ctx, pullRequest{stream: x.stream, filter: x.filter, from: 1, to: heads[x.stream]}, func(m stored) bool {
			l := lineOf(m)
			if x.stream == RecordStream {
				if next := roll.Last() + 1; m.position > next {
					report.Missing = append(report.Missing, Range{next, m.position - 1})
				}
				failed = roll.Add(l)
			} else {
				report.BranchEntries++
			}
			if failed == nil {
				failed = b.item(backupItem{Stream: x.stream, Position: m.position, Subject: m.subject, Hash: l.Leaf, Bytes: len(m.data)}, m.data)
			}
			if progress != nil && m.position%1000 == 0 && x.stream == RecordStream {
				progress(int(m.position), int(total))
			}
			return failed == nil
		}, func() {})
		if err := errors.Join(err, failed); err != nil {
			return nil, err
		}
	}
	report.Missing = s.notGivenUp(report.Missing)
	if s.damage != nil {
		report.BranchMissing = s.damage.LostOf(BranchStream)
		for _, r := range s.damage.LostOf(RecordStream) { // its end may be gone, too
			if r.To > roll.Last() {
				report.Missing = append(report.Missing, Range{max(r.From, roll.Last()+1), r.To})
				last[RecordStream] = max(last[RecordStream], r.To)
			}
		}
	}
	var err error
	report.Checkpoint = roll.Checkpoint("")
	report.Entries = report.Checkpoint.Size
	if report.Signed, err = seal.Sign(report.Checkpoint, key); err != nil {
		return nil, err
	}
	return report, b.end(backupEnd{
		End: true, Entries: report.Entries, BranchEntries: report.BranchEntries,
		Last: last, Missing: report.Missing, BranchMissing: report.BranchMissing, Checkpoint: string(report.Signed),
	})
}

// notGivenUp leaves out the gaps whose loss was accepted: nothing is kept of them.
func (s *Store) notGivenUp(missing []Range) []Range {
	if s.opts.Dir == "" || len(missing) == 0 {
		return missing
	}
	var lost []uint64
	for l, err := range (folder{s.opts.Dir}).kept(nil) {
		if err != nil {
			return missing
		}
		if within(missing, l.Position) {
			lost = append(lost, l.Position)
		}
	}
	return ranges(lost)
}

// backedUp are the streams in a backup, in their order.
var backedUp = []struct{ stream, filter string }{
	{RecordStream, recordPrefix + "*"},
	{BranchStream, branchPrefix + "*.*"},
}

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

// BackupError says that a backup cannot be read whole, and how far it can.
type BackupError struct {
	Where  string
	After  uint64 // last position of the record that reads
	Reason string
}

func (e *BackupError) Error() string {
	return fmt.Sprintf("backup %s is damaged after %s: %s", e.Where, place(e.After), e.Reason)
}

// backupReader reads a backup, a message at a time.
type backupReader struct {
	where string
	zip   *gzip.Reader
	buf   *bufio.Reader
	head  backupHead
	end   *backupEnd        // once all was read
	last  uint64            // position of the record
	seen  map[string]uint64 // position of each stream
}

const (
	backupLineMax  = 64 << 20 // the last line holds a checkpoint, which grows with the negotiations
	backupBytesMax = 64 << 20
	backupGapMax   = 1 << 26 // positions in a row that hold nothing
	backupTailMax  = 1 << 20 // at the end of the record, where they are not said to be missing
)

func openBackup(where string, r io.Reader) (*backupReader, error) {
	b := &backupReader{where: where, seen: map[string]uint64{}}
	var err error
	if b.zip, err = gzip.NewReader(r); err != nil {
		return nil, b.fault("it is no gzip file")
	}
	b.buf = bufio.NewReaderSize(b.zip, 256<<10)
	line, err := b.line()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(line, &b.head); err != nil || b.head.Format != BackupFormat {
		return nil, b.fault(fmt.Sprintf("it does not begin with the format %q", BackupFormat))
	}
	return b, nil
}

func (b *backupReader) fault(reason string) error {
	return &BackupError{b.where, b.last, reason}
}

// line reads a line without its line feed.
func (b *backupReader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := b.buf.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, b.fault("it ends too early, or its compression does not read (" + err.Error() + ")")
		case len(line) > backupLineMax:
			return nil, b.fault("a line of it is too long")
		}
	}
}

// next reads a message. At the end there is none, and b.end says what must have come.
func (b *backupReader) next() (*item, seal.Hash, error) {
	text, err := b.line()
	if err != nil {
		return nil, seal.Hash{}, err
	}
	var x backupItem
	if err := json.Unmarshal(text, &x, json.RejectUnknownMembers(true)); err != nil {
		return nil, seal.Hash{}, b.fault("what describes the next entry does not read")
	}
	if x.End {
		if _, err := b.buf.ReadByte(); !errors.Is(err, io.EOF) {
			return nil, seal.Hash{}, b.fault("something follows its end")
		}
		b.end = &x.backupEnd
		return nil, seal.Hash{}, b.checkEnd()
	}
	if err := b.checkPlace(x); err != nil {
		return nil, seal.Hash{}, err
	}
	if x.Bytes < 0 || x.Bytes > backupBytesMax || x.Position == 0 {
		return nil, seal.Hash{}, b.fault("what describes the next entry does not read")
	}
	data := make([]byte, x.Bytes+1)
	if _, err := io.ReadFull(b.buf, data); err != nil {
		return nil, seal.Hash{}, b.fault("it ends too early, or its compression does not read (" + err.Error() + ")")
	}
	if data[x.Bytes] != '\n' {
		return nil, seal.Hash{}, b.fault("the next entry is not as long as it says")
	}
	b.seen[x.Stream] = x.Position
	b.last = b.seen[RecordStream]
	return &item{x.Stream, stored{subject: x.Subject, position: x.Position, data: data[:x.Bytes]}}, x.Hash, nil
}

// checkPlace refuses an entry that cannot stand where it does.
func (b *backupReader) checkPlace(x backupItem) error {
	known := map[string]string{RecordStream: recordPrefix, BranchStream: branchPrefix}
	prefix, ok := known[x.Stream]
	switch {
	case !ok:
		return b.fault(fmt.Sprintf("it has an entry of a stream %q, which is none of ours", x.Stream))
	case !strings.HasPrefix(x.Subject, prefix):
		return b.fault(fmt.Sprintf("it has an entry with the subject %q in the stream %s", x.Subject, x.Stream))
	case x.Position <= b.seen[x.Stream]:
		return b.fault(fmt.Sprintf("#%d of %s comes after #%d", x.Position, x.Stream, b.seen[x.Stream]))
	case x.Position-b.seen[x.Stream] > backupGapMax:
		return b.fault(fmt.Sprintf("#%d of %s comes after #%d, and nothing between them", x.Position, x.Stream, b.seen[x.Stream]))
	case x.Stream == RecordStream && b.seen[BranchStream] > 0:
		return b.fault("an entry of the record comes after those of branches")
	}
	return nil
}

// checkEnd refuses what the end says of positions that hold nothing, where it cannot
// be: a restore writes them all, and nothing signs their number.
func (b *backupReader) checkEnd() error {
	for stream, last := range b.end.Last {
		seen, most := b.seen[stream], uint64(backupGapMax)
		switch {
		case stream != RecordStream && stream != BranchStream:
			return b.fault(fmt.Sprintf("it speaks of a stream %q, which is none of ours", stream))
		case last < seen:
			return b.fault(fmt.Sprintf("it says that %s ended at #%d, but has #%d", stream, last, seen))
		case stream == RecordStream && last > b.lost():
			most = backupTailMax
			seen = b.lost()
		}
		if last-seen > most {
			return b.fault(fmt.Sprintf("it says that %s went on to #%d, but nothing of it is behind #%d", stream, last, seen))
		}
	}
	return nil
}

// lost is the last position of the record that the backup has, or says is missing.
func (b *backupReader) lost() uint64 {
	reached := b.seen[RecordStream]
	for _, r := range b.end.Missing {
		if r.To <= b.end.Last[RecordStream] && r.To > reached && r.To-reached <= backupGapMax {
			reached = r.To
		}
	}
	return reached
}
