package live

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A source that was quiet for long, since nobody appended, has not failed for long when
// it fails once.
func TestQuietSourceMayFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.append("talks", small("talks", 0, 3)...)
		failed := false
		m.fail = func(read int) error {
			if read > 4 && !failed { // the entry after the quiet
				failed = true
				return errRead
			}
			return nil
		}
		r, stop := running(t, m, Options{})
		require.NoError(t, r.Hub().WaitFor(t.Context(), "talks", 3))
		time.Sleep(10 * patienceDefault)
		m.append("talks", small("talks", 3, 1)...)
		require.NoError(t, r.Hub().WaitFor(t.Context(), "talks", 4))
		require.True(t, failed)
		require.NoError(t, stop())
	})
}
