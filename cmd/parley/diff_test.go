package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// differences of the worked example, for every reason.
var exampleDiffs = [][2]string{
	{"as-of=@s1-verbal-confirmation", "as-of=@s1-retraction"},
	{"known-by=2025-10-28&possibly", ""},
	{"", "known-by=2025-10-28&as-of=2025-10-27"},
	{`lens=source.side != "pakistan"`, `lens=source.attribution == "named"`},
}

func exampleDiff(t *testing.T, from, to string) (*projections.Diff, []*projections.Picture) {
	t.Helper()
	log := exampleLog(t)
	var pics []*projections.Picture
	for _, text := range []string{from, to} {
		view, err := projections.ParseView(text)
		require.NoError(t, err)
		pic, err := project(demoNegotiation, domain.Lineage{Record: log}, view, flagFrom)
		require.NoError(t, err)
		pics = append(pics, pic)
	}
	d, err := projections.Compare(t.Context(), pics[0], pics[1])
	require.NoError(t, err)
	return d, pics
}

// The table tells of every event that a change rests on, in lines that fit; no value
// stands in it twice, and what is new or gone stays so.
func TestDiffTable(t *testing.T) {
	for _, views := range exampleDiffs {
		d, pics := exampleDiff(t, views[0], views[1])
		told := map[string]bool{}
		var events []string
		for _, x := range deltas(d.Changes) {
			path := x.entity + "/" + x.name
			require.False(t, told[path], "%s is told twice", path)
			told[path] = true
			require.NotEqual(t, x.from, x.to, path)
			events = append(events, x.events...)
		}
		for _, c := range reply.Telling(d.Changes) {
			for _, e := range c.Events {
				require.Contains(t, events, e, "%s rests on it", c.Path)
			}
		}
		var out strings.Builder
		showDiff(&screen{out: &out, width: widthDefault}, d, pics[0], pics[1])
		for line := range strings.Lines(out.String()) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), widthDefault, line)
		}
	}
}

// A path of a change leads to its value in at least one of the views.
func TestDiffPathsLead(t *testing.T) {
	for _, views := range exampleDiffs {
		d, pics := exampleDiff(t, views[0], views[1])
		for _, c := range reply.Telling(d.Changes) {
			require.True(t, slices.ContainsFunc(pics, func(p *projections.Picture) bool {
				_, err := p.Why(c.Path)
				return err == nil
			}), c.Path)
		}
	}
}

func TestEntityOf(t *testing.T) {
	for path, want := range map[string][2]string{
		"process/status":                     {"process", "status"},
		"rounds/oct/days":                    {"rounds/oct", "days"},
		"rounds/oct":                         {"rounds", "oct"},
		"drafts/d/title":                     {"drafts/d", "title"},
		"drafts/d/versions/3/a":              {"drafts/d/versions/3", "a"},
		"drafts/d/unversioned/declined/e/by": {"drafts/d/unversioned", "declined/e/by"},
		"positions/north/water/stance":       {"positions/north/water", "stance"},
	} {
		entity, rest := entityOf(path)
		require.Equal(t, want, [2]string{entity, rest})
	}
}

func TestViewText(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "the whole record",
		"known-by=2025-10-29&possibly":   "known-by=2025-10-29&possibly",
		`lens=source.side != "pakistan"`: `lens: source.side != "pakistan"`,
		"as-of=@x&lens=a%0Aand+b":        "as-of=@x; lens: a and b",
	} {
		view, err := projections.ParseView(text)
		require.NoError(t, err)
		require.Equal(t, want, viewText(view))
	}
}
