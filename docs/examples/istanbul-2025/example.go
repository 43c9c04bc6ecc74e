// Package istanbul2025 is the worked example: five press reports on the talks
// between Pakistan and the Afghan Taliban in Doha and Istanbul, October and
// November 2025, coded as events.
//
// The tables are input as anyone would write it; README.md says how they were
// coded. The articles themselves are not here, only the SHA-256 of each.
package istanbul2025

import "embed"

// Files holds the coded events (registry.csv first, then one table an article,
// s0.csv to s4.csv), the two tables they are checked against (inventory.tsv,
// contradictions.tsv), articles.sha256, and scenarios that go on from the record.
//
//go:embed *.csv *.tsv *.yaml articles.sha256
var Files embed.FS
