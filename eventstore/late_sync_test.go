package eventstore

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What is written is synced once, after the delay, and before the file is closed. A
// pipe tells, for it cannot be synced.
func TestLateSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in, err := os.Pipe()
		require.NoError(t, err)
		defer out.Close()
		defer in.Close()
		told := make(chan error, 8)
		l := &lateSync{file: in, what: "the pipe", delay: time.Second, warn: func(err error) { told <- err }}
		require.NoError(t, l.end(), "nothing was written")

		for range 3 {
			l.written()
			time.Sleep(l.delay / 4)
		}
		require.Empty(t, told, "before the delay is over")
		time.Sleep(l.delay)
		synctest.Wait()
		require.Len(t, told, 1)
		err = <-told
		require.ErrorIs(t, err, unix.EINVAL)
		require.ErrorContains(t, err, "the pipe")

		l.written()
		require.ErrorIs(t, l.end(), unix.EINVAL, "what is open is synced at the end")
		time.Sleep(2 * l.delay)
		synctest.Wait()
		require.Empty(t, told, "and not once more after it")
	})
}
