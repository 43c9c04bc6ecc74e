// Package reply holds what the program answers, whoever asks: the documents that
// the command line prints as JSON and the server sends, and how they are computed
// from a picture and its log. Both use these types, so that they cannot disagree.
//
//	pic, err := reply.Project(negotiation, log, view, reply.Flags(""))
//	document := reply.StateOf(pic, tree)
//
// Nothing here does I/O. Tables, colours and flags are the command line's, status
// codes and headers the server's.
package reply
