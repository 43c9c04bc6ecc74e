package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/domain"
)

// faultsShown is how many faults of one file are shown to people. Programs get
// all of them.
const faultsShown = 1000

// tellFaults lists the faults of an input for people, file by file.
func (p *program) tellFaults(e *refusedError) {
	for _, f := range e.files {
		own := slices.DeleteFunc(slices.Clone(e.faults), func(x domain.Fault) bool { return x.File != f.Name })
		fmt.Fprintf(p.err, "%s: %s, %s\n", f.Name, count(f.Rows, "row", "rows"), faultCount(len(own)))
		p.listFaults(own)
	}
	rest := slices.DeleteFunc(slices.Clone(e.faults), func(x domain.Fault) bool {
		return slices.ContainsFunc(e.files, func(f fileReport) bool { return x.File == f.Name })
	})
	if len(rest) > 0 {
		fmt.Fprintf(p.err, "%s:\n", faultCount(len(rest)))
		p.listFaults(rest)
	}
	fmt.Fprintln(p.err, "Nothing was written.")
}

func faultCount(n int) string {
	if n == 0 {
		return "no faults"
	}
	return count(n, "fault", "faults")
}

// listFaults aligns places and values, so that the eye finds the row.
func (p *program) listFaults(faults domain.Faults) {
	shown := faults[:min(len(faults), faultsShown)]
	rows := make([][3]string, len(shown))
	var wide [3]int
	for i, f := range shown {
		where := cmp.Or(f.Column, f.Pointer)
		read := ""
		if f.Read != "" {
			read = strconv.Quote(f.Read)
		}
		row := ""
		if f.Row > 0 {
			row = "row " + strconv.Itoa(f.Row)
		}
		rows[i] = [3]string{row, where, read}
		for k, s := range rows[i] {
			wide[k] = max(wide[k], min(len([]rune(s)), columnMax))
		}
	}
	for i, f := range shown {
		var b strings.Builder
		for k, s := range rows[i] {
			if wide[k] > 0 {
				b.WriteString("  " + s + strings.Repeat(" ", max(0, wide[k]-len([]rune(s)))))
			}
		}
		b.WriteString("  " + f.Reason)
		if f.Hint != "" {
			b.WriteString("; " + f.Hint)
		}
		fmt.Fprintln(p.err, printable(strings.TrimRight(b.String(), " ")))
	}
	if more := len(faults) - len(shown); more > 0 {
		fmt.Fprintf(p.err, "  and %s; --json lists all\n", count(more, "more fault", "more faults"))
	}
}

// columnMax is how far the columns of a fault list are aligned.
const columnMax = 32

// count is a number with its noun: 1 row, 1,200 rows.
func count[N ~int | ~uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands groups the digits of a number: 50,000.
func thousands[N ~int | ~uint64](n N) string {
	s := strconv.FormatUint(uint64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
