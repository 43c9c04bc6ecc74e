package eventstore

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
		"messages too small":      {func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1000 }, "max_msg_size"},
		"one reader at a time":    {func(c *jetstream.StreamConfig) { c.MaxConsumers = 1 }, "max_consumers"},
		"readers are forgotten":   {func(c *jetstream.StreamConfig) { c.ConsumerLimits.InactiveThreshold = time.Millisecond }, "consumer_limits.inactive_threshold"},
		"begins late":             {func(c *jetstream.StreamConfig) { c.FirstSeq = 1000 }, "first_seq"},
		"answers from its leader": {func(c *jetstream.StreamConfig) { c.AllowDirect = false }, "allow_direct"},
		"told to others": {func(c *jetstream.StreamConfig) {
			c.RePublish = &jetstream.RePublish{Source: ">", Destination: "others.>"}
		}, "republish"},
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

// settings are those of a stream, each with a value that it does not have, and whether
// it is named then. The others are free: nothing that is promised rests on them.
var settings = map[string]struct {
	value any
	named bool
}{
	"Name":                             {"OTHER", false}, // it is asked for by its name
	"Description":                      {"ours", false},
	"Subjects":                         {[]string{"parley.>"}, true},
	"Retention":                        {jetstream.WorkQueuePolicy, true},
	"MaxConsumers":                     {1000, true},
	"MaxMsgs":                          {int64(1 << 40), true},
	"MaxBytes":                         {int64(1 << 40), true},
	"Discard":                          {jetstream.DiscardOld, true},
	"DiscardNewPerSubject":             {true, true},
	"MaxAge":                           {time.Hour, true},
	"MaxMsgsPerSubject":                {int64(1 << 40), true},
	"MaxMsgSize":                       {int32(1000), true},
	"Storage":                          {jetstream.MemoryStorage, true},
	"Replicas":                         {1, true},
	"NoAck":                            {true, true},
	"Duplicates":                       {time.Second, false}, // events are told apart by the ledger
	"Placement":                        {&jetstream.Placement{Cluster: "here"}, false},
	"Mirror":                           {&jetstream.StreamSource{Name: "OTHER"}, true},
	"Sources":                          {[]*jetstream.StreamSource{{Name: "OTHER"}}, true},
	"Sealed":                           {true, true},
	"DenyDelete":                       {false, true},
	"DenyPurge":                        {false, true},
	"AllowRollup":                      {true, true},
	"Compression":                      {jetstream.S2Compression, false},
	"FirstSeq":                         {uint64(2), true},
	"SubjectTransform":                 {&jetstream.SubjectTransformConfig{Source: ">", Destination: "a.>"}, true},
	"RePublish":                        {&jetstream.RePublish{Source: ">", Destination: "a.>"}, true},
	"AllowDirect":                      {false, true},
	"MirrorDirect":                     {true, false}, // it is no mirror
	"ConsumerLimits.InactiveThreshold": {time.Second, true},
	"ConsumerLimits.MaxAckPending":     {1, false}, // readers acknowledge nothing
	"Metadata":                         {map[string]string{"owner": "us"}, false},
	"Template":                         {"ours", false},
	"AllowMsgTTL":                      {true, true},
	"SubjectDeleteMarkerTTL":           {time.Hour, true},
	"AllowMsgCounter":                  {true, true},
	"AllowAtomicPublish":               {false, true},
	"AllowMsgSchedules":                {true, true},
	"PersistMode":                      {jetstream.AsyncPersistMode, true},
	"AllowBatchPublish":                {true, false}, // what others may do besides
}

// Of every setting that the library knows it is decided whether it may differ.
func TestEverySettingIsDecidedOn(t *testing.T) {
	seen := map[string]bool{}
	var each func(prefix, tags string, of func(*jetstream.StreamConfig) reflect.Value)
	each = func(prefix, tags string, of func(*jetstream.StreamConfig) reflect.Value) {
		for i, field := range reflect.VisibleFields(of(new(jetstream.StreamConfig)).Type()) {
			tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			one := func(c *jetstream.StreamConfig) reflect.Value { return of(c).Field(i) }
			if field.Type.Kind() == reflect.Struct {
				each(prefix+field.Name+".", tags+tag+".", one)
				continue
			}
			name := prefix + field.Name
			seen[name] = true
			setting, ok := settings[name]
			if !assert.True(t, ok, "the library has a new setting %s: decide whether it may differ", name) {
				continue
			}
			have := recordConfig(3)
			one(&have).Set(reflect.ValueOf(setting.value))
			var named []string
			for _, s := range compareStream(recordConfig(3), have) {
				named = append(named, s.Name)
			}
			if setting.named {
				assert.Equal(t, []string{tags + tag}, named, name)
			} else {
				assert.Empty(t, named, name)
			}
		}
	}
	each("", "", func(c *jetstream.StreamConfig) reflect.Value { return reflect.ValueOf(c).Elem() })
	assert.Len(t, seen, len(settings), "the library no longer has all of them")
}

// A stream whose free settings are others is read and written as ever.
func TestStreamWithFreeSettings(t *testing.T) {
	url := startExternal(t, t.TempDir(), -1).ClientURL()
	nc, err := nats.Connect(url)
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	for _, config := range []jetstream.StreamConfig{recordConfig(1), branchConfig(1)} {
		config.Duplicates, config.Compression = time.Second, jetstream.S2Compression
		config.ConsumerLimits = jetstream.StreamConsumerLimits{InactiveThreshold: consumerIdle, MaxAckPending: 1}
		config.AllowBatchPublish, config.FirstSeq = true, 1
		_, err = js.CreateStream(t.Context(), config)
		require.NoError(t, err)
	}
	s := openURL(t, url)
	begin(t, s, "talks")
	_, err = s.Append(t.Context(), Any(), statements("talks", "a", 300), AppendOptions{})
	require.NoError(t, err)
	require.Len(t, readAll(t, openURL(t, url), "talks", 0), 301)
	require.NoError(t, verified(t, s, nil).Err())
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
