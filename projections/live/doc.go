// Package live keeps projections up to date as the log grows, and publishes them. It
// is the one part of projections that knows NATS; the runner and the hub do not, the
// files that publish do.
//
//	Source ─► Runner ─► Hub ─► Subscription, Subscription, …   in this process
//	           books     └───► Publisher ─► buckets            for everybody else
//
//	BranchSource ─► Branches ─► a Hub each ─► Subscription, …
//	                              └───► BranchPublisher ─► the bucket of branches
//
// A [Runner] follows the log of all negotiations through one [Source], folds what
// changes, and hands it to its [Hub], entity by entity. A [Publisher] brings the
// served bucket to what the hub has. Neither waits for a reader.
//
// # What is promised
//
// What the hub shows of a negotiation at a position is what a fold from nothing
// shows of its log up to there. What stands in the bucket when its mark has been
// written is the same. The positions of a negotiation never go back, for a reader of
// either.
//
// Every entity is found under its key. It comes with the id of the entity that is
// shown before it, so that lists keep their order; it is published again when that
// changes.
//
// # How it is published
//
// A bucket holds <negotiation>.<projection>.<id> for every entity ([Envelope]), with a
// long id shortened ([FormatKey]), its
// pages if it is long ([Page]), and <negotiation>._position ([Mark]). What changes is
// committed as one atomic batch that ends with the mark and expects the mark to be
// as this process knows it. A publisher that is beaten to it sees by its watch what
// stands there now, and commits what is still missing: nothing, if the other one is
// as far. Changes that take more than one batch are announced in the mark, batch by
// batch; if the publisher ends in the midst, the next one writes the rest, and
// nobody who is behind that position writes at all.
//
// To rebuild is to fill the bucket that is not served and to turn the pointer.
//
// Branches lie in a bucket of their own, [BranchBucket], under
// <negotiation>.<branch>.<projection>.<id>, each for as long as somebody asks for it
// ([BranchPublisher.Lease]). No pointer names it: it is filled in its place.
//
// # How branches are followed
//
// [Branches] has one follower for all of them. A branch that somebody watches is
// folded by a goroutine of its own, which never delays the record's; one that nobody
// watches is not read. What it comes to is told with the branch that supposes it. A
// position of a branch says how far each log is reflected that it stands on, so it
// is the same state for every process, and a reader goes on from it anywhere.
//
// # How it is read
//
// A reader watches the key "serving" of the bucket "parley" ([Pointer]), opens the
// bucket that it names, and watches <negotiation>.> there. After each mark that is
// not filling, what he has is the state at its position. When the pointer names
// another bucket or epoch, he begins anew, and passes over marks below the position
// that he has seen, unless it names another log. Deleted entities come as the deletion of their key.
//
// # What is not promised
//
// Not every state in between is shown: several entries in a short time are one step.
// A bucket is kept in memory; a server that starts again has it filled anew. On a
// cluster it is on the disk. The feed of values as they are put ([FeedPrefix]) is sent
// once, to whoever listens.
//
// # Limits
//
// The log of every negotiation is held in memory, and the present value of every
// entity; an entity that vanished is remembered until 16,384 others have. Of the 32
// negotiations that changed last, what was printed is kept too: a step then prints
// drafts, positions and the timeline only where they may have changed, and the rest
// whole. After a correction, a link or a change of the registry all is printed. 256
// branches are followed at once, and 64 published by a process.
//
// Negotiations are folded apart from each other, as many at once as there are
// processors, and at least four. One that takes more than 20 milliseconds is handed over
// when it is there, and told as late meanwhile ([Summary]); the others do not wait for
// it. No negotiation is folded more than half of the time, so a long one is shown less
// often. When the runner begins it waits for all of them.
package live
