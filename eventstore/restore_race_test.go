package eventstore

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// meanwhile does something when all that it reads was read.
type meanwhile struct {
	from io.Reader
	do   func()
}

func (m *meanwhile) Read(b []byte) (int, error) {
	n, err := m.from.Read(b)
	if err == io.EOF && m.do != nil {
		m.do()
		m.do = nil
	}
	return n, err
}

// Of two restores into one folder at once the later one is told that the folder is not
// empty, as if it had come after the other.
func TestRestoreOfWhoeverIsLater(t *testing.T) {
	backup, _ := signedTalks(t)
	for name, empty := range map[string]bool{"a new folder": false, "an empty folder": true} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "new")
			if empty {
				require.NoError(t, os.Mkdir(to, 0o700))
			}
			first := func() {
				_, err := Restore(t.Context(), "it", bytes.NewReader(backup), Options{Dir: to}, RestoreOptions{})
				require.NoError(t, err)
			}
			_, err := Restore(t.Context(), "it", &meanwhile{bytes.NewReader(backup), first}, Options{Dir: to}, RestoreOptions{})
			var option *OptionError
			require.ErrorAs(t, err, &option)
			require.ErrorContains(t, err, "is not empty")
			require.NoError(t, verified(t, openDir(t, to), nil).Err())
			left, err := filepath.Glob(filepath.Join(filepath.Dir(to), "*"))
			require.NoError(t, err)
			require.Equal(t, []string{to}, left)
		})
	}
}
