// Package seal is the arithmetic of tamper evidence: Merkle trees over the stored
// bytes of a log, checkpoints of a whole store, and proofs that one entry is in
// it. It computes and reads nothing; the store feeds it.
//
// # Leaves and trees
//
// Every negotiation has a tree of its own (RFC 6962, SHA-256; package tlog of
// golang.org/x/mod). The leaf of an entry is SHA-256(0x00 || stored bytes), the
// exact bytes of the message, parked ones too, in the order of the log. Where an
// entry stands in its negotiation is bound by the tree: leaf 16 of 214 is no other.
//
// The store has one more tree, over the index: one line for each entry, in the
// order of the stream,
//
//	43 pak-afg-2025 lOPnZqEVvpcJr1ZXhKKWzsPMhQ4dGWNlfYhDuaM0KGI=
//
// position, log and leaf hash, ended by a line feed; the leaf is
// SHA-256(0x00 || line). It binds the positions that people cite, and the order
// between negotiations. Both trees only grow.
//
// # Checkpoint
//
// A checkpoint is a signed note (package note) with this text:
//
//	parley/3f9c2a71b05d44e2
//	217
//	4Cbbhtc+F9/aNEi7XUcVKLxIQpRrcGdlyqZTq5rGtmE=
//	pak-afg-2025 214 F5rYCTHNf5lpC3sKqWVuoj1vvWkG/JMl5Xd5TXRoE5k=
//	talks 3 iJ0LcWJTT4nSOxuLJAiK0jNDs4mrBnM1fEzrc1bGC1o=
//
//	— parley/3f9c2a71b05d44e2 Cs0jY2y9…
//
// The origin, which is the name of the key as well; the number of entries and the
// root of the index; then each log with its number of entries and its root, sorted
// by name. Names that are no ids are written with percent escapes. There is no
// time in it: the same log gives the same checkpoint, on whichever machine it was
// restored. The first three lines are those of a c2sp.org/tlog-checkpoint, and the
// tree that they speak of is append-only, so witnesses can cosign it.
//
// # Proof
//
// A proof is a text that needs nothing but the public key:
//
//	parley proof 1
//	log pak-afg-2025
//	index 16
//	hash …
//	hash …
//	stored eyJzcGVjdmVyc2lvbiI6IjEuMCIs…
//
//	parley/3f9c2a71b05d44e2
//	…
//
// The index counts from 0. The hashes are the path from the leaf to the root (RFC
// 6962, section 2.1.1), stored is the entry itself in base64, and the checkpoint
// follows the empty line. Each of these forms has one spelling only: what would
// not be written in exactly that way is refused.
//
// # Limits
//
// A root says what a log was, not who wrote it. Somebody who can change the log,
// the hashes beside it and the key can make a new and consistent whole; only a
// checkpoint that is kept elsewhere tells.
package seal
