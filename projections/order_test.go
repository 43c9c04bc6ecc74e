package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"parley/projections"
)

const orderHeader = "key,type,occurred,reported,actors,act.issue,act.stance,after,links.same-act,links.contradicts,source.vantage,source.side,reliability\n"

func happening(t *testing.T, p *projections.Picture, name string) *projections.Happening {
	t.Helper()
	for _, h := range p.Happenings {
		for _, a := range h.Accounts {
			if a.Name() == name {
				return h
			}
		}
	}
	require.Fail(t, "no happening "+name)
	return nil
}

func TestOrderOfTwo(t *testing.T) {
	for name, c := range map[string]struct {
		a, b, after string
		want        string // which precedes: a, b or neither
	}{
		"dates apart":              {a: "2025-10-26", b: "2025-10-27", want: "a"},
		"same day":                 {a: "2025-10-26", b: "2025-10-26", want: "neither"},
		"same day, stated":         {a: "2025-10-26", b: "2025-10-26", after: "a", want: "a"},
		"unknown":                  {a: "XXXX-XX-XX", b: "2025-10-26", want: "neither"},
		"unknown, stated":          {a: "XXXX-XX-XX", b: "2025-10-26", after: "a", want: "a"},
		"some day between":         {a: "[2025-10-25..2025-10-27]", b: "2025-10-27", want: "neither"},
		"lasting until":            {a: "2025-10-25/2025-10-26", b: "2025-10-27", want: "a"},
		"still going on":           {a: "2025-10-25/..", b: "2025-10-27", want: "neither"},
		"stated against the dates": {a: "2025-10-28", b: "2025-10-26", after: "a", want: "a"},
		"qualified, not widened":   {a: "2025-10-26~", b: "2025-10-27?", want: "a"},
	} {
		t.Run(name, func(t *testing.T) {
			log := record(t, orderHeader+
				"a,PositionStated,"+c.a+",,a,w,accepts,,,,,,\n"+
				"b,PositionStated,"+c.b+",,a,w,rejects,"+c.after+",,,,,\n")
			p := under(t, log, "")
			a, b := happening(t, p, "a"), happening(t, p, "b")
			require.Equal(t, c.want == "a", p.Precedes(a, b))
			require.Equal(t, c.want == "b", p.Precedes(b, a))
			require.Equal(t, c.want == "neither", p.Unordered(a, b))
		})
	}
}

func TestOrderPassesThroughWhatTheViewHides(t *testing.T) {
	// h is dated after the cut, yet it ties b to a.
	log := record(t, orderHeader+
		"a,PositionStated,[2025-10-25..2025-10-28],,a,w,accepts,,,,,,\n"+
		"h,PositionStated,[2025-10-25..2025-10-28],,a,x,accepts,a,,,,,\n"+
		"b,PositionStated,2025-10-28,,a,w,rejects,h,,,,,\n"+
		"z,EventWithdrawn,,,,,,,,,,,\n"[:0])
	p := under(t, log, "")
	require.True(t, p.Precedes(happening(t, p, "a"), happening(t, p, "b")))
	check(t, log, "", map[string]string{"positions/a/w/stance": `"rejects"`, "positions/a/w/contested": "absent"})
}

func TestAfterTightensBounds(t *testing.T) {
	log := record(t, orderHeader+
		"a,PositionStated,2025-10-27,,a,w,accepts,,,,,,\n"+
		"b,PositionStated,[..2025-10-28],,a,w,rejects,a,,,,,\n"+
		"c,PositionStated,XXXX-XX-XX,,a,x,rejects,,,,,,\n"+
		"d,PositionStated,2025-10-26,,a,x,accepts,c,,,,,\n")
	check(t, log, "", map[string]string{
		"timeline/b/earliest": `"2025-10-26T19:00:00Z"`, // 27 October begins in Karachi
		"timeline/c/latest":   `"2025-10-26T18:59:59.999Z"`,
		"timeline/c/earliest": `".."`,
	})
	check(t, log, "as-of=2025-10-26", map[string]string{"positions/a/x/stance": `"accepts"`, "positions/a/w": "absent"})
}

func TestCycleIsAnAnomalyAndItsOrderIgnored(t *testing.T) {
	log := record(t, orderHeader+
		"a,PositionStated,2025-10-26,,a,w,accepts,b,,,,,\n"+
		"b,PositionStated,2025-10-26,,a,w,rejects,a,,,,,\n"+
		"c,PositionStated,2025-10-26,,b,w,rejects,b,,,,,\n")
	p := under(t, log, "")
	require.True(t, p.Unordered(happening(t, p, "a"), happening(t, p, "b")))
	require.True(t, p.Precedes(happening(t, p, "b"), happening(t, p, "c")), "edges outside the cycle stay")
	check(t, log, "", map[string]string{
		"anomalies/0/kind":                        `"order-cycle"`,
		"positions/a/w/contested/stance/0/reason": "absent",
		"positions/a/w/contested/stance/1/reason": `"unordered"`,
	})
}

func TestOrderAgainstDatesIsAnAnomaly(t *testing.T) {
	log := record(t, orderHeader+
		"a,PositionStated,2025-10-28,,a,w,accepts,,,,,,\n"+
		"b,PositionStated,2025-10-26,,a,w,rejects,a,,,,,\n")
	check(t, log, "", map[string]string{
		"anomalies/0/kind":     `"order-against-dates"`,
		"positions/a/w/stance": `"rejects"`,
	})
}

func TestUnorderedContestsWhicheverCameFirst(t *testing.T) {
	const one = "a,PositionStated,[2025-10-26..2025-10-27],,a,w,accepts,,,,,,\n"
	const other = "b,PositionStated,2025-10-27,,a,w,rejects,,,,,,\n"
	first, second := record(t, orderHeader+one, orderHeader+other), record(t, orderHeader+other, orderHeader+one)
	for _, path := range []string{"positions", "anomalies"} {
		require.Equal(t, value(t, first, "", path), value(t, second, "", path))
	}
	require.Contains(t, value(t, first, "", "positions/a/w/contested/stance"), `"reason":"unordered"`)
	// Stated order settles it.
	check(t, record(t, orderHeader+one, orderHeader+"b,PositionStated,2025-10-27,,a,w,rejects,a,,,,,\n"), "", map[string]string{
		"positions/a/w/stance": `"rejects"`, "positions/a/w/contested": "absent",
	})
}

func TestAsOfKeyStraddles(t *testing.T) {
	log := record(t, orderHeader+
		"before,PositionStated,2025-10-25,,a,w,accepts,,,,,,\n"+
		"key,PositionStated,[2025-10-26..2025-10-27],,a,w,rejects,,,,,,\n"+
		"beside,PositionStated,2025-10-27,,a,x,accepts,,,,,,\n"+
		"later,PositionStated,2025-10-28,,a,x,rejects,,,,,,\n")
	p := under(t, log, "as-of=@key")
	require.Equal(t, []projections.Straddler{{Event: "beside", Cut: "as-of"}}, p.Straddling)
	check(t, log, "as-of=@key", map[string]string{"positions/a/w/stance": `"rejects"`, "positions/a/x": "absent"})
	check(t, log, "as-of=@key&possibly", map[string]string{"positions/a/x/stance": `"accepts"`})

	v, err := projections.ParseView("as-of=@key&known-by=2025-10-28")
	require.NoError(t, err)
	_, err = projections.Project(negotiation, log, v)
	var missing *projections.NotFoundError
	require.ErrorAs(t, err, &missing, "what the view does not hold is not found")
}
