// Package eventstore keeps the log: an append-only record of events, one log per
// negotiation, on NATS JetStream. It serves a data folder with a server of its
// own, goes through the process that serves it, or uses NATS servers that others
// run; the contract is the same.
//
//	s, err := eventstore.Open(ctx, eventstore.Options{Dir: "data", Kind: "my import"})
//	...
//	defer s.Close()
//	receipt, err := s.Append(ctx, eventstore.Any(), []domain.Candidate{domain.Offer(event)}, eventstore.AppendOptions{})
//	for entry, err := range s.Read(ctx, "pak-afg-2025", 0) { ... }
//
// # The door
//
// All appends to the record go through [Store.Append]. It looks up which events
// are recorded already, refuses the whole input with all its faults, stamps the
// rest with the time of recording, and appends it where the log is expected to
// be. The caller says what it expects: [Any] for observations of the world, [None]
// or [Exactly] for decisions about the record. A log that has moved on meanwhile
// is a [ConflictError] for the latter; for the former the door looks and decides
// again, at most 20 times in a row.
//
// # What is promised
//
// Order. The entries of a negotiation have one order for all readers. Positions
// rise along it and never change. The time of recording never goes back.
//
// Atomicity. Up to [MaxBatch] events of up to [MaxBatchBytes] together are recorded
// whole or not at all, also over several negotiations. Longer input is recorded in
// such batches, in its order.
//
// Durability. In a folder, an event that was acknowledged has been synced to the
// disk. On other servers that is for their configuration (sync_interval: always,
// or replicas on machines that do not fail together). On a cluster there are three
// replicas.
//
// Idempotence. The same event is recorded once, for ever: whatever the server
// remembers, whoever sends it, and however often. The same id with other content
// is refused, or becomes a correction if the caller says so.
//
// No guessing. When an answer is lost, the log is read to find out what happened.
// Where that is not possible, the error says so ([UncertainError]), and the same
// call again settles it.
//
// One server for one folder. JetStream locks nothing, so the folder has a lock of
// its own, which the kernel frees when its holder ends. It also has a high-water
// mark: how far the log was acknowledged. The mark outlives the process at once
// and a loss of power after a tenth of a second; it is never ahead of the log. The
// last of the hashes is a second one, and the branches have one of their own. When
// the log is opened, it must reach up to the mark and have no gap, or else that is
// a [DamageError]: nothing is appended over a loss until somebody accepts it.
//
// Integrity. A folder keeps the hash of every entry as it was recorded, beside the
// log. [Store.Verify] computes all of them again from the stored bytes and names
// every entry that was changed, dropped, inserted or moved; [Store.Checkpoint] signs
// what the record holds, and [Store.Prove] proves one entry to whoever has only
// that. Package seal has the formats.
//
// Damage. The files of a folder are examined before a server starts on them, which
// would cut off what it cannot read. A damaged folder is refused and not touched,
// unless the caller wants to read what is left ([ReadDamaged], from a copy) or to go
// on without the rest ([AcceptLoss], which puts the damaged files aside). Entries
// that are left keep their positions, and lost positions are not given again.
//
// Recovery. [Store.Backup] writes every stored byte of the record and the branches,
// also of a damaged folder what reads; [Restore] makes a folder of it with the same
// bytes at the same positions and the same roots, or nothing.
//
// Poison. What stands in the log and is no event is parked: it comes to readers
// as an entry without an event, and stops nothing.
//
// # Who may do what
//
// The owner of the folder may do everything; the password is in the folder, readable by
// its owner only. Whoever connects without credentials is a dashboard: it has an
// account of its own, into which a few read-only requests, the live subjects and copies
// of the published projections are let (see accessRules and [Store.Share]), and watches
// of these, which are shared out among dashboards. Others have
// roles, which [AddGrant] grants and [RevokeGrant] takes back, also while the folder is
// served: each role is an account, into which the requests are let that it may send. It
// listens only if asked to, and to other machines only where roles are granted.
//
// # What is not promised
//
// There is no order between negotiations but that of positions, which is the order
// in which the server took them. Nothing keeps a writer with the owner's rights, or
// the rights of another server's user, from publishing to the subjects past the
// door; what it writes is parked or counted like any other event. A server of
// others that is full or fails in the midst of a batch may keep a part of it; the
// call then fails, and the same call again records the rest. Verification of other
// servers has no hashes beside the log, and needs a
// checkpoint. Branches are in backups, and in no checkpoint.
//
// # Limits
//
// An event takes at most [domain.MaxEventBytes]; ids match [a-z0-9-]{1,64}; a stream
// takes 1,000 followers. The ledgers of negotiations that were appended to stay in
// memory: about 150 bytes an event. A folder needs a file system with flock(2), and
// 256 MiB of free disk (or a twentieth of the disk, if that is less). Opening it reads
// all of its blocks. One that is damaged or cannot be written to is read from its files,
// which takes 40 bytes of memory for each entry.
package eventstore
