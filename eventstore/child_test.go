package eventstore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The environment of a child process.
const (
	childRole  = "PARLEY_TEST_CHILD"
	childDir   = "PARLEY_TEST_DIR"
	childCount = "PARLEY_TEST_COUNT"
	childWait  = "PARLEY_TEST_WAIT" // for the folder
)

// runChild is the main function of a child process. It opens the folder, says
// "ready", and then plays its role until its input ends.
func runChild(role string) int {
	ctx := context.Background()
	switch role {
	case "write":
		return childWriter(ctx)
	case "acknowledge":
		if err := childAcknowledge(ctx); err != nil {
			fmt.Println("error:", err)
			return 1
		}
		return 0
	}
	o := Options{Dir: os.Getenv(childDir), Kind: "child " + role}
	if wait, err := time.ParseDuration(os.Getenv(childWait)); err == nil {
		o.Wait = wait
	}
	if role == "serve" {
		listening(&o)
	}
	s, err := Open(ctx, o)
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println("ready", s.URL())
	if role == "bulk" {
		if err := childBulk(ctx, s); err != nil {
			fmt.Println("error:", err)
			return 1
		}
		fmt.Println("done")
	}
	if role == "import" {
		if err := childImport(ctx, s); err != nil {
			fmt.Println("error:", err)
			return 1
		}
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Close(); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

func childImport(ctx context.Context, s *Store) error {
	n, err := strconv.Atoi(os.Getenv(childCount))
	if err != nil {
		return err
	}
	in := append(offer(registration("talks")), statements("talks", "row", n)...)
	_, err = s.Append(ctx, Any(), in, AppendOptions{Progress: func(done, _ int) { fmt.Println("done", done) }})
	return err
}

// child is a process that uses a folder.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
}

// startChild starts a process and waits until it is ready.
func startChild(t *testing.T, role, dir string, count int) (*child, string) {
	t.Helper()
	c := startProcess(t, role, childDir+"="+dir, childCount+"="+strconv.Itoa(count))
	url, ok := strings.CutPrefix(c.line(), "ready")
	require.True(t, ok)
	return c, strings.TrimSpace(url)
}

// startProcess starts a process of a role, with more in its environment.
func startProcess(t *testing.T, role string, env ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childRole+"="+role), env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{t: t, cmd: cmd, stdin: stdin, lines: make(chan string, 1024)}
	go func() {
		defer close(c.lines)
		for scan := bufio.NewScanner(stdout); scan.Scan(); {
			c.lines <- scan.Text()
		}
	}()
	t.Cleanup(c.kill)
	return c
}

// line is the next line that the process prints.
func (c *child) line() string {
	c.t.Helper()
	select {
	case l, ok := <-c.lines:
		require.True(c.t, ok, "the child ended early")
		require.NotContains(c.t, l, "error:")
		return l
	case <-time.After(soon):
		require.FailNow(c.t, "the child says nothing")
		return ""
	}
}

// end lets the process end by itself.
func (c *child) end() {
	c.t.Helper()
	require.NoError(c.t, c.stdin.Close())
	c.join()
}

// join waits until the process has ended well.
func (c *child) join() {
	c.t.Helper()
	for l := range c.lines {
		require.NotContains(c.t, l, "error:")
	}
	require.NoError(c.t, c.cmd.Wait())
}

// kill ends the process as kill -9 does.
func (c *child) kill() {
	if c.cmd.ProcessState != nil {
		return
	}
	_ = c.cmd.Process.Kill()
	for range c.lines {
	}
	_ = c.cmd.Wait()
}
