package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What computes for minutes ends soon after it is told to, and what serves as well.
func TestEndsInTheMidstOfAFold(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	var heavy strings.Builder
	for i := range 12_000 {
		fmt.Fprintf(&heavy, `{"negotiation":"talks","key":"k%d","type":"CommitmentRetracted","occurred":"2026-04","actors":["north"],"act":{"draft":"lake-draft","what":"draft"}}`+"\n", i)
	}
	file := filepath.Join(t.TempDir(), "heavy.ndjson")
	require.NoError(t, os.WriteFile(file, []byte(heavy.String()), 0o600))
	must(t, "import", file, "--data", data)
	for _, args := range [][]string{{"state", "talks", "drafts"}, {"serve", "--http", "127.0.0.1:0"}} {
		b := inBackground(t, append(args, "--data", data)...)
		time.Sleep(3 * time.Second) // it has begun to fold, if the machine is not too busy
		require.NoError(t, b.cmd.Process.Signal(syscall.SIGTERM))
		ended := make(chan error, 1)
		go func() { ended <- b.cmd.Wait() }()
		select {
		case err := <-ended:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				require.Equal(t, exitInterrupted, exit.ExitCode(), "%s", b.err.String())
			}
		case <-time.After(4 * orderly):
			require.Fail(t, "it goes on", "%v: %s", args, b.err.String())
		}
	}
}
