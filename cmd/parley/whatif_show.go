package main

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"parley/projections"
	"parley/projections/ensemble"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// runSequence is what an ensemble is evaluated from.
type runSequence = iter.Seq2[ensemble.Run, error]

// measureDigest is the measure of what is no number, but says what the numbers rest on.
const measureDigest = "digest"

// measured is one number of a summary, as CSV and NDJSON have it. Shares are of Runs;
// convergence gives them after the first runs.
type measured struct {
	Hypothetical bool     `json:"hypothetical"`
	Measure      string   `json:"measure"`
	Key          string   `json:"key"`
	Value        string   `json:"value"`
	Runs         int      `json:"runs"`
	Count        *int     `json:"count,omitzero"`
	Share        float64  `json:"share,omitzero"`
	StdErr       float64  `json:"stderr,omitzero"`
	Days         *float64 `json:"days,omitzero"`
}

// measuredLine is a measure as a line of NDJSON.
type measuredLine struct {
	measured
	Base jsontext.Value `json:"base"`
}

// digest names what a summary rests on.
type digest struct{ of, value string }

func digestsOf(s *ensemble.Summary) []digest {
	out := []digest{{"runs", s.RunsDigest}}
	if s.ModelDigest != "" {
		out = append(out, digest{"model", s.ModelDigest})
	}
	out = append(out, digest{"record", s.Base.Checkpoint})
	for _, b := range s.Base.Branches {
		out = append(out, digest{"branch " + b.Branch, b.Checkpoint})
	}
	return out
}

// measures are all numbers of a summary.
func measures(s *ensemble.Summary) (out []measured) {
	for _, d := range digestsOf(s) {
		out = append(out, measured{Hypothetical: true, Measure: measureDigest, Key: d.of, Value: d.value, Runs: s.Runs})
	}
	out = append(out, measured{Hypothetical: true, Measure: "cut", Runs: s.Runs, Count: &s.Cut, Share: float64(s.Cut) / float64(s.Runs)})
	frequencies := func(measure, key string, list []ensemble.Frequency) {
		for _, f := range list {
			out = append(out, measured{true, measure, key, f.Value, s.Runs, &f.Count, f.Share, f.StdErr, nil})
		}
	}
	frequencies("agreement", "", s.Outcomes.Agreement)
	frequencies("process", "", s.Outcomes.Process)
	for _, c := range s.Outcomes.Ceasefires {
		frequencies("ceasefire", c.Ceasefire, c.Status)
	}
	for _, t := range s.Times {
		out = append(out, measured{true, "first", "", t.First, s.Runs, &t.Count, t.Share, t.StdErr, nil})
		for _, q := range quantilesOf(t.Days) {
			out = append(out, measured{true, "days", t.First, q.name, s.Runs, nil, 0, 0, &q.days})
		}
	}
	for _, c := range s.Positions {
		frequencies("stance", c.Party+"/"+c.Issue, c.Stance)
		frequencies("commitment", c.Party+"/"+c.Issue, c.Commitment)
	}
	for _, c := range s.Convergence {
		for _, x := range c.Shares {
			out = append(out, measured{true, "convergence", keyOf(x), x.Value, c.Runs, nil, x.Share, x.StdErr, nil})
		}
	}
	return out
}

func keyOf(x ensemble.Share) string {
	if x.Key == "" {
		return x.Measure
	}
	return x.Measure + "/" + x.Key
}

type quantile struct {
	name string
	days float64
}

func quantilesOf(q *ensemble.Quantiles) []quantile {
	if q == nil {
		return nil
	}
	return []quantile{{"p5", q.P5}, {"p25", q.P25}, {"p50", q.P50}, {"p75", q.P75}, {"p95", q.P95}}
}

