package eventstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Facts is what servers that are not ours say of themselves.
type Facts struct {
	Where     string       // address without credentials, or the context
	Cluster   string       // its name, empty for a single server
	Nodes     []NodeFacts  // sorted by name; only the connected one if the others cannot be asked
	JetStream error        // why the account cannot use JetStream, nil if it can
	Rights    *RightsFacts // nil if they cannot be asked for
	Streams   []StreamFacts
}

// NodeFacts is one server.
type NodeFacts struct {
	Name, Version string
	Sync          *SyncFacts // nil if it cannot be asked for
}

// SyncFacts is when a server syncs what it writes.
type SyncFacts struct {
	Always   bool          // before it acknowledges
	Interval time.Duration // or else this often
}

// RightsFacts is what the user of the connection may do.
type RightsFacts struct {
	User   string
	Denied []string // subjects that a writer needs, and that this user may not use
}

// StreamFacts is one of our streams.
type StreamFacts struct {
	Name     string
	Missing  bool      // it will be made when the store is first opened
	Wrong    []Setting // under which it will not be used
	Replicas int
	Leader   string
	Lagging  []string // replicas that are away or behind
	Fault    error    // why it cannot be looked at
}

// Inspect asks the servers of Options.URL or Options.Context about themselves,
// and changes nothing. What cannot be asked for, for want of rights or because the
// server is too old, is left out. It returns an *UnreachableError if no server
// answers.
func Inspect(ctx context.Context, o Options) (*Facts, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.Dir != "" {
		return nil, &OptionError{"only servers elsewhere can be asked about themselves"}
	}
	s := &Store{opts: o, log: o.Logger, link: newLink()}
	if err := s.openRemote(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("inspect: %w", s.explain(ctx, err)), s.Close())
	}
	f := &Facts{Where: s.where, Cluster: s.nc.ConnectedClusterName()}
	f.Nodes = s.nodes(ctx)
	f.Streams, f.JetStream = s.streamFacts(ctx, f.Cluster != "")
	f.Rights = s.rights(ctx, f.Streams)
	return f, s.Close()
}

// askFor is how long a server may take to tell about itself. It says nothing at
// all to a request that it does not permit.
const askFor = 2 * time.Second

// gather publishes a request that several servers may answer, and collects what
// comes until they are silent for a while.
func (s *Store) gather(ctx context.Context, subject string, many bool) [][]byte {
	m := &nats.Msg{Subject: subject, Reply: s.nc.NewRespInbox()}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	ctx, stop := s.link.guard(ctx, []*nats.Msg{m})
	defer stop()
	answers, err := s.nc.SubscribeSync(m.Reply)
	if err != nil {
		return nil
	}
	defer func() { _ = answers.Unsubscribe() }()
	if err := s.nc.PublishMsg(m); err != nil {
		return nil
	}
	var all [][]byte
	for {
		a, err := answers.NextMsgWithContext(ctx)
		if err != nil || len(a.Data) == 0 { // the latter: there are no responders
			return all
		}
		all = append(all, a.Data)
		if !many {
			return all
		}
		var quiet context.CancelFunc
		ctx, quiet = context.WithTimeout(ctx, askFor/4)
		defer quiet()
	}
}

