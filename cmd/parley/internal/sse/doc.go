// Package sse writes and reads server-sent events, as the HTML standard has them
// (section 9.2, "Server-sent events").
//
//	b = sse.Append(b, sse.Event{Name: "change", ID: "186", Data: data})
//
//	r := sse.NewReader(response.Body)
//	for {
//		e, err := r.Next() // io.EOF: the stream ended
//	}
//
// A stream is UTF-8 with one byte order mark at most. Lines end with CR, LF or both.
// An empty line ends an event; one without data is none, but its id counts, and its
// retry does. An event that the end of the stream cuts off is none either.
//
// # Limits
//
// The writer takes no names or ids that hold a line end. The reader refuses lines
// and events of more than [MaxEvent] bytes.
package sse
