package eventstore

import (
	"fmt"
	"strings"
)

// The users of the embedded server.
const (
	ownerUser     = "owner"     // may do everything; its password is in the folder
	dashboardUser = "dashboard" // whoever connects without credentials
	keeperUser    = "keeper"    // keeps the copies that dashboards read; known to this process only
)

// readServices is all that a dashboard may ask of the JetStream of the record: what
// the streams are, and single messages or batches of them. It is a list of what is
// allowed; everything else is refused.
var readServices = []string{
	"STREAM.INFO." + RecordStream,
	"STREAM.INFO." + BranchStream,
	"STREAM.MSG.GET." + RecordStream,
	"STREAM.MSG.GET." + BranchStream,
	"DIRECT.GET." + RecordStream,
	"DIRECT.GET." + RecordStream + ".>",
	"DIRECT.GET." + BranchStream,
	"DIRECT.GET." + BranchStream + ".>",
}

// watchServices is what a dashboard may ask of the JetStream of its own account,
// for each of the shared streams: to read them and to follow them.
var watchServices = []string{
	"STREAM.INFO.%s",
	"STREAM.MSG.GET.%s",
	"DIRECT.GET.%s",
	"DIRECT.GET.%s.>",
	"CONSUMER.CREATE.%s",
	"CONSUMER.CREATE.%s.>",
	"CONSUMER.INFO.%s.*",
	"CONSUMER.DELETE.%s.*",
	"CONSUMER.MSG.NEXT.%s.*",
}

// SharedStreams are the streams of which dashboards are given copies: those of the
// buckets of published projections.
func SharedStreams() []string { return []string{"KV_parley", "KV_parley-blue", "KV_parley-green"} }

// liveSubjects is what a dashboard may listen to.
const liveSubjects = "parley.live.>"

// The subjects through which one account reaches the other.
const (
	jetStreamAPI  = "$JS.API."
	readSubjects  = "parley.read."  // the record's JetStream, as seen from the dashboards
	copyAPI       = "parley.copy"   // that part of it which makes the copies
	copySubjects  = "parley.copied" // what comes to be copied
	flowControl   = "$JS.FC."       // of the copying, and of the dashboards' watches
	dashboardsMem = memoryMax / 2   // for the copies
)

// accessRules is the part of the server's configuration that says who may do
// what, in NATS's own language.
//
// Dashboards live in an account of their own. Permissions alone would not keep
// them from writing: a request names the subject that its answer goes to, the
// server publishes answers with its own rights, and a stream stores whatever is
// published on its subjects. An answer to another account cannot reach them. For
// the same reason dashboards cannot make consumers on the record's streams: a push
// consumer delivers wherever its maker says.
//
// Projections are there to be watched, and a watch is a consumer. So the dashboards'
// account has a JetStream of its own with copies of the buckets. A copy is a mirror:
// it listens to no subject, so that nothing can be written into it either, not even
// by naming one of its subjects for an answer.
//
// What a dashboard asks of the record's JetStream and of its own has the same
// subjects but for the stream. The former are mapped to others before the
// dashboards' own JetStream can answer that it has no such stream.
func accessRules(s secrets, keeper string) string {
	var exports, imports, mappings strings.Builder
	var allow []string
	for _, service := range readServices {
		// Batched direct gets answer with many messages.
		fmt.Fprintf(&exports, "      {service: %q, response_type: stream}\n", jetStreamAPI+service)
		fmt.Fprintf(&imports, "      {service: {account: parley, subject: %q}, to: %q}\n", jetStreamAPI+service, readSubjects+service)
		fmt.Fprintf(&mappings, "      %q: %q\n", jetStreamAPI+service, readSubjects+service)
		allow = append(allow, readSubjects+service)
	}
	allow = append(allow, jetStreamAPI+"INFO")
	for _, stream := range SharedStreams() {
		create, flow := "CONSUMER.CREATE."+stream, flowControl+stream+".>"
		fmt.Fprintf(&exports, "      {service: %q, response_type: stream}\n      {service: %q, response_type: stream}\n", jetStreamAPI+create, flow)
		fmt.Fprintf(&imports, "      {service: {account: parley, subject: %q}, to: %q}\n      {service: {account: parley, subject: %q}}\n",
			jetStreamAPI+create, copyAPI+"."+create, flow)
		for _, service := range watchServices {
			allow = append(allow, jetStreamAPI+fmt.Sprintf(service, stream))
		}
		allow = append(allow, flow)
	}
	return fmt.Sprintf(`
accounts {
  parley {
    jetstream: enabled
    users: [ {user: %q, password: %q} ]
    exports: [
%s      {stream: %q}
      {stream: %q}
    ]
  }
  dashboards {
    jetstream: {max_mem: %d, max_file: 0, max_streams: %d}
    users: [
      {user: %q, password: %q}
      {user: %q, permissions: {
        publish: {allow: [ %s ]}
        subscribe: {allow: [ "_INBOX.>", %q ]}
      }}
    ]
    mappings {
%s    }
    imports: [
%s      {stream: {account: parley, subject: %q}}
      {stream: {account: parley, subject: %q}}
    ]
  }
}
no_auth_user: %s
`, ownerUser, s.Owner, exports.String(), liveSubjects, copySubjects+".>",
		dashboardsMem, len(SharedStreams()), keeperUser, keeper,
		dashboardUser, quotedList(allow), liveSubjects, mappings.String(), imports.String(), liveSubjects, copySubjects+".>", dashboardUser)
}

func quotedList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(quoted, ", ")
}
