// Package server answers over HTTP what the command line answers on a terminal:
// thin skins over eventstore and projections, one file a noun.
//
//	s, err := server.Open(server.Options{Store: store, Listen: "127.0.0.1:8727"})
//	...
//	fmt.Println(s.URL())
//	err = s.Serve(ctx) // until ctx ends, then it drains
//
// # What is promised
//
// An answer is what the command line prints as JSON for the same view: both take it
// from package reply. It carries the view and the position that it reflects.
//
// Every read sees every append that was acknowledged before it, whoever made it,
// also by other processes. Where the record is behind, min-position waits.
//
// An error is a problem of RFC 9457 with every fault of the input, whatever goes
// wrong, also for addresses that are none. The document at /openapi.json describes
// all of it, and real answers are checked against it in the tests.
//
// An ETag stands for the bytes of an answer: the position, the view, the path, and
// the program that computed it.
//
// # Streams
//
// /v1/stream tells what there is and what changes as server-sent events, from the hub
// of a live.Runner. Only the last event of a batch has an id: a client that is cut off
// within one asks for all of it again. What a client does not read waits in the hub,
// coalesced; past a limit he is told gone, or cut off, and nobody else waits for him.
//
// # Who may do what
//
// One middleware asks an [Access] who a caller is, and [Role] what he may do. Without
// an Access only this machine can reach the server, and whoever does is an analyst.
// Web pages of others cannot: a request must name a host that is ours, and one that
// a browser sends for another origin is refused. There is no CORS.
//
// # Limits
//
// They are constants in limits.go: sizes of addresses, headers and bodies, how many
// connections and requests at once, how long reading and writing may take. Above them
// a caller gets a problem, and the others do not notice. A lens has bounds of its own.
// At most [maxVolumes] negotiations are kept warm, besides those that a runner follows.
package server
