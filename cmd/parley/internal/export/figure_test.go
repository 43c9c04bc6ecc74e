package export

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// checkFigure: the image is well-formed XML, stands on its own, runs nothing, has
// its title and description, and everything in it lies within it.
func checkFigure(t fataler, svg string) {
	t.Helper()
	ids, height := map[string]bool{}, 0.0
	dec := xml.NewDecoder(strings.NewReader(svg))
	depth := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		el, ok := token.(xml.StartElement)
		if !ok {
			if _, end := token.(xml.EndElement); end {
				depth--
			}
			continue
		}
		depth++
		require.Contains(t, []string{"svg", "title", "desc", "defs", "pattern", "rect", "path", "circle", "text", "g"}, el.Name.Local)
		at := map[string]float64{}
		for _, a := range el.Attr {
			require.False(t, strings.HasPrefix(a.Name.Local, "on"), a.Name.Local)
			require.NotContains(t, []string{"href", "style"}, a.Name.Local)
			require.NotRegexp(t, `NaN|\bInf\b`, a.Value)
			if a.Name.Local == "id" {
				require.False(t, ids[a.Value], a.Value)
				ids[a.Value] = true
			}
			if n, err := strconv.ParseFloat(a.Value, 64); err == nil {
				at[a.Name.Local] = n
			}
		}
		if el.Name.Local == "svg" {
			height = at["height"]
		}
		if depth > 1 && el.Name.Local != "pattern" {
			require.GreaterOrEqual(t, at["x"], 0.0)
			require.LessOrEqual(t, at["x"]+at["width"], figureWidth)
			require.GreaterOrEqual(t, at["y"], 0.0)
			require.LessOrEqual(t, at["y"]+at["height"], height)
			require.GreaterOrEqual(t, at["width"], 0.0)
		}
	}
	require.Zero(t, depth)
	require.True(t, ids["title"] && ids["desc"])
	for _, m := range regexp.MustCompile(`url\(#([^)]*)\)`).FindAllStringSubmatch(svg, -1) {
		require.True(t, ids[m[1]], m[1])
	}
}

// TestFigureOfTheExample: a row for every happening, the ladder of the draft, and
// where it comes from.
func TestFigureOfTheExample(t *testing.T) {
	for _, lanes := range []string{"party.svg", "kind.svg"} {
		pic := seen(t, example(t), "known-by=2025-10-29&possibly")
		svg := drawn(t, lanes, pic)
		checkFigure(t, svg)
		rows := regexp.MustCompile(`<g><title>([^:]*):`).FindAllStringSubmatch(svg, -1)
		named := map[string]bool{}
		for _, r := range rows {
			named[r[1]] = true
		}
		for _, h := range pic.Happenings {
			require.True(t, named[h.Name()], h.Name())
		}
		for _, want := range []string{
			"istanbul-draft v3: reached verbally-confirmed, stands finalized", "View: known-by=2025-10-29&amp;possibly", "log at #185", "Drawn by parley test",
		} {
			require.Contains(t, svg, want)
		}
	}
}

func TestLawFigure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pic := seen(t, domaintest.Record(domaintest.Talks.History(12).Draw(t, "events")), "")
		checkFigure(t, drawn(t, rapid.SampledFrom([]string{"party.svg", "kind.svg"}).Draw(t, "lanes"), pic))
	})
}

// TestLawAxis: an axis never runs backwards, and stays within its plot.
func TestLawAxis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pic := seen(t, domaintest.Record(domaintest.Talks.History(12).Draw(t, "events")), "")
		a := newAxis(pic.Happenings, plotLeft, plotRight)
		for _, h := range pic.Happenings {
			from, to := a.x(spanOf(h).Earliest), a.x(spanOf(h).Latest)
			require.LessOrEqual(t, plotLeft, from)
			require.LessOrEqual(t, from, to)
			require.LessOrEqual(t, to, plotRight)
			for _, other := range pic.Happenings {
				if spanOf(h).Precedes(spanOf(other)) {
					require.LessOrEqual(t, to, a.x(spanOf(other).Earliest))
				}
			}
		}
		last := 0.0
		for _, tick := range a.ticks(pic.Registry.Zone()) {
			require.GreaterOrEqual(t, tick.x, last+tickRoom*min(last, 1))
			require.LessOrEqual(t, tick.x, plotRight)
			last = tick.x
		}
	})
}

// TestBroken: a caption is broken, never cut.
func TestBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringOf(rapid.SampledFrom([]rune("ab. WW世"))).Draw(t, "line")
		parts := broken(line, 60, 12)
		require.Equal(t, strings.Join(strings.Fields(line), ""), strings.ReplaceAll(strings.Join(parts, ""), " ", ""))
		for _, p := range parts {
			require.True(t, len([]rune(p)) == 1 || fits(p, 60, 12) == len([]rune(p)), p)
		}
	})
}
