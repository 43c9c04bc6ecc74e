// Package blocks reads the files in which JetStream keeps a stream, without a
// server: to find damage before a server does, and to save what is left.
//
//	report, err := blocks.Inspect(".parley/jetstream/parley/streams/PARLEY", "PARLEY")
//	…
//	err = report.Messages(func(m blocks.Message) bool { … })
//
// A server that finds a record damaged cuts the file off there, without a word and
// with everything behind it, and then gives the positions to other messages; on
// some damage it takes gigabytes and does not start. This package only reads. It
// finds the next record that is whole, so that one damaged record costs one; and it
// tells a record that was moved ([Misplaced]) from one that is lost. An [Index] finds
// single messages, as a server does.
//
// The layout is that of nats-server 2.15: blocks msgs/N.blk, each a sequence of
// records (length, sequence, time, subject, headers, message, and a check sum keyed
// with the name of stream and block). A test holds it against the server that is
// linked in. Encrypted or compressed blocks, which this program never makes, read
// as damaged.
//
// # Limits
//
// A block is read into memory as a whole; they hold 8 MiB, or one message. Where
// records were moved, 40 bytes are held for each of the stream. What a
// check sum does not cover, and what somebody changed together with it, is for the
// hashes of package seal.
package blocks
