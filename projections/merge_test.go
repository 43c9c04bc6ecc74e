package projections_test

import (
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

func TestLeadingAccount(t *testing.T) {
	for name, c := range map[string]struct{ accepts, rejects, lead string }{
		"reliability before vantage": {"official,,C,", "eyewitness,,D,", "accepts"},
		"F comes last":               {"eyewitness,,F,", "analyst,,E,", "rejects"},
		"vantage":                    {"official,,,", "eyewitness,,,", "rejects"},
		"earliest report":            {"official,2025-10-28,,", "official,2025-10-29,,", "accepts"},
	} {
		t.Run(name, func(t *testing.T) {
			log := record(t, "key,type,occurred,actors,act.issue,act.stance,links.same-act,source.vantage,reported,reliability,source.side\n"+
				"p,PositionStated,2025-10-26,a,w,accepts,,"+c.accepts+"\n"+
				"q,PositionStated,2025-10-26,a,w,rejects,p,"+c.rejects+"\n")
			check(t, log, "", map[string]string{"positions/a/w/stance": `"` + c.lead + `"`})
			require.Contains(t, value(t, log, "", "positions/a/w/contested/stance"), `"reason":"accounts"`)
			require.Len(t, under(t, log, "").Happenings, 1)
		})
	}
}

func TestGradeOfTheSourceAtTheTime(t *testing.T) {
	const header = "key,type,occurred,reported,actors,act.issue,act.stance,links.same-act,source.outlet,act.source,act.reliability,act.from,act.reason\n"
	log := record(t, header+
		"g1,SourceGraded,,,,,,,,Gazette,A,2025-01,sound\n"+
		"g2,SourceGraded,,,,,,,,Gazette,E,2025-10-28,invented an interview\n"+
		"p,PositionStated,2025-10-26,2025-10-27,a,w,accepts,,Gazette,,,,\n"+
		"q,PositionStated,2025-10-26,2025-10-26,a,w,rejects,p,Herald,,,,\n")
	check(t, log, "", map[string]string{"positions/a/w/stance": `"accepts"`})
}

func TestAccountsJoinThroughOneThatTheViewHides(t *testing.T) {
	const header = "key,type,occurred,reported,actors,act.issue,act.stance,links.same-act\n"
	log := record(t, header+
		"p,PositionStated,2025-10-26,2025-10-27,a,w,accepts,\n"+
		"h,PositionStated,2025-10-26,2025-11-01,a,w,accepts,p\n"+
		"q,PositionStated,2025-10-26,2025-10-27,a,w,rejects,h\n")
	require.Len(t, under(t, log, "known-by=2025-10-28").Happenings, 1)
	require.Contains(t, value(t, log, "known-by=2025-10-28", "positions/a/w/contested/stance"), `"reason":"accounts"`)
}

func TestWithdrawnLinkParts(t *testing.T) {
	const header = "key,type,occurred,actors,act.issue,act.stance,act.relation,act.event,act.others,act.target,act.reason\n"
	const accounts = header + "p,PositionStated,2025-10-26,a,w,accepts,,,,,\n" + "q,PositionStated,2025-10-26,a,w,rejects,,,,,\n"
	const link = header + "l,EventsLinked,,,,,same-act,q,p,,\n"
	require.Len(t, under(t, record(t, accounts), "").Happenings, 2)
	require.Len(t, under(t, record(t, accounts, link), "").Happenings, 1)
	log := record(t, accounts, link, header+"x,EventWithdrawn,,,,,,,,l,two occasions\n")
	require.Len(t, under(t, log, "").Happenings, 2)
	// The link obeys only the recorded-by cut.
	require.Len(t, under(t, log, "recorded-by=%2311").Happenings, 1)
	require.Len(t, under(t, log, "recorded-by=%2310").Happenings, 2)
}

func TestCorrections(t *testing.T) {
	const header = "key,type,occurred,reported,actors,act.issue,act.stance\n"
	ledger := domain.NewLedger(negotiation)
	var log []domain.Entry
	add := func(table string, h domain.Handling) {
		for _, e := range decide(t, ledger, table, h).Append {
			log = append(log, stamp(ledger, e, clock.AddDate(0, 0, len(log))))
		}
	}
	add(registry, domain.Handling{})
	add(header+"p,PositionStated,2025-10-26,2025-10-27,a,w,accepts", domain.Handling{})
	first := len(log)
	add(header+"p,PositionStated,2025-10-25,,a,w,rejects", domain.Handling{Correct: "misread"})
	check(t, log, "", map[string]string{"positions/a/w/stance": `"rejects"`, "timeline/p/occurred": `"2025-10-25"`})
	check(t, log, "known-by=2025-10-27", map[string]string{"positions/a/w/stance": `"rejects"`}) // keeps its report, and a cut never hides a correction
	check(t, log[:first], "", map[string]string{"positions/a/w/stance": `"accepts"`})

	second := log[len(log)-1].Event.ID.String()
	add("key,type,act.target,act.reason\nx,EventWithdrawn,"+second+",it was right", domain.Handling{})
	check(t, log, "", map[string]string{"positions/a/w/stance": `"accepts"`})
	add("key,type,act.target,act.reason\ny,EventWithdrawn,x,no it was not", domain.Handling{})
	check(t, log, "", map[string]string{"positions/a/w/stance": `"rejects"`})
	add("key,type,act.target,act.reason\nz,EventWithdrawn,p,invented", domain.Handling{})
	check(t, log, "", map[string]string{"positions/a": "absent", "timeline": "[]"})
}

func TestWhyNamesTheAccounts(t *testing.T) {
	log := record(t, ladder)
	w, err := under(t, log, "").Why("drafts/d/versions/3/stands")
	require.NoError(t, err)
	var names []string
	for _, e := range w.Events {
		names = append(names, e.Event)
	}
	require.ElementsMatch(t, []string{"f3", "re", "wd"}, names, "what contests the value is told as well")
	require.NotEmpty(t, w.Rule)

	_, err = under(t, log, "").Why("drafts/d/versions/4/stands")
	require.ErrorContains(t, err, "drafts/d/versions/4")
}
