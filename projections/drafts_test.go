package projections_test

import (
	"testing"
	"time"
)

// ladder is the night on which a draft was finalized three times, confirmed and
// taken back.
const ladder = `key,type,occurred,reported,actors,act.draft,act.version,act.completeness,act.what,act.retracts,act.latency,after,links.same-act,modality,source.side,source.vantage
f1,DraftFinalized,[2025-10-27..2025-10-28],[2025-10-29..],a|b,d,1,final,,,,,,,unknown,eyewitness
f2,DraftFinalized,[2025-10-27..2025-10-28],[2025-10-29..],a|b,d,2,final,,,,f1,,,unknown,eyewitness
f3,DraftFinalized,[2025-10-27..2025-10-28],[2025-10-29..],a|b,d,3,final,,,,f2,,,unknown,eyewitness
vc,VerbalConfirmationGiven,[2025-10-27..2025-10-28],[2025-10-29..],b,d,3,,,,,f3,,,unknown,eyewitness
re,CommitmentRetracted,[2025-10-27..2025-10-28],[2025-10-29..],b,d,3,,confirmation,vc,minutes,vc,,,unknown,eyewitness
wd,CommitmentRetracted,[..2025-10-28],2025-10-28,b,d,,,draft,,,,re,,a,official
`

func TestDraftLadder(t *testing.T) {
	log := record(t, ladder)
	const v3 = "drafts/d/versions/3/"
	check(t, log, "", map[string]string{
		v3 + "reached":               `"verbally-confirmed"`,
		v3 + "stands":                `"finalized"`,
		v3 + "contested/reached":     "absent",
		v3 + "contested/stands":      `[{"value":"finalized","events":["f3","re"],"sides":["unknown"],"origins":1},{"value":"tabled","events":["wd"],"sides":["a"],"origins":1,"reason":"accounts"}]`,
		v3 + "retracted/re/by":       `["b"]`,
		v3 + "retracted/re/held":     `"minutes"`,
		v3 + "parties/a/stands":      `"finalized"`,
		v3 + "parties/b/stands":      `"finalized"`,
		"drafts/d/versions/2/stands": `"finalized"`,
		"drafts/d/unversioned":       "absent",
	})
	check(t, log, "as-of=@vc", map[string]string{
		v3 + "stands":    `"verbally-confirmed"`,
		v3 + "retracted": `[]`,
	})
	check(t, log, "as-of=@f2", map[string]string{
		"drafts/d/versions/2/stands": `"finalized"`,
		"drafts/d/versions/3":        "absent",
	})
}

func TestNoHindsight(t *testing.T) {
	log := record(t, ladder)
	check(t, log, "known-by=2025-10-28", map[string]string{
		"drafts/d/versions":                      `[]`,
		"drafts/d/unversioned/retracted/wd/what": `"draft"`,
	})
	check(t, log, "known-by=2025-10-29", map[string]string{"drafts/d/versions": `[]`})
	check(t, log, "known-by=2025-10-29&possibly", map[string]string{"drafts/d/versions/3/reached": `"verbally-confirmed"`})
}

// TestOpenReportIsKnownOnceRecorded: a report without a latest date was certainly
// known when the log took it, and not before.
func TestOpenReportIsKnownOnceRecorded(t *testing.T) {
	log := record(t, ladder)
	recorded := log[len(log)-1].Event.Recorded
	const reached = "drafts/d/versions/3/reached"
	check(t, log, "known-by="+recorded.Format(time.RFC3339), map[string]string{reached: `"verbally-confirmed"`})
	check(t, log, "known-by="+recorded.Add(-time.Second).Format(time.RFC3339), map[string]string{reached: "absent"})
}

func TestDenialContestsReachedAndNothingElse(t *testing.T) {
	for name, row := range map[string]string{
		"bound by what it says": `no,VerbalConfirmationGiven,[2025-10-27..2025-10-28],2025-10-30,b,d,3,negated,b,`,
		"by contradicts":        `no,VerbalConfirmationGiven,[2025-10-27..2025-10-28],2025-10-30,b,d,3,negated,b,`,
		"by same-act":           `no,VerbalConfirmationGiven,[2025-10-27..2025-10-28],2025-10-30,b,d,3,negated,b,vc`,
	} {
		t.Run(name, func(t *testing.T) {
			header := "key,type,occurred,reported,actors,act.draft,act.version,modality,source.side,links.same-act\n"
			if name == "by contradicts" {
				header = "key,type,occurred,reported,actors,act.draft,act.version,modality,source.side,links.contradicts\n"
			}
			plain, denied := record(t, ladder), record(t, ladder, header+row)
			const v3 = "drafts/d/versions/3/"
			check(t, denied, "", map[string]string{
				v3 + "reached":           `"verbally-confirmed"`,
				v3 + "contested/reached": `[{"value":"verbally-confirmed","events":["vc"],"sides":["unknown"],"origins":1},{"value":"finalized","events":["no"],"sides":["b"],"origins":1,"reason":"denied"}]`,
			})
			for _, path := range []string{v3 + "stands", v3 + "contested/stands", v3 + "retracted", v3 + "steps", "drafts/d/versions/1", "drafts/d/versions/2", "positions", "rounds", "mandates", "ceasefires"} {
				check(t, denied, "", map[string]string{path: value(t, plain, "", path)})
			}
		})
	}
}

func TestUnorderedRetractionContestsWhatStands(t *testing.T) {
	const header = "key,type,occurred,actors,act.draft,act.version,act.completeness,act.what\n"
	const finalized = "f,DraftFinalized,2025-10-27,a|b,d,1,final,\n"
	const confirmed = "v,VerbalConfirmationGiven,[2025-10-27..2025-10-28],b,d,1,,\n"
	const retracted = "r,CommitmentRetracted,[2025-10-27..2025-10-28],b,d,1,,confirmation\n"
	one, other := record(t, header+finalized+confirmed+retracted), record(t, header+retracted, header+confirmed+finalized)
	for _, log := range [][]int{{0}, {1}} {
		in := one
		if log[0] == 1 {
			in = other
		}
		check(t, in, "", map[string]string{
			"drafts/d/versions/1/reached":          `"verbally-confirmed"`,
			"drafts/d/versions/1/stands":           `"finalized"`,
			"drafts/d/versions/1/contested/stands": `[{"value":"finalized","events":["f","r"],"sides":["unknown"],"origins":2},{"value":"verbally-confirmed","events":["r"],"sides":["unknown"],"origins":1,"reason":"unordered"}]`,
		})
	}
}
