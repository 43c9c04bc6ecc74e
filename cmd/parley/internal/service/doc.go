// Package service answers requests over NATS: the operations of the HTTP API, asked
// for by other means. A reply is the same document, and what is wrong is the same
// problem; only the way differs.
//
//	s, err := service.Open(service.Options{Server: api, Conn: store.Conn(), Version: "1.2"})
//	defer s.Close()
//
// It is a service of the micro framework of NATS, with the name parley. PING, INFO and
// STATS below $SRV find it, and parley.api.read.schema has the JSON Schemas of all
// requests and replies.
//
// # Subjects
//
// The right that an operation needs stands in its subject, so that the server of NATS
// can keep out whoever has not got it:
//
//	parley.api.read.state            reads
//	parley.api.append                records
//	parley.api.suppose.branch.open   supposes
//
// Requests to a session go to the process that keeps it: its name is the last part of
// the subject, parley.api.suppose.session.append.INSTANCE, and stands in the reply
// that opened the session. So it is with an ensemble that is fed in parts
// (whatif.open, whatif.feed, whatif.close). Of all others any process takes its share.
//
// # What is promised
//
// A request is a JSON object. What is wrong with it is told at once and as a whole, in
// the body of the reply; the headers Nats-Service-Error-Code and Nats-Service-Error
// say that it is a problem. What an append has acknowledged is on the disk.
//
// # Limits
//
// A message holds what the server of NATS lets through, 1 MiB by default. A longer
// request does not come this far; in place of a longer reply comes a problem that
// says how to ask for less. So many requests are under way at once, of one caller
// fewer; more are refused at once and not queued. Who calls is what the server of
// NATS says (an import that shares it); callers of its own account are one.
//
// There is no subject to which simulators could publish events by themselves: events
// would pass the door by, which refuses what cannot be. branch.append and
// session.append are the door.
package service
