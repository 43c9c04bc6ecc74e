package eventstore

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// clusterExample is the configuration that docs/cluster.md describes.
const clusterExample = "../docs/examples/cluster"

// childNATS is a nats-server with the documented configuration. It runs until its
// input ends.
func childNATS() int {
	o, err := server.ProcessConfigFile(filepath.Join(clusterExample, "node.conf"))
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	o.NoSigs, o.NoLog = true, true
	s, err := server.NewServer(o)
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	go s.Start()
	if !s.ReadyForConnections(soon) {
		fmt.Println("error: not ready for connections")
		return 1
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	stopNATS(s)
	return 0
}

// threeServers are three processes with the documented configuration.
type threeServers struct {
	t     *testing.T
	env   [3][]string
	nodes [3]*child
	ports [3]int
}

// startThree starts them and waits until they have a leader. The environment that
// the documentation shows is used, but for addresses and the folder.
func startThree(t *testing.T) *threeServers {
	t.Helper()
	x := &threeServers{t: t}
	ports := freePorts(t, 6)
	copy(x.ports[:], ports[:3])
	dir := t.TempDir()
	for i := range x.nodes {
		change := map[string]string{
			"PARLEY_NODE": fmt.Sprintf("n%d", i+1), "PARLEY_HOST": "127.0.0.1", "PARLEY_CLUSTER_HOST": "127.0.0.1",
			"PARLEY_PORT": fmt.Sprint(ports[i]), "PARLEY_CLUSTER_PORT": fmt.Sprint(ports[3+i]),
			"PARLEY_STORE": filepath.Join(dir, fmt.Sprint(i+1)), "PARLEY_DISK": "4GiB",
		}
		for k := range x.nodes {
			change[fmt.Sprintf("PARLEY_ROUTE_%d", k+1)] = fmt.Sprintf("nats://route:change-me-1@127.0.0.1:%d", ports[3+k])
		}
		x.env[i] = documentedEnv(t, change)
		x.start(i)
	}
	for i := range x.nodes {
		x.ready(i)
	}
	nc := x.connect("admin:change-me-3")
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := js.AccountInfo(t.Context())
		return err == nil
	}, soon, 50*time.Millisecond, "the cluster has no leader")
	return x
}

// documentedEnv is the environment of node.env with some of it changed.
func documentedEnv(t *testing.T, change map[string]string) []string {
	t.Helper()
	file, err := os.Open(filepath.Join(clusterExample, "node.env"))
	require.NoError(t, err)
	defer file.Close()
	var env []string
	for scan := bufio.NewScanner(file); scan.Scan(); {
		name, value, ok := strings.Cut(scan.Text(), "=")
		if ok && !strings.HasPrefix(name, "#") {
			env = append(env, name+"="+cmp.Or(change[name], value))
			delete(change, name)
		}
	}
	require.Empty(t, change, "not in node.env")
	return env
}

// start starts a server; ready waits until it lets clients in.
func (x *threeServers) start(i int) { x.nodes[i] = startProcess(x.t, "nats", x.env[i]...) }

func (x *threeServers) ready(i int) {
	x.t.Helper()
	require.Equal(x.t, "ready", x.nodes[i].line())
}

// url is the addresses of all three, with the name and the password of a user.
func (x *threeServers) url(user string) string {
	var urls []string
	for _, port := range x.ports {
		urls = append(urls, fmt.Sprintf("nats://%s@127.0.0.1:%d", user, port))
	}
	return strings.Join(urls, ",")
}

const writerUser = "writer:change-me-2"

func (x *threeServers) connect(user string) *nats.Conn {
	x.t.Helper()
	nc, err := nats.Connect(x.url(user), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true))
	require.NoError(x.t, err)
	x.t.Cleanup(nc.Close)
	return nc
}

// leader is the server that leads the stream of the record, -1 if it cannot be
// told just now.
func (x *threeServers) leader(js jetstream.JetStream) int {
	stream, err := js.Stream(x.t.Context(), RecordStream)
	if err != nil {
		return -1
	}
	for i := range x.nodes {
		if c := stream.CachedInfo().Cluster; c != nil && c.Leader == fmt.Sprintf("n%d", i+1) {
			return i
		}
	}
	return -1
}