// nodes asks all servers how they sync. That takes a right that the documented
// configuration gives; without it only the version of one server is known.
func (s *Store) nodes(ctx context.Context) []NodeFacts {
	list := []NodeFacts{{Name: s.nc.ConnectedServerName(), Version: s.nc.ConnectedServerVersion()}}
	for _, data := range s.gather(ctx, "$SYS.REQ.SERVER.PING.JSZ", true) {
		var a struct {
			Server struct {
				Name    string `json:"name"`
				Version string `json:"ver"`
			} `json:"server"`
			Data struct {
				Disabled bool `json:"disabled"`
				Config   struct {
					Interval int64 `json:"sync_interval"`
					Always   bool  `json:"sync_always"`
				} `json:"config"`
			} `json:"data"`
		}
		if json.Unmarshal(data, &a) != nil || a.Server.Name == "" {
			continue
		}
		n := NodeFacts{Name: a.Server.Name, Version: a.Server.Version}
		if !a.Data.Disabled {
			n.Sync = &SyncFacts{a.Data.Config.Always, time.Duration(a.Data.Config.Interval)}
		}
		list = slices.DeleteFunc(list, func(have NodeFacts) bool { return have.Name == n.Name })
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b NodeFacts) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// rights asks what the user of the connection may do.
func (s *Store) rights(ctx context.Context, streams []StreamFacts) *RightsFacts {
	for _, data := range s.gather(ctx, "$SYS.REQ.USER.INFO", false) {
		var a struct {
			Data *server.UserInfo `json:"data"`
		}
		if json.Unmarshal(data, &a) != nil || a.Data == nil {
			continue
		}
		r := &RightsFacts{User: a.Data.UserID}
		if p := a.Data.Permissions; p != nil {
			r.Denied = denied(p, s.needed(streams))
		}
		return r
	}
	return nil
}

// needed is the subjects that a writer publishes to, with words for what varies.
// Streams need only be made where they are missing.
func (s *Store) needed(streams []StreamFacts) []string {
	list := []string{recordPrefix + "id", branchPrefix + "id.id"}
	for _, stream := range streams {
		if stream.Missing {
			list = append(list, s.apiSubject("STREAM.CREATE."+stream.Name))
		}
		for _, call := range []string{
			"STREAM.INFO." + stream.Name, "STREAM.MSG.GET." + stream.Name,
			"CONSUMER.CREATE." + stream.Name + ".name." + recordPrefix + "id", "CONSUMER.MSG.NEXT." + stream.Name + ".name",
			"CONSUMER.DELETE." + stream.Name + ".name",
		} {
			list = append(list, s.apiSubject(call))
		}
	}
	return list
}

// denied lists what of the needed subjects the permissions do not let through.
func denied(p *server.Permissions, needed []string) (list []string) {
	lets := func(p *server.SubjectPermission, subject string) bool {
		matches := func(filter string) bool { return server.SubjectMatchesFilter(subject, filter) }
		return p == nil || (len(p.Allow) == 0 || slices.ContainsFunc(p.Allow, matches)) && !slices.ContainsFunc(p.Deny, matches)
	}
	for _, subject := range needed {
		if !lets(p.Publish, subject) {
			list = append(list, "publish "+subject)
		}
	}
	if inbox := strings.TrimSuffix(nats.InboxPrefix, ".") + ".id"; !lets(p.Subscribe, inbox) {
		list = append(list, "subscribe "+inbox)
	}
	return list
}

// streamFacts looks at our streams. Whether there is JetStream is told by the
// answer to that as well: other requests may not be permitted.
func (s *Store) streamFacts(ctx context.Context, clustered bool) (list []StreamFacts, off error) {
	replicas := 1
	if clustered {
		replicas = 3
	}
	for _, want := range []jetstream.StreamConfig{recordConfig(replicas), branchConfig(replicas)} {
		f := StreamFacts{Name: want.Name}
		stream, err := s.js.Stream(ctx, want.Name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			f.Missing = true
		case errors.Is(err, nats.ErrNoResponders):
			return nil, jetstream.ErrJetStreamNotEnabled
		case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
			return nil, err
		case err != nil:
			f.Fault = err
		default:
			info := stream.CachedInfo()
			f.Wrong = compareStream(want, info.Config)
			f.Replicas = info.Config.Replicas
			if c := info.Cluster; c != nil {
				f.Leader = c.Leader
				for _, r := range c.Replicas {
					if r.Offline || !r.Current {
						f.Lagging = append(f.Lagging, r.Name)
					}
				}
			}
		}
		list = append(list, f)
	}
	return list, nil
}
