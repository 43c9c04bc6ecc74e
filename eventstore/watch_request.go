package eventstore

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	// watchBytes is how long a request for a watch may be: the server keeps all of it
	// in memory for as long as the watch lasts.
	watchBytes = 8 << 10
	// watchKeys is how many keys one watch may name. The server compares each with each.
	watchKeys = 64
	// watchPulls is how many requests for messages a watch may have waiting.
	watchPulls = 16
)

// watchRequest is what a dashboard may say about a watch that it wants, which is all
// that the client libraries say. The server knows more members. Some of them would have
// it keep something for each message, or keep the watch when nobody uses it, or not
// count it among the others at all.
type watchRequest struct {
	Stream   string      `json:"stream_name"`
	Config   watchConfig `json:"config"`
	Action   string      `json:"action,omitzero"`
	Pedantic bool        `json:"pedantic,omitzero"`
}

type watchConfig struct {
	Name        string            `json:"name,omitzero"`
	Description string            `json:"description,omitzero"`
	Metadata    map[string]string `json:"metadata,omitzero"`

	DeliverPolicy string     `json:"deliver_policy"`
	StartSequence uint64     `json:"opt_start_seq,omitzero"`
	StartTime     *time.Time `json:"opt_start_time,omitzero"`
	ReplayPolicy  string     `json:"replay_policy,omitzero"`
	Filter        string     `json:"filter_subject,omitzero"`
	Filters       []string   `json:"filter_subjects,omitzero"`
	HeadersOnly   bool       `json:"headers_only,omitzero"`
	RateLimit     uint64     `json:"rate_limit_bps,omitzero"`

	AckPolicy     string `json:"ack_policy"`
	AckWait       int64  `json:"ack_wait,omitzero"` // nanoseconds, as all that follow
	MaxDeliver    int64  `json:"max_deliver,omitzero"`
	MaxAckPending int64  `json:"max_ack_pending,omitzero"`

	DeliverSubject string `json:"deliver_subject,omitzero"`
	FlowControl    bool   `json:"flow_control,omitzero"`
	Heartbeat      int64  `json:"idle_heartbeat,omitzero"`

	MaxWaiting int64 `json:"max_waiting,omitzero"`
	MaxBatch   int64 `json:"max_batch,omitzero"`
	MaxExpires int64 `json:"max_expires,omitzero"`
	MaxBytes   int64 `json:"max_bytes,omitzero"`

	InactiveThreshold int64 `json:"inactive_threshold,omitzero"`
	Replicas          int64 `json:"num_replicas,omitzero"`
	Memory            bool  `json:"mem_storage,omitzero"`

	Durable  string `json:"durable_name,omitzero"` // must be empty
	Direct   bool   `json:"direct,omitzero"`       // likewise false: what is direct or
	Sourcing bool   `json:"sourcing,omitzero"`     // sourcing the server does not count
}

// watchRefused says that a dashboard may not have a watch as it wants it.
type watchRefused struct{ why string }

func (e *watchRefused) Error() string { return e.why }

var errWatchLong = &watchRefused{fmt.Sprintf("a watch may take %d bytes, with all that is said of it; watch fewer keys, or say less", watchBytes)}

// readWatch reads a request, no longer than watchBytes, for a watch that delivers to an inbox, if it has it
// delivered at all. What the request says twice, or in other letters than the server
// writes it, it does not say.
func readWatch(text []byte, stream, inbox string) (watchRequest, error) {
	var r watchRequest
	if err := json.Unmarshal(text, &r, json.RejectUnknownMembers(true)); err != nil {
		return r, &watchRefused{"a dashboard cannot watch like this: " + err.Error()}
	}
	c := &r.Config
	switch keys := len(c.Filters); {
	case r.Stream != stream:
		return r, &watchRefused{"stream_name is not the stream that is asked"}
	case c.AckPolicy != "none":
		return r, &watchRefused{`a dashboard acknowledges nothing; let ack_policy be "none"`}
	case c.Durable != "":
		return r, &watchRefused{"a watch of a dashboard ends with it; leave durable_name out"}
	case c.Direct || c.Sourcing:
		return r, &watchRefused{"direct and sourcing are for servers; leave them out"}
	case keys > watchKeys:
		return r, &watchRefused{fmt.Sprintf("%d keys are watched at once, and at most %d can be; watch a wildcard, or make several watches", keys, watchKeys)}
	case c.DeliverSubject != "" && !strings.HasPrefix(c.DeliverSubject, inbox):
		return r, &watchRefused{fmt.Sprintf("deliver_subject is not below %s, which is where you hear answers; give the client this inbox prefix", strings.TrimSuffix(inbox, "."))}
	case c.DeliverSubject == "" && (c.MaxWaiting == 0 || c.MaxWaiting > watchPulls):
		c.MaxWaiting = watchPulls
	}
	return r, nil
}

// nameable tells whether a watch can have a name. It becomes part of a subject.
func nameable(name string) bool {
	return len(name) <= 128 && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// text is the request as the server is asked.
func (r watchRequest) text() ([]byte, error) {
	return json.Marshal(r, json.Deterministic(true))
}
