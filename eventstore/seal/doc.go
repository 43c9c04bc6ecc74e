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
// order of the stream. Of four entries with the bytes "one", "two", "three" and
// "four", in two negotiations, these are
//
//	1 lake 0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=
//	2 lake qxq38Hx8j+Dv9LpvqlPH5EEukaWZFT6KpOAb7s5beCU=
//	3 talks Zx8UbF5HHooag6PCFM5LqQe486WIjRTMjNPOdbsS75Q=
//	4 lake 9xWrP6pdBx5uKsS7mU1b9zWUPcw3mdoNCF55gM+5M2o=
//
// position, log and leaf hash, each ended by a line feed; the leaf of the index is
// SHA-256(0x00 || line). It binds the positions that people cite, and the order
// between negotiations. Both trees only grow.
//
// # Checkpoint
//
// A checkpoint is a signed note (package note). That of these four entries is
//
//	parley/3f9c2a71b05d44e2
//	4
//	1wj1k2QLJFEzLII+4+hB1jhwRIRn0eMKVRu3nhHODt0=
//	lake 3 nIVeLLPW2iLPFMbnYfYQMSZJ/gcmoSYDJ0TsE54s9L8=
//	talks 1 Zx8UbF5HHooag6PCFM5LqQe486WIjRTMjNPOdbsS75Q=
//
//	— parley/3f9c2a71b05d44e2 N3GI/MlrxMgsydv2lOxdyqZlwa04H9wqU9lzzOA6gZB1NbLihUF5DFObHydbboOB5T+Gk+LjX4tNsjmZuLwEQLtpRQI=
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
// A proof is a text that needs nothing but the public key. That of the second entry
// begins with
//
//	parley proof 1
//	log lake
//	index 1
//	hash 0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=
//	hash 9xWrP6pdBx5uKsS7mU1b9zWUPcw3mdoNCF55gM+5M2o=
//	stored dHdv
//
// and, behind an empty line, the signed checkpoint follows. The index counts from
// 0. The hashes are the path from the leaf to the root (RFC 6962, section 2.1.1),
// stored is the entry itself in base64.
//
// Each of these forms has one spelling only: what would not be written in exactly
// that way is refused.
//
// # Limits
//
// A root says what a log was, not who wrote it. Somebody who can change the log,
// the hashes beside it and the key can make a new and consistent whole; only a
// checkpoint that is kept elsewhere tells.
package seal
