package main

import (
	"slices"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

// cellWidth is what a cell of the matrix needs to be readable.
const cellWidth = 17

// showPositions shows parties against issues as a matrix if it fits on the
// screen, else as a list.
func showPositions(s *screen, n *projections.Node) {
	issues := issuesOf(n)
	widest := 0
	for _, party := range n.Members() {
		widest = max(widest, len(party))
	}
	if widest+len(issues)*(cellWidth+gap) > s.width {
		showPositionList(s, n)
		return
	}
	showMatrix(s, n, issues)
}

// issuesOf lists the issues of a matrix. Shifts that name none come last.
func issuesOf(n *projections.Node) []string {
	var issues []string
	for _, row := range reply.Children(n) {
		for issue := range reply.Children(row) {
			if !slices.Contains(issues, issue) && issue != anyIssue {
				issues = append(issues, issue)
			}
		}
	}
	slices.Sort(issues)
	return issues
}

// anyIssue stands for shifts that name no issue.
const anyIssue = "any"

func showMatrix(s *screen, n *projections.Node, issues []string) {
	t := &sheet{title: "Positions", head: append([]string{"party"}, issues...), empty: "no position in this view"}
	for party, row := range reply.Children(n) {
		cells := []string{party}
		for _, issue := range issues {
			text := "unknown"
			if cell, ok := row.Get(issue); ok {
				text = strings.Join(cellLines(t, cell, party+" × "+issue), "\n")
			}
			cells = append(cells, text)
		}
		t.row(cells...)
		t.shiftsOf(row, party)
	}
	s.show(t)
}

func showPositionList(s *screen, n *projections.Node) {
	t := &sheet{title: "Positions", head: []string{"party", "issue", "stance", "commitment", "refused", "said by"}, empty: "no position in this view"}
	for party, row := range reply.Children(n) {
		for issue, cell := range reply.Children(row) {
			if issue == anyIssue {
				continue
			}
			name := party + " × " + issue
			stance := t.shown(cell, name, "stance")
			if reply.TextOf(cell, "redLine") == "true" {
				stance += ", red line"
			}
			t.row(party, issue, stance, t.shown(cell, name, "commitment"), reply.TextOf(cell, "refused"), reply.TextOf(cell, "saidBy"))
		}
		t.shiftsOf(row, party)
	}
	s.show(t)
}

// cellLines is a cell of the matrix: stance, commitment if anything is said of
// one, forms refused.
func cellLines(t *sheet, cell *projections.Node, name string) []string {
	stance := t.shown(cell, name, "stance")
	if reply.TextOf(cell, "redLine") == "true" {
		stance += ", red line"
	}
	lines := []string{stance}
	if c := t.shown(cell, name, "commitment"); c != "unknown" {
		lines = append(lines, "committed: "+c)
	}
	if r := reply.TextOf(cell, "refused"); r != "" {
		lines = append(lines, "refused: "+r)
	}
	return lines
}

// shiftsOf notes how often a party is said to have shifted, on no issue in
// particular.
func (t *sheet) shiftsOf(row *projections.Node, party string) {
	if general, ok := row.Get(anyIssue); ok {
		t.note(party + " is said to have changed its position at least " + times(reply.TextOf(general, "shifts")) + ", on no issue in particular")
	}
}

func times(n string) string {
	switch n {
	case "1":
		return "once"
	case "2":
		return "twice"
	default:
		return n + " times"
	}
}
