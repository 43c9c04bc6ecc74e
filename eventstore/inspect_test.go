package eventstore

import (
	"fmt"
	"testing"
	"time"

	"parley/eventstore/clustertest"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func inspect(t *testing.T, url string) *Facts {
	t.Helper()
	f, err := Inspect(t.Context(), Options{URL: url})
	require.NoError(t, err)
	return f
}

func TestInspectSingle(t *testing.T) {
	url := startExternal(t, t.TempDir(), -1).ClientURL()
	f := inspect(t, url)
	assert.Empty(t, f.Cluster)
	require.NoError(t, f.JetStream)
	require.Len(t, f.Nodes, 1)
	assert.Equal(t, server.VERSION, f.Nodes[0].Version)
	require.Len(t, f.Streams, 2)
	assert.True(t, f.Streams[0].Missing)

	openURL(t, url)
	f = inspect(t, url)
	assert.False(t, f.Streams[0].Missing)
	assert.Empty(t, f.Streams[0].Wrong)
	assert.Equal(t, 1, f.Streams[0].Replicas)
}

func TestInspectPlain(t *testing.T) {
	f := inspect(t, startPlain(t))
	require.ErrorIs(t, f.JetStream, jetstream.ErrJetStreamNotEnabled)
	assert.Empty(t, f.Streams)
}

func TestInspectNobody(t *testing.T) {
	_, err := Inspect(t.Context(), Options{URL: "nats://127.0.0.1:1"})
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	_, err = Inspect(t.Context(), Options{Dir: t.TempDir()})
	var bad *OptionError
	require.ErrorAs(t, err, &bad)
}

func TestDocumentedCluster(t *testing.T) {
	t.Parallel() // with the torture: it mostly waits for elections
	three := clustertest.Start(t)
	s := openURL(t, three.URL(clustertest.Writer))
	begin(t, s, "talks")
	t.Run("rights", func(t *testing.T) { testDocumentedRights(t, three, s) })
	t.Run("inspect", func(t *testing.T) { testInspectCluster(t, three) })
}

// The documented cluster lacks nothing, and says all of itself to a writer.
func testInspectCluster(t *testing.T, three *clustertest.Cluster) {
	var f *Facts
	require.Eventually(t, func() bool {
		f = inspect(t, three.URL(clustertest.Writer))
		return len(f.Streams) == 2 && len(f.Streams[0].Lagging)+len(f.Streams[1].Lagging) == 0
	}, soon, 10*time.Millisecond, "the replicas are there")
	assert.Equal(t, "parley", f.Cluster)
	require.NoError(t, f.JetStream)
	require.NotNil(t, f.Rights)
	assert.Equal(t, "writer", f.Rights.User)
	assert.Empty(t, f.Rights.Denied)
	require.Len(t, f.Nodes, 3)
	for i, n := range f.Nodes {
		assert.Equal(t, server.VERSION, n.Version)
		require.NotNil(t, n.Sync, "server %d", i)
		assert.True(t, n.Sync.Always)
	}
	for _, s := range f.Streams {
		assert.Empty(t, s.Wrong)
		assert.Equal(t, 3, s.Replicas)
		assert.NotEmpty(t, s.Leader)
	}

	// What a server that is away leaves behind is told.
	js, err := jetstream.New(three.Connect(clustertest.Writer))
	require.NoError(t, err)
	away := (three.Leader(js, RecordStream) + 1) % 3
	three.Kill(away)
	require.Eventually(t, func() bool {
		f = inspect(t, three.URL(clustertest.Writer))
		return len(f.Nodes) == 2 && len(f.Streams) == 2 && len(f.Streams[0].Lagging) == 1
	}, soon, 100*time.Millisecond)
}

// Nobody but a writer can write to the documented cluster, and not even he can
// take anything out of it.
func testDocumentedRights(t *testing.T, three *clustertest.Cluster, s *Store) {
	cannotWrite(t, s, three.Connect(clustertest.Dashboard))
	cannotWriteByAnswers(t, s, three.Connect(clustertest.Dashboard))

	js, err := jetstream.New(three.Connect(clustertest.Writer), jetstream.WithDefaultTimeout(time.Second))
	require.NoError(t, err)
	before := state(t, s)
	require.Error(t, js.DeleteStream(t.Context(), RecordStream))
	_, err = js.UpdateStream(t.Context(), recordConfig(1))
	require.Error(t, err)
	assert.Equal(t, before, state(t, s))
	assert.Contains(t, inspect(t, three.URL(clustertest.Dashboard)).Where, "dashboard:xxxxx@")
}

// docs/cluster.md names the smallest rights with which one can append and read.
func TestSmallestRights(t *testing.T) {
	o := &server.Options{Host: "127.0.0.1", Port: -1, StoreDir: t.TempDir()}
	api := `"$JS.API.STREAM.INFO.%[1]s", "$JS.API.STREAM.MSG.GET.%[1]s", "$JS.API.CONSUMER.CREATE.%[1]s.>", ` +
		`"$JS.API.CONSUMER.MSG.NEXT.%[1]s.>", "$JS.API.CONSUMER.DELETE.%[1]s.>"`
	require.NoError(t, o.ProcessConfigString(fmt.Sprintf(`accounts { a { jetstream: enabled, users: [
		{user: all, password: p}
		{user: some, password: p, permissions: {
			publish: {allow: ["parley.record.*", "parley.branch.*.*", "$SYS.REQ.USER.INFO", %s, %s]}
			subscribe: {allow: "_INBOX.>"} }} ]}}`,
		fmt.Sprintf(api, RecordStream), fmt.Sprintf(api, BranchStream))))
	o.ConfigFile = ""
	address := startNATS(t, o).Addr().String()
	f := inspect(t, "nats://some:p@"+address)
	assert.Equal(t, []string{"publish $JS.API.STREAM.CREATE.PARLEY", "publish $JS.API.STREAM.CREATE.PARLEY_BRANCHES"}, f.Rights.Denied)
	openURL(t, "nats://all:p@"+address) // makes the streams
	s := openURL(t, "nats://some:p@"+address)
	begin(t, s, "talks")
	in := statements("talks", "a", 2*MaxBatch)
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	onceEach(t, readAll(t, s, "talks", 2), in)
	_, err = s.Negotiations(t.Context())
	require.NoError(t, err)
	f = inspect(t, "nats://some:p@"+address)
	assert.Empty(t, f.Rights.Denied)
	require.NoError(t, f.JetStream)
	require.Len(t, f.Streams, 2)
}

func TestDenied(t *testing.T) {
	needed := []string{"parley.record.id", "$JS.API.STREAM.INFO.PARLEY"}
	list := func(s ...string) []string { return s }
	for name, c := range map[string]struct {
		publish, subscribe *server.SubjectPermission
		want               []string
	}{
		"nothing said":       {nil, nil, nil},
		"all allowed":        {&server.SubjectPermission{Allow: list(">")}, &server.SubjectPermission{}, nil},
		"one missing":        {&server.SubjectPermission{Allow: list("$JS.API.>")}, nil, list("publish parley.record.id")},
		"one denied":         {&server.SubjectPermission{Deny: list("$JS.API.STREAM.*.PARLEY")}, nil, list("publish $JS.API.STREAM.INFO.PARLEY")},
		"answers not let in": {nil, &server.SubjectPermission{Allow: list("parley.>")}, list("subscribe _INBOX.id")},
	} {
		got := denied(&server.Permissions{Publish: c.publish, Subscribe: c.subscribe}, needed)
		assert.Equal(t, c.want, got, name)
	}
}
