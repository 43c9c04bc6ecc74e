package server

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"parley/domain"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// What an id says is read as it was written, and what is no id is not believed.
func TestIDs(t *testing.T) {
	at := domain.Position{Record: 186, Branches: []domain.BranchPosition{{Branch: "b1", At: 7}}}
	all, some := scopeOf(nil), scopeOf([]live.Filter{{Negotiation: "talks", Projection: "drafts"}, {Negotiation: "talks", Projection: "rounds", ID: "one"}})
	id := formatID([]string{formatHeld("talks/"+at.String(), 5, some), formatHeld("186", 1<<63, all)})
	had, why := parseID(id)
	require.Empty(t, why)
	require.Equal(t, has{186, 1 << 63, all, nil, []hasBranch{{"talks", at, 5, some}}}, had)
	late := map[string]uint64{"talks": 170, "more": 0}
	id = formatID([]string{formatHeld("talks/"+at.String(), 5, some), formatRecord(186, 5, late, all)})
	had, why = parseID(id)
	require.Empty(t, why)
	require.Equal(t, has{186, 5, all, late, []hasBranch{{"talks", at, 5, some}}}, had)
	for i := range lateMost {
		late[fmt.Sprint("t", i)] = 1
	}
	had, why = parseID(formatID([]string{formatRecord(186, 5, late, all)}))
	require.Empty(t, why)
	require.Equal(t, has{scope: all}, had, "too long to be said")
	had, why = parseID(formatID([]string{formatHeld("0", 0, all)}))
	require.Empty(t, why)
	require.Equal(t, has{scope: all}, had)
	for _, bad := range []string{
		"", "x", "185", "talks/record:186;b1:7", "talks/record:186;b1:7 186", id + "~", id + "~x", "v0" + id[2:], "v" + id, id[:2], id[:3],
		formatID([]string{"186"}), formatID([]string{"186.0." + all.String()}), formatID([]string{"186.x." + all.String()}),
		formatID([]string{"talks/record:186.5." + all.String()}), formatID([]string{"talks/;b1:7.5." + all.String()}),
		formatID([]string{"186.5"}), formatID([]string{"186.5."}), formatID([]string{"186.5." + all.String()[1:]}), formatID([]string{"186.5.zzzzzzzzzz"}), // says not what was watched
		formatID([]string{"talks/5"}), formatID([]string{"9.5." + all.String(), "talks/9"}),
		strings.Repeat("x", 10_000),
	} {
		had, why := parseID(bad)
		require.NotEmpty(t, why, bad)
		require.Empty(t, had, bad)
		require.Less(t, len(why), 200)
	}
}

// An id says nothing to a server that makes other projections, and none to one of
// another record that has the same positions: readers of both begin anew, and are told
// why. Nobody is refused, for a browser would not come again.
func TestStreamOfAnother(t *testing.T) {
	s, other := serveLive(t, nil), serveLive(t, nil)
	var views []*viewer
	for _, s := range []*served{s, other} {
		s.open("b1", "")
		s.suppose("b1", draft(1))
		s.post(draft(2))
		v := s.view(t, nil, example, example+"?branch=b1")
		v.until("", "new-2")
		v.until("b1", "new-1")
		views = append(views, v)
	}
	require.Equal(t, positions(t, views[0].id), positions(t, views[1].id))
	require.NotEqual(t, views[0].id, views[1].id)
	for id, why := range map[string]string{
		views[0].id:                      "of another record",
		"185":                            "the version of the projections",
		example + "/record:185;b1:7 185": "the version of the projections",
		strings.Replace(views[1].id, "v", "v1", 1):                            "the version of the projections",
		"v0" + strings.TrimPrefix(views[1].id, fmt.Sprint("v", live.Version)): "the version of the projections",
		"nonsense":                "the version of the projections",
		views[1].id + "~nonsense": "is none that this server gives",
		scoped.ReplaceAllString(views[1].id, "$1"): "is none that this server gives", // as they were before they said what is watched
	} {
		for _, watch := range []string{example, example + "?branch=b1"} {
			w := other.watch(t, pathStream+"?watch="+watch, headerLastEvent, id)
			e := w.next()
			require.Equal(t, eventReset, e.Name, id)
			var b begun
			require.NoError(t, json.Unmarshal(e.Data, &b))
			require.Contains(t, b.Reason, why)
		}
	}
	other.post(draft(3))
	other.suppose("b1", draft(4))
	for _, watch := range []string{example, example + "?branch=b1"} {
		w := other.watch(t, pathStream+"?watch="+watch, headerLastEvent, views[1].id)
		require.Equal(t, eventChange, w.next().Name)
	}
}

// scoped is a position with its sum, and what is watched.
var scoped = regexp.MustCompile(`(\.[0-9a-f]+)\.[0-9a-f]+`)

// positions are what an id says without its sums.
func positions(t *testing.T, id string) (out []string) {
	had, why := parseID(id)
	require.Empty(t, why)
	for _, b := range had.branches {
		out = append(out, b.at.String())
	}
	return append(out, fmt.Sprint(had.record))
}
