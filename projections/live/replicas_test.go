package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/domain"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// three is a cluster of three servers. As a broker it is the addresses of all.
type three struct {
	*broker
	options [3]*server.Options
	servers [3]*server.Server
}

func startThree(t *testing.T) *three {
	t.Helper()
	c := &three{broker: &broker{t: t, dir: t.TempDir()}}
	ports := freePorts(t, 2*len(c.servers))
	var routes, urls []string
	for i := range c.servers {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", ports[3+i]))
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", ports[i]))
	}
	c.url = strings.Join(urls, ",")
	for i := range c.servers {
		c.options[i] = &server.Options{
			ServerName: "n" + strconv.Itoa(i), Host: "127.0.0.1", Port: ports[i], JetStream: true, NoLog: true, NoSigs: true, SyncAlways: true,
			StoreDir: filepath.Join(c.dir, strconv.Itoa(i)), JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 1 << 30,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[3+i]},
			Routes:  server.RoutesFromStr(strings.Join(routes, ",")),
		}
		c.begin(i)
		t.Cleanup(func() { c.end(i) })
	}
	c.ready()
	return c
}

// freePorts finds ports that nobody listens on.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func (c *three) begin(i int) {
	c.t.Helper()
	ns, err := server.NewServer(c.options[i].Clone())
	require.NoError(c.t, err)
	ns.Start()
	c.servers[i] = ns
}

func (c *three) end(i int) {
	if c.servers[i] != nil {
		c.servers[i].Shutdown()
		c.servers[i].WaitForShutdown()
		c.servers[i] = nil
	}
}

// ready waits until the cluster answers.
func (c *three) ready() {
	c.t.Helper()
	for _, s := range c.servers {
		require.True(c.t, s.ReadyForConnections(soon))
	}
	_, js := c.connect()
	require.Eventually(c.t, func() bool {
		ctx, cancel := context.WithTimeout(c.t.Context(), time.Second)
		defer cancel()
		_, err := js.AccountInfo(ctx)
		return err == nil
	}, soon, 20*time.Millisecond, "the cluster has no leader")
}

// leader is the server that leads a bucket.
func (c *three) leader(bucket string) (at int) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		for i, s := range c.servers {
			if s != nil && s.JetStreamIsStreamLeader("$G", StreamOf(bucket)) {
				at = i
				return true
			}
		}
		return false
	}, soon, 5*time.Millisecond, "%s has no leader", bucket)
	return at
}

// marks checks that the marks of the example rise, in a watch that lasts.
type marks struct {
	t     *testing.T
	watch jetstream.KeyWatcher
	last  uint64
}

func (c *three) marks(bucket string) *marks {
	c.t.Helper()
	nc, err := nats.Connect(c.url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(c.t, err)
	c.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(c.t, err)
	kv, err := js.KeyValue(c.t.Context(), bucket)
	require.NoError(c.t, err)
	w, err := kv.Watch(c.t.Context(), markKey(example))
	require.NoError(c.t, err)
	c.t.Cleanup(func() { stopWatch(w) })
	return &marks{t: c.t.(*testing.T), watch: w}
}

// until reads on until a position is published.
func (m *marks) until(position uint64) {
	m.t.Helper()
	a := assembly{}
	for late := time.After(soon); m.last < position; {
		select {
		case e, open := <-m.watch.Updates():
			require.True(m.t, open, "the watch ended")
			if e == nil {
				continue
			}
			a.take(e)
			require.GreaterOrEqual(m.t, a[example].mark.Position, m.last, "positions never go back")
			m.last = a[example].mark.Position
		case <-late:
			require.FailNow(m.t, "the watch hears nothing", "#%d after #%d", position, m.last)
		}
	}
}

// Three replicas of the buckets, of which that which leads goes away again and again,
// one publisher too, and in the end all three: what is published is what a fold from
// nothing comes to, positions never go back, and a watch that began before all that
// goes on after it.
func TestThreeReplicas(t *testing.T) {
	t.Parallel()
	c, m := startThree(t), newMemory()
	log := exampleLog(t)
	m.append(example, log[:40]...)
	c.process(m)
	two := c.process(m)
	c.published(m, 40, example)
	_, js := c.connect()
	for _, b := range Buckets() {
		s, err := js.Stream(t.Context(), StreamOf(b))
		require.NoError(t, err)
		require.Equal(t, 3, s.CachedInfo().Config.Replicas)
	}
	watch := c.marks(BlueBucket)
	at := uint64(40)
	grow := func(n int) {
		m.append(example, log[at:at+uint64(n)]...)
		at += uint64(n)
	}
	for range 2 {
		gone := c.leader(BlueBucket)
		grow(5)
		c.end(gone)
		two.stop()
		grow(5)
		c.published(m, at, example)
		two = c.process(m)
		c.begin(gone)
		c.ready()
		watch.until(at)
	}

	for i := range c.servers { // the machines go down together
		c.end(i)
	}
	grow(5)
	for i := range c.servers {
		c.begin(i)
	}
	c.ready()
	c.published(m, at, example)
	grow(5)
	c.published(m, at, example)
	watch.until(at)
}

// The fence holds on three replicas, and a rebuild whose bucket loses its leader is
// finished by the next one.
func TestThreeReplicasRebuilt(t *testing.T) {
	t.Parallel()
	c, m := startThree(t), newMemory()
	m.append(example, exampleLog(t)...)
	m.append("long", small("long", 0, 3000)...)
	head := uint64(len(m.entries))
	c.process(m)
	c.published(m, uint64(len(m.log(example))), example)
	testFence(t, c.broker)

	nc, js := c.connect()
	rebuilder := NewPublisher(nc, js, PublisherOptions{})
	r, stop := running(t, m, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 2*soon)
	defer cancel()
	gone := -1
	for begun := true; begun; {
		pointer, err := rebuilder.Rebuild(ctx, r.Hub(), func(Progress) {
			if gone < 0 { // the first time, in its midst
				gone = c.leader(GreenBucket)
				c.end(gone)
			}
		})
		require.False(t, errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil, "it does not end")
		if begun = err != nil; !begun {
			require.Equal(t, GreenBucket, pointer.Bucket)
		}
	}
	require.NoError(t, stop())
	require.GreaterOrEqual(t, gone, 0)
	i := c.published(m, 1, example, "long")
	require.Equal(t, GreenBucket, i.Pointer.Bucket)
	require.Equal(t, head, i.talks.of("long").mark.Position)
	m.append(example, domain.Entry{Event: small(example, 1, 1)[0].Event})
	c.published(m, head+1, example)
}