func (m measured) row(supposed string) []string {
	count, days, share, stderr := "", "", number(m.Share), number(m.StdErr)
	if m.Count != nil {
		count = strconv.Itoa(*m.Count)
	}
	if m.Days != nil {
		days, share, stderr = number(*m.Days), "", ""
	}
	if m.Measure == measureDigest {
		share, stderr = "", ""
	}
	return []string{m.Measure, m.Key, m.Value, strconv.Itoa(m.Runs), count, share, stderr, days, supposed}
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func summaryAnswer(pic *projections.Picture, s *ensemble.Summary) answer {
	on := groundLine(s)
	return answer{
		json: func() any {
			text, err := s.JSON()
			if err != nil {
				return err.Error() // a summary holds nothing that cannot be printed
			}
			return jsontext.Value(text)
		},
		ndjson: func() iter.Seq[any] {
			return each(measures(s), func(m measured) any { return measuredLine{m, on} })
		},
		csv: func() iter.Seq[[]string] {
			head := []string{"measure", "key", "value", "runs", "count", "share", "stderr", "days", "hypothetical"}
			supposed := cellText(s)
			return withHead(head, each(measures(s), func(m measured) []string { return m.row(supposed) }))
		},
		table: func(out *screen) { showSummary(out, pic, s) },
	}
}

func showSummary(out *screen, pic *projections.Picture, s *ensemble.Summary) {
	out.paragraph(titleText(out, pic), "  ")
	out.paragraph(pictureText(pic), "")
	showSupposed(out, s.Base.Branch)
	out.paragraph(ensembleText(s), "  ")
	for _, d := range digestsOf(s) {
		out.line(d.of + " " + d.value)
	}
	out.line("")
	outcomes := &sheet{title: "How it ends", head: []string{"what", "ends as", "runs", "share", "± error", "without the runs"}}
	add := func(what, base string, list []ensemble.Frequency) {
		for i, f := range list {
			if i > 0 {
				what, base = "", ""
			}
			outcomes.row(what, f.Value, thousands(f.Count), percent(f.Share), percent(f.StdErr), base)
		}
	}
	add("agreement", s.Base.Outcome.Agreement, s.Outcomes.Agreement)
	add("process", s.Base.Outcome.Process, s.Outcomes.Process)
	for _, c := range s.Outcomes.Ceasefires {
		add(c.Ceasefire, cmp.Or(s.Base.Outcome.Ceasefires[c.Ceasefire], "unknown"), c.Status)
	}
	if s.Cut > 0 {
		outcomes.note(count(s.Cut, "run was", "runs were") + " cut off before the end, with all steps used up: what would have followed is not in these figures.")
	}
	out.show(outcomes)
	out.line("")
	showTimes(out, s)
	if len(s.Positions) > 0 {
		out.line("")
		showCells(out, s)
	}
	out.line("")
	showConvergence(out, s)
	out.line("")
	showPaths(out, s)
}

func showTimes(out *screen, s *ensemble.Summary) {
	from := "the end of " + s.Origin
	if strings.Contains(s.Origin, "T") { // a moment, as where none was named
		from = s.Origin
	}
	t := &sheet{title: "First days, from " + from, head: []string{"first", "runs", "share", "± error", "5%", "25%", "half by", "75%", "95%"}}
	for _, x := range s.Times {
		row := []string{x.First, thousands(x.Count), percent(x.Share), percent(x.StdErr)}
		for _, q := range quantilesOf(x.Days) {
			row = append(row, strconv.FormatFloat(q.days, 'f', 1, 64))
		}
		t.row(row...)
		if x.Undated > 0 {
			t.note(fmt.Sprintf("%s: in %s it has no latest date", x.First, count(x.Undated, "run", "runs")))
		}
		if x.Before > 0 {
			t.note(fmt.Sprintf("%s: in %s it is dated before that, so that the days are negative", x.First, count(x.Before, "run", "runs")))
		}
	}
	t.note("Days are of the runs in which it happens.")
	out.show(t)
}

func showCells(out *screen, s *ensemble.Summary) {
	t := &sheet{title: "Positions that some run moves", head: []string{"party", "issue", "stance", "commitment", "without the runs"}}
	list := func(all []ensemble.Frequency) string {
		var parts []string
		for _, f := range all {
			parts = append(parts, f.Value+" "+percent(f.Share))
		}
		return strings.Join(parts, ", ")
	}
	for _, c := range s.Positions {
		t.row(c.Party, c.Issue, list(c.Stance), list(c.Commitment), c.Base.Stance+", "+c.Base.Commitment)
	}
	out.show(t)
}

// convergenceShown is how many steps of the convergence a table shows, the last ones.
const convergenceShown = 6

func showConvergence(out *screen, s *ensemble.Summary) {
	steps := s.Convergence[max(0, len(s.Convergence)-convergenceShown):]
	t := &sheet{title: "How the shares settled", head: []string{"what", "value"}}
	for _, c := range steps {
		t.head = append(t.head, thousands(c.Runs))
	}
	for i, x := range s.Convergence[0].Shares {
		row := []string{keyOf(x), x.Value}
		for _, c := range steps {
			row = append(row, percent(c.Shares[i].Share))
		}
		t.row(row...)
	}
	out.show(t)
}

func showPaths(out *screen, s *ensemble.Summary) {
	t := &sheet{title: "Paths: the first run of each outcome", head: []string{"run", "like it", "outcome", "events"}}
	for _, p := range s.Paths {
		outcome := []string{p.Outcome.Agreement, p.Outcome.Process}
		for _, c := range s.Outcomes.Ceasefires {
			outcome = append(outcome, cmp.Or(p.Outcome.Ceasefires[c.Ceasefire], "unknown"))
		}
		t.row(p.Run, thousands(p.Count), strings.Join(outcome, ", "), eventsText(p.Events))
	}
	if s.OtherPaths > 0 {
		t.note(fmt.Sprintf("%s came to other outcomes.", count(s.OtherPaths, "run", "runs")))
	}
	out.show(t)
}

// eventsText names the events of a path with the days on which they occur.
func eventsText(events []jsontext.Value) string {
	var parts []string
	for _, text := range events {
		var e struct {
			Type     string `json:"type"`
			Occurred string `json:"occurred"`
		}
		if json.Unmarshal(text, &e) != nil {
			continue
		}
		day, _, _ := strings.Cut(e.Occurred, "T")
		parts = append(parts, strings.TrimSpace(day+" "+e.Type))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(slices.Clip(parts), "; ")
}

// percent is a share in hundredths.
func percent(share float64) string { return strconv.FormatFloat(share*100, 'f', 1, 64) + "%" }
