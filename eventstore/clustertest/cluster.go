package clustertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The users of accounts.conf, with the passwords of node.env.
const (
	Writer    = "writer:change-me-2"
	Admin     = "admin:change-me-3"
	Dashboard = "dashboard:change-me-4"
	System    = "system:change-me-5"
	Analyst   = "analyst:change-me-6"
	Simulator = "simulator:change-me-7"
	Listener  = "listener:change-me-8"
)

const size = 3

// Cluster is three servers.
type Cluster struct {
	t      testing.TB
	config string
	nodes  [size]*node
}

// node is one server: how it is started, and its process while it runs.
type node struct {
	env   []string
	port  int
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

// Start starts three servers and waits until they have a leader. They end with the
// test.
func Start(t testing.TB) *Cluster {
	t.Helper()
	dir, err := Example()
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{t: t, config: filepath.Join(dir, "node.conf")}
	ports := freePorts(t, 2*size)
	store := t.TempDir()
	for i := range c.nodes {
		change := map[string]string{
			"PARLEY_NODE": name(i), "PARLEY_HOST": "127.0.0.1", "PARLEY_CLUSTER_HOST": "127.0.0.1",
			"PARLEY_PORT": strconv.Itoa(ports[i]), "PARLEY_CLUSTER_PORT": strconv.Itoa(ports[size+i]),
			"PARLEY_STORE": filepath.Join(store, name(i)), "PARLEY_DISK": "4GiB",
		}
		for k := range size {
			change[fmt.Sprintf("PARLEY_ROUTE_%d", k+1)] = fmt.Sprintf("nats://route:change-me-1@127.0.0.1:%d", ports[size+k])
		}
		env, err := documented(dir, change)
		if err != nil {
			t.Fatal(err)
		}
		c.nodes[i] = &node{env: env, port: ports[i]}
		c.begin(i)
		t.Cleanup(func() { c.Kill(i) })
	}
	for i := range c.nodes {
		c.ready(i)
	}
	js, err := jetstream.New(c.Connect(Admin))
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if _, err := js.AccountInfo(t.Context()); err == nil {
			return c
		} else if time.Since(begun) > soon {
			t.Fatalf("the cluster has no leader: %v", err)
		}
	}
}

// name is the name of a server.
func name(i int) string { return fmt.Sprintf("n%d", i+1) }

func (c *Cluster) begin(i int) {
	c.t.Helper()
	n := c.nodes[i]
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), asNode+"="+c.config), n.env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	n.cmd, n.stdin, n.lines = cmd, stdin, bufio.NewScanner(stdout)
}

func (c *Cluster) ready(i int) {
	c.t.Helper()
	n := c.nodes[i]
	if !n.lines.Scan() || n.lines.Text() != "ready" {
		c.t.Fatalf("server %s does not start: %q", name(i), n.lines.Text())
	}
}

// Restart starts a server that was killed, and waits until it lets clients in. One
// that runs stays as it is.
func (c *Cluster) Restart(i int) {
	c.t.Helper()
	if c.nodes[i].cmd != nil {
		return
	}
	c.begin(i)
	c.ready(i)
}

// Kill ends a server as kill -9 does. One that does not run stays as it is.
func (c *Cluster) Kill(i int) {
	n := c.nodes[i]
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait() // it was killed
	n.cmd = nil
}

// Isolate starts a server again as one that is cut off from the two others: it lets
// clients in, and neither finds the others nor is found by them.
func (c *Cluster) Isolate(i int) {
	c.t.Helper()
	c.Kill(i)
	n, ports := c.nodes[i], freePorts(c.t, 2)
	was := n.env
	alone := map[string]string{"PARLEY_CLUSTER_PORT": strconv.Itoa(ports[0])}
	for k := range size {
		alone[fmt.Sprintf("PARLEY_ROUTE_%d", k+1)] = fmt.Sprintf("nats://route:change-me-1@127.0.0.1:%d", ports[1])
	}
	n.env = slices.Clone(was)
	for name, value := range alone {
		n.env = append(n.env, name+"="+value) // the last one counts
	}
	c.begin(i)
	n.env = was
	c.ready(i)
}

// Freeze stops a server for a while, as a machine does that is overloaded.
func (c *Cluster) Freeze(i int, d time.Duration) {
	c.t.Helper()
	c.Stop(i)
	time.Sleep(d)
	c.Continue(i)
}

// Stop stops a server until Continue. Its connections stay open, and nothing comes
// through them, as with a machine that has lost its power or its network.
func (c *Cluster) Stop(i int) { c.signal(i, syscall.SIGSTOP) }

// Continue lets a server go on that was stopped.
func (c *Cluster) Continue(i int) { c.signal(i, syscall.SIGCONT) }

func (c *Cluster) signal(i int, s syscall.Signal) {
	c.t.Helper()
	if err := c.nodes[i].cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// URL is the addresses of all servers, with the name and the password of a user.
func (c *Cluster) URL(user string) string {
	var urls []string
	for _, n := range c.nodes {
		urls = append(urls, fmt.Sprintf("nats://%s@127.0.0.1:%d", user, n.port))
	}
	return strings.Join(urls, ",")
}

// URLOf is the address of one server, for who shall begin with that one. It tells him
// of the others.
func (c *Cluster) URLOf(i int, user string) string {
	return fmt.Sprintf("nats://%s@127.0.0.1:%d", user, c.nodes[i].port)
}

// Connect connects a user, until the end of the test.
func (c *Cluster) Connect(user string) *nats.Conn {
	c.t.Helper()
	// A server that is stopped says nothing, and is left by who asks whether it lives.
	options := []nats.Option{nats.MaxReconnects(-1), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(3)}
	if user == Analyst || user == Simulator { // they hear answers under a prefix of their own
		name, _, _ := strings.Cut(user, ":")
		options = append(options, nats.CustomInboxPrefix("_INBOX_"+name))
	}
	nc, err := nats.Connect(c.URL(user), options...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(nc.Close)
	return nc
}

// Leader is the server that leads a stream, -1 if that cannot be told just now.
func (c *Cluster) Leader(js jetstream.JetStream, stream string) int {
	s, err := js.Stream(c.t.Context(), stream)
	if err != nil || s.CachedInfo().Cluster == nil {
		return -1
	}
	for i := range c.nodes {
		if s.CachedInfo().Cluster.Leader == name(i) {
			return i
		}
	}
	return -1
}

// freePorts finds ports that nobody listens on.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports
}
