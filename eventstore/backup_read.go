package eventstore

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"parley/eventstore/seal"

	"github.com/go-json-experiment/json"
)

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
	if err := json.Unmarshal(line, &b.head); err != nil || b.head.Format != BackupFormat && b.head.Format != olderBackup {
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
// be: a restore writes them all, and who signed their number may not be known.
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

// olderRemark is told of a backup that has no manifest.
const olderRemark = "the backup is of an older format: no signature speaks of its branches, of what is missing in it and of how far its positions went"

// checkManifest compares what the backup says of itself, and the branches in it, with
// what was signed. Of an older backup there is only something to remark; where it was
// to be checked with a key, older says that this will do.
func (b *backupReader) checkManifest(s Signer, older bool, c *seal.Checkpoint, branches *branchSum) (remarks []string, err error) {
	switch {
	case b.head.Format != olderBackup:
	case b.end.Manifest != "":
		return nil, &SignatureError{Where: b.where, Of: "manifest", Err: fmt.Errorf("a backup of the format %q has none, so its first line was changed", olderBackup)}
	case s != nil && s(c.Origin) != nil && !older:
		return nil, &SignatureError{Where: b.where, Of: "manifest", Older: true, Err: errors.New("there is none; " + olderRemark)}
	default:
		return []string{olderRemark}, nil
	}
	text, err := s.openText(c.Origin, []byte(b.end.Manifest))
	if err != nil {
		return nil, &SignatureError{Where: b.where, Of: "manifest", Err: err}
	}
	if text != b.end.manifest(c, branches) {
		return nil, &IntegrityError{Where: b.where, Count: 1, First: Finding{
			Detail: "its branches, or what it says is missing in it and how far it goes, are not what was signed with it",
		}}
	}
	return nil, nil
}
