package eventstore

import (
	"fmt"
	"os"

	"parley/eventstore/blocks"
)

// passUnmade finds the streams that a first start had begun to make when it was killed,
// and takes them for not there: nothing was ever recorded in them. The server would not
// know them, nor make them anew over what stands there.
func (x *examined) passUnmade(f folder) error {
	for stream, r := range x.reports {
		unmade, err := f.isUnmade(stream, r, x.mark)
		if err != nil {
			return fmt.Errorf("stream %s: %w", stream, err)
		}
		if unmade {
			r.Exists, r.Meta = false, nil
			x.unmade = append(x.unmade, stream)
		}
	}
	return nil
}

// isUnmade tells whether a stream has files, but no whole one that says what it is, and
// there is no sign that it ever held anything.
func (f folder) isUnmade(stream string, r *blocks.Report, mark marks) (bool, error) {
	if r.Meta == nil || *mark.of(stream) > 0 {
		return false, nil
	}
	if stream == RecordStream {
		// Not a byte of them either: what is damaged may have been hashes.
		if info, err := os.Stat(f.path(hashesFile)); err == nil && info.Size() > int64(len(hashesHead)) {
			return false, nil
		}
	}
	dir := f.streamDir(stream)
	if _, err := os.Stat(dir); err != nil {
		return false, nil // it is not there, or Inspect has told
	}
	used, err := blocks.Used(dir)
	return !used, err
}

// removeUnmade makes room for streams that were not made whole.
func (f folder) removeUnmade(streams []string) error {
	for _, stream := range streams {
		if err := os.RemoveAll(f.streamDir(stream)); err != nil {
			return fmt.Errorf("remove a stream that was not made whole: %w", err)
		}
	}
	return nil
}
