package server

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"
)

// queryFaults are all that is wrong with a query string.
type queryFaults struct{ domain.Faults }

// Unwrap gives the faults.
func (e queryFaults) Unwrap() error { return e.Faults }

// Explain says what they mean.
func (e queryFaults) Explain() (problem.Kind, string) {
	if len(e.Faults) == 1 {
		return problem.Usage, e.Faults[0].Hint
	}
	return problem.Usage, ""
}

// values are the parameters of one request while they are read.
type values struct {
	given  map[string][]string
	faults domain.Faults
}

func (v *values) fault(name, read string, p domain.Problem, reason, hint string) {
	v.faults = append(v.faults, domain.Fault{Place: domain.Place{Parameter: name}, Problem: p, Read: shorten(read), Reason: reason, Hint: hint})
}

// shorten keeps what was read from filling the answer.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// err is all that was wrong, nil if nothing was.
func (v *values) err() error {
	if len(v.faults) == 0 {
		return nil
	}
	return queryFaults{v.faults}
}

// read takes the query string apart.
func (q *request) read() *values {
	v := &values{given: map[string][]string{}}
	var names []string
	for _, p := range q.takes {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	for part := range strings.SplitSeq(q.raw, "&") {
		if part == "" {
			continue
		}
		rawKey, rawValue, _ := strings.Cut(part, "=")
		key, keyErr := url.QueryUnescape(rawKey)
		value, valueErr := url.QueryUnescape(rawValue)
		switch {
		case keyErr != nil || valueErr != nil:
			v.fault(shorten(rawKey), rawValue, domain.Malformed, "is not URL-encoded rightly", "write %25 for %, %23 for #, %26 for &")
		case !utf8.ValidString(key) || !utf8.ValidString(value):
			v.fault(shorten(key), value, domain.Malformed, "is not UTF-8", "encode text as UTF-8 before it is URL-encoded")
		case !slices.Contains(names, key):
			v.fault(shorten(key), value, domain.UnknownField, "is no parameter here", domain.DidYouMean(key, names))
		case len(v.given[key]) > 0 && key != paramType && key != paramWatch:
			v.fault(key, value, domain.DuplicateKey, "is given twice", "give it once")
		default:
			v.given[key] = append(v.given[key], value)
		}
	}
	return v
}

// text is the value of a parameter, empty if it is not given.
func (v *values) text(name string) string {
	if given := v.given[name]; len(given) > 0 {
		return given[0]
	}
	return ""
}

// flag is a parameter that is there or not: dry-run, dry-run=true, dry-run=false.
func (v *values) flag(name string) bool {
	switch given := v.given[name]; {
	case len(given) == 0 || given[0] == "false":
		return false
	case given[0] == "" || given[0] == "true":
		return true
	}
	v.fault(name, v.text(name), domain.BadValue, "is neither true nor false", "")
	return false
}

// word is one of a few words, the first if none is given.
func (v *values) word(name string, words ...string) string {
	switch read := v.text(name); {
	case read == "":
		return words[0]
	case slices.Contains(words, read):
		return read
	default:
		v.fault(name, read, domain.BadValue, "is not known", domain.DidYouMean(read, words))
		return words[0]
	}
}

// count is a whole number within bounds.
func (v *values) count(name string, otherwise, most uint64) uint64 {
	read := v.text(name)
	if read == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(read, 10, 64)
	if err != nil || n == 0 || n > most {
		v.fault(name, read, domain.BadValue, "is no number from 1 to "+strconv.FormatUint(most, 10), "")
	}
	return n
}

// position is a place in the record: 43, #43 or record:43. Of the position of a
// branch it is the part in the record; branches are read anew for each request.
func (v *values) position(name string) uint64 {
	read := v.text(name)
	if read == "" {
		return 0
	}
	read = strings.TrimPrefix(read, "#")
	p, err := domain.ParsePosition(read)
	if rest, ok := strings.CutPrefix(read, "record:"); err != nil && ok {
		p, err = domain.ParsePosition(rest)
	}
	if err != nil {
		v.fault(name, read, domain.BadValue, "is no position", "write 43 or record:43")
	}
	return p.Record
}

// view is the view whose parts are parameters of their own.
func (v *values) view() projections.View {
	var view projections.View
	for _, key := range reply.ViewKeys {
		if given := v.given[key]; len(given) > 0 {
			v.viewFault(key, view.Set(key, given[0]))
		}
	}
	return view
}

// viewIn is the view whose string form is one parameter.
func (v *values) viewIn(name string) projections.View {
	view, err := projections.ParseView(v.text(name))
	if err != nil {
		p := problem.Of(reply.Asked{In: name}.ViewFault(err))
		v.fault(name, v.text(name), domain.BadValue, strings.TrimPrefix(p.Detail, name+": "), p.Hint)
	}
	return view
}

func (v *values) viewFault(name string, err error) {
	if err == nil {
		return
	}
	_, hint := problem.Classify(err)
	reason := err.Error()
	if e, ok := errors.AsType[*projections.ViewError](err); ok {
		reason = e.Reason
	}
	v.fault(name, v.text(name), domain.BadValue, reason, hint)
}

// reach is the position to wait for, and how long: max-wait, else the preference
// (RFC 7240) of the caller, else a usual while.
func (v *values) reach(prefer string) (uint64, time.Duration) {
	wait := waitDefault
	for p := range strings.SplitSeq(prefer, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if n, err := strconv.Atoi(strings.Trim(value, `"`)); err == nil && strings.EqualFold(name, "wait") && n >= 0 {
			wait = time.Duration(min(n, int(waitMax/time.Second))) * time.Second
		}
	}
	if read := v.text(paramMaxWait); read != "" {
		d, err := time.ParseDuration(read)
		if err != nil || d < 0 || d > waitMax {
			v.fault(paramMaxWait, read, domain.BadValue, fmt.Sprintf("is no duration up to %s", waitMax), "write 2s or 500ms")
		} else {
			wait = d
		}
	}
	return v.position(paramMinPosition), wait
}
