package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// sheet is a table for people, with its footnotes.
type sheet struct {
	title string
	head  []string
	rows  [][]string
	group string         // of the last row
	heads map[int]string // over the row of that index, where a group of rows begins
	notes []string
	empty string // what to say if there are no rows
}

// under begins a group of rows, unless the rows stand in it already.
func (t *sheet) under(group string) {
	if t.group == group {
		return
	}
	if t.heads == nil {
		t.heads = map[int]string{}
	}
	t.group, t.heads[len(t.rows)] = group, group
}

func (t *sheet) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *sheet) note(text string) { t.notes = append(t.notes, text) }

// plain has no lines, only columns: it reads well, and copies well.
var plain = table.Style{
	Name:   "plain",
	Box:    table.BoxStyle{PaddingRight: "  ", EmptySeparator: " ", MiddleHorizontal: " ", UnfinishedRow: " …"},
	Format: table.FormatOptions{Header: text.FormatUpper},
	Options: table.Options{
		DoNotColorBordersAndSeparators: true,
	},
}

// show writes a sheet within the width of the screen.
func (s *screen) show(t *sheet) {
	if t.title != "" {
		s.line(s.bold(t.title))
	}
	if len(t.rows) == 0 {
		s.line("  " + t.empty)
		return
	}
	widths := fit(t, s.width)
	begin := 0
	for i := range t.rows {
		if head, ok := t.heads[i]; ok {
			s.rows(t, begin, i, widths)
			begin = i
			s.line(s.bold(head))
		}
	}
	s.rows(t, begin, len(t.rows), widths)
	for _, n := range t.notes {
		s.paragraph(n, "  ")
	}
}

// rows writes some rows of a sheet; the header is over the first of them all. The
// groups of one sheet have their columns in common.
func (s *screen) rows(t *sheet, begin, end int, widths []int) {
	grouped := len(t.heads) > 0
	if begin == end && !(grouped && end == 0) {
		return
	}
	w := table.NewWriter()
	style := plain
	if s.color {
		style.Color.Header = text.Colors{text.Faint}
	}
	w.SetStyle(style)
	if end == 0 || !grouped {
		w.AppendHeader(cells(t.head))
	}
	var configs []table.ColumnConfig
	for i, width := range widths {
		c := table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: wrap, AlignHeader: text.AlignLeft}
		if grouped {
			c.WidthMin = width
		}
		configs = append(configs, c)
	}
	w.SetColumnConfigs(configs)
	for _, r := range t.rows[begin:end] {
		w.AppendRow(cells(r))
	}
	for line := range strings.SplitSeq(w.Render(), "\n") {
		s.line(line)
	}
}

// paragraph wraps text; every line but the first is indented.
func (s *screen) paragraph(t, indent string) {
	lead := t[:len(t)-len(strings.TrimLeft(t, " "))]
	for i, line := range strings.Split(wrap(t, s.width-max(len(lead), len(indent))), "\n") {
		if i == 0 {
			s.line(lead + line)
			continue
		}
		s.line(indent + line)
	}
}

func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i, t := range texts {
		row[i] = t
	}
	return row
}

const (
	gap       = 2  // between columns
	narrowest = 10 // of a column that gives way for those on its left
	sliver    = 4  // of a column on a screen that is too narrow for it
)

// fit gives each column its width, so that all fit on the screen. The widest
// columns give way as far as their longest word, then as far as the joints of
// their words. If that is not enough, columns give way from the right: what
// identifies a row stands on the left. Only then is everything made narrow.
func fit(t *sheet, width int) []int {
	wide, words, pieces := make([]int, len(t.head)), make([]int, len(t.head)), make([]int, len(t.head))
	slivers := make([]int, len(t.head))
	for i, h := range t.head {
		wide[i], words[i], pieces[i], slivers[i] = len(h), len(h), longestPiece(h), sliver
	}
	for _, r := range t.rows {
		for i, c := range r {
			wide[i] = max(wide[i], text.LongestLineLen(c))
			words[i], pieces[i] = max(words[i], longestWord(c)), max(pieces[i], longestPiece(c))
		}
	}
	over := -gap - width
	for _, w := range wide {
		over += w + gap
	}
	over = narrow(wide, words, over)
	over = narrow(wide, pieces, over)
	for i := len(wide) - 1; i >= 0 && over > 0; i-- {
		give := min(over, max(0, wide[i]-narrowest))
		wide[i] -= give
		over -= give
	}
	narrow(wide, slivers, over)
	return wide
}

// narrow takes from the widest columns, but none more than down to its floor, and
// returns what is left to take.
func narrow(wide, floor []int, over int) int {
	for ; over > 0; over-- {
		widest := -1
		for i := range wide {
			if wide[i] > floor[i] && (widest < 0 || wide[i] > wide[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		wide[widest]--
	}
	return over
}
