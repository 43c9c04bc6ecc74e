package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"
)

// A tag is "record:43/7f3a90c1d2e4b658": the position that an answer reflects (of a
// branch "record:43;b1:7/…"), and a hash of everything else on which its bytes depend.
// The part before the slash is what If-Match takes.

// tag is the ETag of an answer at a position. Of a view that is cut at an earlier
// position nothing later is to be seen.
func (s *Server) tag(at domain.Position, view projections.View, asked ...string) string {
	if cut := view.RecordedBy.Position; cut > 0 && cut < at.Record && view.Branch == "" {
		at.Record = cut
	}
	position := at.String()
	if len(at.Branches) == 0 {
		position = "record:" + position
	}
	h := sha256.New()
	for _, part := range append([]string{s.edition, view.String()}, asked...) {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return fmt.Sprintf(`"%s/%s"`, position, hex.EncodeToString(h.Sum(nil)[:8]))
}

// edition names the program that computes the states. Two builds that may compute
// different states have different editions; a build that nothing tells apart from
// others is told apart by when it began.
func edition(version string) string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		revision, modified := "", false
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.modified":
				modified = s.Value == "true"
			}
		}
		if revision != "" && !modified {
			return version + " " + revision
		}
	}
	return version + " " + strconv.FormatInt(time.Now().UnixNano(), 36)
}

// known tells whether a caller has the bytes of a tag already (If-None-Match).
func known(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/") // weak comparison, RFC 9110
		if candidate == tag {
			return true
		}
	}
	return false
}

// conditions are what an append expects of a log, and how its author calls them: by
// headers over HTTP, by a member of the request elsewhere.
type conditions struct {
	match, none string // values of If-Match and If-None-Match
	called      bool   // by other means than HTTP
}

func (q *request) conditions() conditions {
	return conditions{q.http.Header.Get("If-Match"), q.http.Header.Get("If-None-Match"), q.called}
}

// wrong says that the position that is expected is none.
func (c conditions) wrong(what, example string) error {
	name, given, hint := "If-Match", c.match, fmt.Sprintf("write %q, or an ETag that a read gave", example)
	if c.called {
		given, _ = strconv.Unquote(c.match)
		name, hint = "expect", "write "+example
	}
	return &problem.UsageError{Reason: fmt.Sprintf("%s %q is no position%s", name, shorten(given), what), Hint: hint}
}

// expectation reads what an append expects of the log from its conditions.
func (c conditions) expectation() (eventstore.Expect, error) {
	switch {
	case c.match == "" && c.none == "":
		return eventstore.Any(), nil
	case c.match != "" && c.none != "":
		return eventstore.Expect{}, &problem.UsageError{Reason: "If-Match and If-None-Match exclude each other", Hint: "send one of them"}
	case c.none == "*":
		return eventstore.None(), nil
	case c.none != "":
		return eventstore.Expect{}, &problem.UsageError{Reason: fmt.Sprintf("If-None-Match %q is no expectation", shorten(c.none)), Hint: "write *: the negotiation has no log yet"}
	}
	inner, quoted := c.position()
	n, err := strconv.ParseUint(strings.TrimPrefix(inner, "record:"), 10, 64)
	if !quoted || !strings.HasPrefix(inner, "record:") || err != nil || n == 0 {
		return eventstore.Expect{}, c.wrong("", "record:43")
	}
	return eventstore.Exactly(n), nil
}

// position is the position of If-Match, which stands in quotes.
func (c conditions) position() (position string, quoted bool) {
	inner, opened := strings.CutPrefix(strings.TrimSpace(c.match), `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	inner, _, _ = strings.Cut(inner, "/")
	return inner, opened && closed
}

// ofBranch reads what an append to a branch expects of it: the position of the branch,
// or an ETag of it. A branch begins with its opening, so it is never without.
func (c conditions) ofBranch(branch domain.BranchID) (eventstore.Expect, error) {
	example := fmt.Sprintf("record:43;%s:7", branch)
	switch {
	case c.none != "" && c.called:
		return eventstore.Expect{}, &problem.UsageError{Reason: "expect none is no expectation of a branch, which begins with its opening", Hint: "write its position: " + example}
	case c.none != "":
		return eventstore.Expect{}, &problem.UsageError{Reason: "If-None-Match is no expectation of a branch, which begins with its opening", Hint: "send If-Match with its position"}
	case c.match == "":
		return eventstore.Any(), nil
	}
	inner, quoted := c.position()
	p, err := domain.ParsePosition(inner)
	at, named := p.Of(branch)
	if !quoted || err != nil || !named {
		return eventstore.Expect{}, c.wrong(" of branch "+string(branch), example)
	}
	return eventstore.Exactly(at), nil
}
