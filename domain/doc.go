// Package domain is the vocabulary of Parley: events that say "this source says
// that this act happened then", the closed set of acts, uncertain time, the
// registry of names, and the rules by which input is accepted or refused.
//
// The package is pure. It does no I/O, reads no clock and knows nothing of how
// events are stored or folded. Time is always an argument.
//
// # Words
//
//   - An [Event] is one entry of the log. It is immutable.
//   - An [Act] is what is said to have happened. Acts are past tense; their
//     names and versions are storage formats and never change (see [Catalogue]).
//   - A control event speaks of the record, not of the world: registrations,
//     source grades, links, corrections, withdrawals, branches.
//   - An [Entry] is an event at its position in the log.
//   - Three clocks are kept apart: occurred (in the world), reported (when it
//     became known) and recorded (when the log took it).
//   - [Fault] is one thing wrong with input, with its place, what was read and
//     what to write instead. Input is refused whole, with all its faults.
//
// # Ways in and out
//
//   - [Bind] makes an event of what was read, [Offer] of what was made in Go; both
//     list every fault by the same rules. [Unbind] is the inverse of Bind.
//   - [Decide] tells what has to be appended, or what is wrong with the whole of
//     an input.
//   - [Encode] and [Decode] are the bytes of the log. Neither writes nor reads
//     what the other would refuse.
//
// # Limits
//
// Ids that people choose match [a-z0-9-]{1,64}. A quote is at most
// [MaxQuoteRunes] characters, an encoded event at most [MaxEventBytes] bytes.
// Texts hold no control characters but tab and line feed, items of lists no |.
// Corrections of corrections are nested at most eight deep.
package domain
