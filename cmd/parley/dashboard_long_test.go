package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// longTalks is a table of a negotiation of so many happenings, one a day.
func longTalks(happenings int) string {
	var b strings.Builder
	b.WriteString("key,type,negotiation,round,occurred,reported,actors,source.document,source.quote,source.side,act.title,act.timeZone,act.actor,act.name,act.kind,act.issue,act.stance\n")
	b.WriteString("reg,NegotiationRegistered,long,,,,,,,,Long talks,UTC,,,,,\n")
	parties := []string{"north", "south", "coast"}
	for _, p := range parties {
		fmt.Fprintf(&b, "reg-%s,ActorRegistered,long,,,,,,,,,,%s,%s,party,,\n", p, p, strings.ToUpper(p[:1])+p[1:])
	}
	for i := range 8 {
		fmt.Fprintf(&b, "reg-issue-%d,IssueRegistered,long,,,,,,,,Proposition %d holds,,,,,issue-%d,\n", i, i, i)
	}
	stances := []string{"demands", "accepts", "conditional", "evades", "rejects"}
	begin := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range happenings {
		day := begin.AddDate(0, 0, i).Format(time.DateOnly)
		fmt.Fprintf(&b, "e-%04d,PositionStated,long,round-%d,%s,%s,%s,wire-%d,word %d,%s,,,,,,issue-%d,%s\n",
			i, i/100, day, day, parties[i%3], i/7, i, parties[i%3], i*7%8, stances[i*11%5])
	}
	return b.String()
}

// A negotiation of more than a thousand events is gone through like a short one: what
// is in the document is what is in sight.
func TestDashboardLong(t *testing.T) {
	dir := t.TempDir()
	table, data := filepath.Join(dir, "long.csv"), filepath.Join(dir, "data")
	require.NoError(t, os.WriteFile(table, []byte(longTalks(1500)), 0o600))
	must(t, "import", table, "--data", data)
	lookAt(t, "long.mjs", serveFolder(t, data), "long")
}
