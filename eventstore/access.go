package eventstore

import (
	"fmt"
	"strings"
)

// The users of the embedded server.
const (
	ownerUser     = "owner"     // may do everything; its password is in the folder
	dashboardUser = "dashboard" // whoever connects without credentials
)

// readServices is all that a dashboard may ask of JetStream: what the streams
// are, and single messages or batches of them. It is a list of what is allowed;
// everything else is refused.
//
// The first one is also what makes the rest possible: the server routes requests
// of an account to that account's own JetStream unless this is imported.
var readServices = []string{
	"$JS.API.INFO",
	"$JS.API.STREAM.INFO." + RecordStream,
	"$JS.API.STREAM.INFO." + BranchStream,
	"$JS.API.STREAM.MSG.GET." + RecordStream,
	"$JS.API.STREAM.MSG.GET." + BranchStream,
	"$JS.API.DIRECT.GET." + RecordStream,
	"$JS.API.DIRECT.GET." + RecordStream + ".>",
	"$JS.API.DIRECT.GET." + BranchStream,
	"$JS.API.DIRECT.GET." + BranchStream + ".>",
}

// liveSubjects is what a dashboard may listen to.
const liveSubjects = "parley.live.>"

// accessRules is the part of the server's configuration that says who may do
// what, in NATS's own language.
//
// Dashboards live in an account of their own. Permissions alone would not keep
// them from writing: a request names the subject that its answer goes to, the
// server publishes answers with its own rights, and a stream stores whatever is
// published on its subjects. An answer to another account cannot reach them. For
// the same reason dashboards cannot make consumers on these streams: a push
// consumer delivers wherever its maker says.
func accessRules(s secrets) string {
	var exports, imports, allow strings.Builder
	for _, subject := range readServices {
		// Batched direct gets answer with many messages.
		fmt.Fprintf(&exports, "      {service: %q, response_type: stream}\n", subject)
		fmt.Fprintf(&imports, "      {service: {account: parley, subject: %q}}\n", subject)
		fmt.Fprintf(&allow, "%q, ", subject)
	}
	return fmt.Sprintf(`
accounts {
  parley {
    jetstream: enabled
    users: [ {user: %q, password: %q} ]
    exports: [
%s      {stream: %q}
    ]
  }
  dashboards {
    users: [ {user: %q, permissions: {
      publish: {allow: [ %s]}
      subscribe: {allow: [ "_INBOX.>", %q ]}
    }} ]
    imports: [
%s      {stream: {account: parley, subject: %q}}
    ]
  }
}
no_auth_user: %s
`, ownerUser, s.Owner, exports.String(), liveSubjects,
		dashboardUser, allow.String(), liveSubjects, imports.String(), liveSubjects, dashboardUser)
}
