// Package problem says what an error means to whoever asked: its kind, and with the
// kind the exit code and the HTTP status, and a hint where one is known. The command
// line and the server share it, so that one error is one problem to both.
//
//	p := problem.Of(err)
//	fmt.Println(p.Detail, p.Hint) // for people
//	os.Exit(p.Exit)               // for scripts
//	w.WriteHeader(p.Status)       // for programs far away
//
// A [Problem] prints as the object of RFC 9457. Its type is a name that never
// changes; the titles and details are for people and may.
//
// An error that is not known here is a failure, never more: nothing is guessed from
// texts. Errors of other packages can say themselves what they mean ([Explainer]).
package problem
