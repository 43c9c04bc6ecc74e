// Package history checks what a store did against what its writers saw.
//
// Writers note every append before they begin it and after it has ended ([Writer]),
// each in a file of its own, for they are killed as well. From these notes
// ([Parse]) and the log as it is in the end, [Check] tells every promise that was
// not kept:
//
//   - lost: an event that was acknowledged is not in the log;
//   - doubled: an event is in a negotiation more than once;
//   - moved: an event is not at the position that was acknowledged;
//   - reordered: an append that began after another had ended stands before it, or
//     the events of one append are not in the order in which they were sent;
//   - torn: an append is in the log in part, or others stand between its events;
//   - false expectation: an append was accepted on a log that was not where the
//     writer expected it;
//   - phantom: the log has an event that nobody sent, or only somebody who was told
//     that it was not recorded, or with other content;
//   - claimed twice: two writers were told that they recorded the same event;
//   - unfounded conflict: a writer was told of a head that the log does not have;
//   - time: the time of recording goes back within a negotiation.
//
// An append whose outcome nobody knows is in the log whole or not at all.
//
//	faults := history.Check(calls, log)
//
// The check is pure. Appends of more than one batch are beyond it: they may be
// recorded in part. All writers must use one clock that never goes back.
package history
