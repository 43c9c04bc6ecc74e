package eventstore

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStreamWithOtherSettings(t *testing.T) {
	for name, c := range map[string]struct {
		edit    func(*jetstream.StreamConfig)
		setting string
	}{
		"ages":              {func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }, "max_age"},
		"in memory":         {func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }, "storage"},
		"can be purged":     {func(c *jetstream.StreamConfig) { c.DenyPurge = false }, "deny_purge"},
		"drops the oldest":  {func(c *jetstream.StreamConfig) { c.Discard, c.MaxMsgs = jetstream.DiscardOld, 10 }, "discard"},
		"no atomic batches": {func(c *jetstream.StreamConfig) { c.AllowAtomicPublish = false }, "allow_atomic"},
		"other subjects":    {func(c *jetstream.StreamConfig) { c.Subjects = []string{"parley.record.>"} }, "subjects"},
		"not synced": {func(c *jetstream.StreamConfig) {
			c.PersistMode, c.AllowAtomicPublish = jetstream.AsyncPersistMode, false
		}, "persist_mode"},
		"messages too small": {func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1000 }, "max_msg_size"},
	} {
		t.Run(name, func(t *testing.T) {
			url := startExternal(t, t.TempDir(), -1).ClientURL()
			nc, err := nats.Connect(url)
			require.NoError(t, err)
			defer nc.Close()
			js, err := jetstream.New(nc)
			require.NoError(t, err)
			config := recordConfig(1)
			c.edit(&config)
			_, err = js.CreateStream(t.Context(), config)
			require.NoError(t, err)

			_, err = Open(t.Context(), Options{URL: url})
			var mismatch *StreamMismatchError
			require.ErrorAs(t, err, &mismatch)
			assert.Equal(t, RecordStream, mismatch.Stream)
			names := make([]string, len(mismatch.Settings))
			for i, s := range mismatch.Settings {
				names[i] = s.Name
			}
			assert.Contains(t, names, c.setting)
		})
	}
}

// More than is asked for is fine.
func TestStreamWithMore(t *testing.T) {
	have := recordConfig(5)
	have.MaxMsgSize, have.Description, have.Duplicates = -1, "ours", time.Hour
	assert.Empty(t, compareStream(recordConfig(3), have))
	assert.NotEmpty(t, compareStream(recordConfig(3), recordConfig(1)))
}

func TestServerWithoutJetStream(t *testing.T) {
	url := startPlain(t)
	_, err := Open(t.Context(), Options{URL: url})
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
}

// A context of the nats command line names the server and the credentials.
func TestContextOfTheNatsCommand(t *testing.T) {
	ns := startNATS(t, &server.Options{
		Host: "127.0.0.1", Port: -1, StoreDir: t.TempDir(),
		Users: []*server.User{{Username: "analyst", Password: "secret"}},
	})
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	dir := filepath.Join(config, "nats", "context")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	write := func(name, password string) {
		text := fmt.Sprintf(`{"url":%q,"user":"analyst","password":%q}`, ns.ClientURL(), password)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600))
	}
	write("good", "secret")
	write("bad", "guess")

	s := openDir(t, "", func(o *Options) { o.Context = "good" })
	begin(t, s, "talks")
	require.Equal(t, 1, len(readAll(t, s, "talks", 0)))
	_, err := Open(t.Context(), Options{Context: "bad"})
	require.ErrorIs(t, err, nats.ErrAuthorization)
	_, err = Open(t.Context(), Options{Context: "none"})
	var bad *OptionError
	require.ErrorAs(t, err, &bad)
	assert.ErrorContains(t, err, "good", "the known ones are named")
}
