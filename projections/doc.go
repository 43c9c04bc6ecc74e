// Package projections answers questions about a negotiation: it turns a prefix of
// the log and a [View] into state, by one fold.
//
//	log ─► recorded-by cut ─► corrections and withdrawals ─► bounds
//	    ─► known-by cut ─► lens ─► as-of cut
//	    ─► accounts merged into happenings ─► order ─► Evolve, Evolve, … ─► state
//
// # Laws
//
//  1. Cuts only narrow the set of raw events.
//  2. A recorded-by cut equals replaying the truncated log. A known-by cut sees
//     nothing reported later: not its content, and not the order it states.
//  3. Every linear extension of the order gives the same state. Where the order
//     of two unordered events would matter, the value is contested.
//  4. Folding in whatever order events arrive equals a rebuild.
//  5. An event that stands in the log twice counts once.
//  6. Every value can be traced to the events it rests on.
//
// [Evolve] decides nothing and cannot fail: it files a happening under the
// entities it bears on, in whatever order it is called. What a value is follows when the state is read, from the
// happenings filed there and from their order alone.
//
// # Order
//
// The order of happenings is partial. A precedes B if B is said to be after A (in
// the field after, transitively), or if A's latest bound lies before B's earliest.
// Everything else is unordered. Ids break ties for display only.
//
// # Happenings
//
// Accounts joined by same-act links are one happening, also where the view hides
// the account that joins them. The leading account is chosen by reliability,
// credibility, vantage, earliest report and id. State shows its values plainly;
// fields in which accounts differ are contested.
//
// The package is pure: it does no I/O and reads no clock, and knows nothing of
// NATS.
package projections
