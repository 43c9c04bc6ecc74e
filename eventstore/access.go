package eventstore

import (
	"fmt"
	"slices"
	"strings"
)

// The users of the embedded server.
const (
	ownerUser     = "owner"     // may do everything; its password is in the folder
	dashboardUser = "dashboard" // whoever connects without credentials
	listenerUser  = "listener"  // hears what changes; no credentials needed either
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
// for each of the shared streams: to read them and to follow them. For a watch it asks
// the gate.
var watchServices = []string{
	"STREAM.INFO.%s",
	"STREAM.MSG.GET.%s",
	"DIRECT.GET.%s",
	"DIRECT.GET.%s.>",
	"CONSUMER.INFO.%s.*",
	"CONSUMER.DELETE.%s.*",
	"CONSUMER.MSG.NEXT.%s.*",
}

// SharedStreams are the streams of which dashboards are given copies: those of the
// buckets of published projections.
func SharedStreams() []string {
	return []string{"KV_parley", "KV_parley-blue", "KV_parley-green", "KV_parley-branches"}
}

// liveSubjects is what listeners hear: each published value as it changes.
const liveSubjects = "parley.live.>"

// ListenerOf is the second user of whoever was granted the role of dashboards, with the
// same secret. It hears what changes, and can do nothing else.
func ListenerOf(name string) string { return name + "." + listenerUser }

// The subjects through which one account reaches the other.
const (
	jetStreamAPI  = "$JS.API."
	readSubjects  = "parley.read."  // the record's JetStream, as seen from the dashboards
	copyAPI       = "parley.copy"   // that part of it which makes the copies
	copySubjects  = "parley.copied" // what comes to be copied
	flowControl   = "$JS.FC."       // of the copying, and of the dashboards' watches
	dashboardsMem = memoryMax / 2   // for the copies

	createWatch = jetStreamAPI + "CONSUMER.CREATE."
	askWatch    = "parley.watch."     // the gate, where dashboards ask for watches
	makeWatch   = "parley.watching."  // the keeper's way past it
	requestInfo = "Nats-Request-Info" // header in which the server says who asks

	dashboardsMessage = 64 << 10 // bytes of what a dashboard sends at once
)

// The subjects of the service that answers requests.
const (
	apiRead    = "parley.api.read.>"
	apiAppend  = "parley.api.append"
	apiSuppose = "parley.api.suppose.>"
)

// apiOf is what each role may ask of the service.
var apiOf = map[string][]string{
	RoleAnalyst:   {apiRead, apiAppend, apiSuppose},
	RoleDashboard: {apiRead},
	RoleSimulator: {apiRead, apiSuppose},
}

// discovery is how the service is found (ADR 32 of NATS).
var discovery = []string{
	"$SRV.PING", "$SRV.PING.parley", "$SRV.PING.parley.*",
	"$SRV.INFO", "$SRV.INFO.parley", "$SRV.INFO.parley.*",
	"$SRV.STATS", "$SRV.STATS.parley", "$SRV.STATS.parley.*",
}

// accountOf is the account in which the users of a role are.
var accountOf = map[string]string{RoleAnalyst: "analysts", RoleDashboard: "dashboards", RoleSimulator: "simulators"}

// RoleOfAccount is the role of the users of an account, empty if it is of none.
func RoleOfAccount(account string) string {
	for role, name := range accountOf {
		if name == account {
			return role
		}
	}
	return ""
}

// InboxPrefix is before the inboxes of the user of a grant. Nobody else hears them; a
// client has to be told to use it.
func InboxPrefix(name string) string { return "_INBOX_" + name }

// admission is who is let in, besides the owner.
type admission struct {
	secrets   secrets
	keeper    string
	grants    Grants
	anonymous bool // who shows no credentials is a dashboard; else he is refused
}

// accessRules is the part of the server's configuration that says who may do
// what, in NATS's own language.
//
// Each role lives in an account of its own, none in that of the record. Permissions
// alone would not keep anybody from writing: a request names the subject that its
// answer goes to, the server publishes answers with its own rights, and a stream
// stores whatever is published on its subjects. An answer to another account cannot
// reach them, and an answer within an account reaches only the services that all its
// users may ask anyway. For the same reason dashboards cannot make consumers on the
// record's streams: a push consumer delivers wherever its maker says.
//
// Projections are there to be watched, and a watch is a consumer. So the dashboards'
// account has a JetStream of its own with copies of the buckets. A copy is a mirror:
// it listens to no subject, so that nothing can be written into it either, not even
// by naming one of its subjects for an answer.
//
// What a dashboard asks of the record's JetStream and of its own has the same
// subjects but for the stream. The former are mapped to others before the
// dashboards' own JetStream can answer that it has no such stream. In the same way
// what would make a consumer is mapped to the gate. The keeper has a subject of its own
// that is mapped back; dashboards may publish to neither of the two that it leads to.
//
// What changes is told in another account, in which nobody may publish. Where people
// may ask, one of them could have an answer sent to what the others listen to.
//
// Analysts and simulators have no JetStream. All they can do is to ask the service.
func accessRules(a admission) string {
	exports, imports, mappings, allow := dashboardReads()
	exports += serviceExports()
	allow = append(allow, asks(RoleDashboard)...)
	users := fmt.Sprintf("      {user: %q, password: %q}\n", keeperUser, a.keeper)
	last := ""
	if a.anonymous {
		users += fmt.Sprintf("      {user: %q, %s}\n", dashboardUser, permissions(allow, "_INBOX.>"))
		last = "no_auth_user: " + dashboardUser + "\n"
	}
	users += granted(a.grants, RoleDashboard, allow)
	var rules strings.Builder
	fmt.Fprintf(&rules, `
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
    limits: {max_payload: %d}
    users: [
%s    ]
    mappings {
%s    }
    imports: [
%s%s      {stream: {account: parley, subject: %q}}
    ]
  }
  listeners {
    users: [
%s    ]
    imports: [ {stream: {account: parley, subject: %q}} ]
  }
`, ownerUser, a.secrets.Owner, exports, liveSubjects, copySubjects+".>",
		dashboardsMem, len(SharedStreams()), dashboardsMessage, users, mappings, imports, serviceImports(RoleDashboard), copySubjects+".>", listeners(a), liveSubjects)
	for _, role := range []string{RoleAnalyst, RoleSimulator} {
		fmt.Fprintf(&rules, "  %s {\n    users: [\n%s    ]\n    imports: [\n%s    ]\n  }\n",
			accountOf[role], granted(a.grants, role, asks(role)), serviceImports(role))
	}
	return rules.String() + "}\n" + last
}

// asks is all that a role may publish to ask the service, and to find it.
func asks(role string) []string { return slices.Concat(apiOf[role], discovery) }

// serviceExports offers the service to the accounts of the roles.
func serviceExports() string {
	var exports strings.Builder
	for _, subject := range []string{apiRead, apiAppend, apiSuppose} {
		fmt.Fprintf(&exports, "      {service: %q}\n", subject)
	}
	for _, subject := range discovery {
		fmt.Fprintf(&exports, "      {service: %q, response_type: stream}\n", subject) // each instance answers
	}
	return exports.String()
}

// serviceImports lets the users of a role ask the service. It is told who asks, in a
// header that only the server sets.
func serviceImports(role string) string {
	var imports strings.Builder
	for _, subject := range asks(role) {
		fmt.Fprintf(&imports, "      {service: {account: parley, subject: %q}, share: true}\n", subject)
	}
	return imports.String()
}

// listeners lists those who hear what changes.
func listeners(a admission) string {
	rights := fmt.Sprintf("permissions: {publish: {deny: [ \">\" ]}, subscribe: {allow: [ %q ]}}", liveSubjects)
	var users strings.Builder
	if a.anonymous {
		fmt.Fprintf(&users, "      {user: %q, %s}\n", listenerUser, rights)
	}
	for _, one := range a.grants.All {
		if one.Role == RoleDashboard {
			fmt.Fprintf(&users, "      {user: %q, password: %q, %s}\n", ListenerOf(one.Name), one.Password, rights)
		}
	}
	return users.String()
}

// granted lists the users of a role. Nobody hears the answers to another.
func granted(g Grants, role string, publish []string) string {
	var users strings.Builder
	for _, one := range g.All {
		if one.Role == role {
			fmt.Fprintf(&users, "      {user: %q, password: %q, %s}\n", one.Name, one.Password,
				permissions(publish, InboxPrefix(one.Name)+".>"))
		}
	}
	return users.String()
}

func permissions(publish []string, subscribe ...string) string {
	return fmt.Sprintf("permissions: {publish: {allow: [ %s ]}, subscribe: {allow: [ %s ]}}", quotedList(publish), quotedList(subscribe))
}

// dashboardReads is what lets dashboards read the record and watch the copies.
func dashboardReads() (exports, imports, mappings string, allow []string) {
	var ex, im, ma strings.Builder
	for _, service := range readServices {
		// Batched direct gets answer with many messages.
		fmt.Fprintf(&ex, "      {service: %q, response_type: stream}\n", jetStreamAPI+service)
		fmt.Fprintf(&im, "      {service: {account: parley, subject: %q}, to: %q}\n", jetStreamAPI+service, readSubjects+service)
		fmt.Fprintf(&ma, "      %q: %q\n", jetStreamAPI+service, readSubjects+service)
		allow = append(allow, readSubjects+service)
	}
	allow = append(allow, jetStreamAPI+"INFO")
	for _, stream := range SharedStreams() {
		create, flow := "CONSUMER.CREATE."+stream, flowControl+stream+".>"
		fmt.Fprintf(&ex, "      {service: %q, response_type: stream}\n      {service: %q, response_type: stream}\n", jetStreamAPI+create, flow)
		fmt.Fprintf(&im, "      {service: {account: parley, subject: %q}, to: %q}\n      {service: {account: parley, subject: %q}}\n",
			jetStreamAPI+create, copyAPI+"."+create, flow)
		for _, service := range watchServices {
			allow = append(allow, jetStreamAPI+fmt.Sprintf(service, stream))
		}
		allow = append(allow, flow, askWatch+stream, askWatch+stream+".>")
		for _, below := range []string{"", ".>"} { // the name, and what is watched
			fmt.Fprintf(&ma, "      %q: %q\n", createWatch+stream+below, askWatch+stream+below)
		}
		fmt.Fprintf(&ma, "      %q: %q\n", makeWatch+stream+".>", createWatch+stream+".>")
	}
	fmt.Fprintf(&ex, "      {service: %q}\n", askWatch+">")
	fmt.Fprintf(&im, "      {service: {account: parley, subject: %q}, share: true}\n", askWatch+">")
	return ex.String(), im.String(), ma.String(), allow
}

func quotedList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(quoted, ", ")
}
