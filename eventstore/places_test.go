package eventstore

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// opener opens another store on the same log, as another process would.
type opener func(edit ...func(*Options)) *Store

// everywhere runs a test on a log of each kind: a folder whose server listens, an
// external server, and a cluster of three. The contract is the same.
func everywhere(t *testing.T, test func(t *testing.T, open opener)) {
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		openDir(t, dir, listening)
		test(t, func(edit ...func(*Options)) *Store { return openDir(t, dir, edit...) })
	})
	t.Run("server", func(t *testing.T) {
		url := startExternal(t, t.TempDir(), -1).ClientURL()
		test(t, func(edit ...func(*Options)) *Store { return openURL(t, url, edit...) })
	})
	t.Run("cluster", func(t *testing.T) {
		url := startCluster(t)
		test(t, func(edit ...func(*Options)) *Store { return openURL(t, url, edit...) })
	})
}

func openURL(t testing.TB, url string, edit ...func(*Options)) *Store {
	t.Helper()
	return openDir(t, "", append([]func(*Options){func(o *Options) { o.URL = url }}, edit...)...)
}

// startExternal runs a plain nats-server.
func startExternal(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	return startNATS(t, &server.Options{Host: "127.0.0.1", Port: port, StoreDir: dir})
}

func startNATS(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s := newNATS(t, o)
	t.Cleanup(func() { stopNATS(s) })
	require.True(t, s.ReadyForConnections(soon))
	return s
}

func newNATS(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(forTests(o))
	require.NoError(t, err)
	go s.Start()
	return s
}

func forTests(o *server.Options) *server.Options {
	o.JetStream, o.NoSigs, o.NoLog = true, true, true
	o.JetStreamMaxMemory = 64 << 20
	o.JetStreamMaxStore = cmp.Or(o.JetStreamMaxStore, 1<<30)
	return o
}

// plainServer runs a plain nats-server where there is no test to report to.
func plainServer(dir string) (*server.Server, error) {
	s, err := server.NewServer(forTests(&server.Options{Host: "127.0.0.1", Port: -1, StoreDir: dir}))
	if err != nil {
		return nil, err
	}
	go s.Start()
	if !s.ReadyForConnections(soon) {
		return nil, errors.New("not ready for connections")
	}
	return s, nil
}

func stopNATS(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// startPlain runs a nats-server without JetStream.
func startPlain(t testing.TB) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	go s.Start()
	t.Cleanup(func() { stopNATS(s) })
	require.True(t, s.ReadyForConnections(soon))
	return s.ClientURL()
}

// cluster is three servers that all tests share, for to start them takes long.
var cluster struct {
	urls    string
	servers []*server.Server
}

// startCluster starts the cluster if it does not run, takes the streams of earlier
// tests off it, and returns its addresses.
func startCluster(t testing.TB) string {
	t.Helper()
	if cluster.servers == nil {
		newCluster(t)
	}
	nc, err := nats.Connect(cluster.urls)
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	for _, name := range []string{RecordStream, BranchStream} {
		if err := js.DeleteStream(t.Context(), name); err != nil {
			require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
		}
		// A stream of the same name is refused while a replica still takes the old files away.
		require.Eventually(t, func() bool {
			return !slices.ContainsFunc(cluster.servers, func(s *server.Server) bool {
				_, err := os.Stat(filepath.Join(s.StoreDir(), "$G", "streams", name))
				return err == nil
			})
		}, soon, 5*time.Millisecond, "the files of %s are still there", name)
	}
	return cluster.urls
}

func newCluster(t testing.TB) {
	t.Helper()
	const size = 3
	dir, err := os.MkdirTemp("", "parley-cluster-") //nolint:usetesting // it outlives the test that starts the cluster
	require.NoError(t, err)
	routes, urls := make([]string, size), make([]string, size)
	ports := freePorts(t, size)
	for i, port := range ports {
		routes[i] = fmt.Sprintf("nats://127.0.0.1:%d", port)
	}
	for i, port := range ports {
		cluster.servers = append(cluster.servers, newNATS(t, &server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: -1, StoreDir: filepath.Join(dir, strconv.Itoa(i)),
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
			Routes:  server.RoutesFromStr(strings.Join(routes, ",")),
		}))
	}
	for i, s := range cluster.servers {
		require.True(t, s.ReadyForConnections(soon))
		urls[i] = s.ClientURL()
	}
	require.Eventually(t, func() bool {
		for _, s := range cluster.servers {
			if s.JetStreamIsLeader() {
				return len(s.JetStreamClusterPeers()) == size
			}
		}
		return false
	}, soon, 20*time.Millisecond, "the cluster has no leader")
	cluster.urls = strings.Join(urls, ",")
}

func stopCluster() {
	for _, s := range cluster.servers {
		dir := s.StoreDir()
		stopNATS(s)
		_ = os.RemoveAll(filepath.Dir(filepath.Dir(dir)))
	}
}

// freePorts finds ports that nobody listens on.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports
}
