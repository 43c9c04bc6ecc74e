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

// expectation reads what an append expects of the log from its conditions.
func expectation(ifMatch, ifNoneMatch string) (eventstore.Expect, error) {
	switch {
	case ifMatch == "" && ifNoneMatch == "":
		return eventstore.Any(), nil
	case ifMatch != "" && ifNoneMatch != "":
		return eventstore.Expect{}, &problem.UsageError{Reason: "If-Match and If-None-Match exclude each other", Hint: "send one of them"}
	case ifNoneMatch == "*":
		return eventstore.None(), nil
	case ifNoneMatch != "":
		return eventstore.Expect{}, &problem.UsageError{Reason: fmt.Sprintf("If-None-Match %q is no expectation", shorten(ifNoneMatch)), Hint: "write *: the negotiation has no log yet"}
	}
	text := strings.TrimSpace(ifMatch)
	inner, quoted := strings.CutPrefix(text, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	inner, _, _ = strings.Cut(inner, "/")
	n, err := strconv.ParseUint(strings.TrimPrefix(inner, "record:"), 10, 64)
	if !quoted || !closed || !strings.HasPrefix(inner, "record:") || err != nil || n == 0 {
		return eventstore.Expect{}, &problem.UsageError{Reason: fmt.Sprintf("If-Match %q is no position", shorten(ifMatch)), Hint: `write "record:43", or an ETag that a read gave`}
	}
	return eventstore.Exactly(n), nil
}

// branchExpectation reads what an append to a branch expects of it: the position of the
// branch, or an ETag of it. A branch begins with its opening, so it is never without.
func branchExpectation(branch domain.BranchID, ifMatch, ifNoneMatch string) (eventstore.Expect, error) {
	switch {
	case ifNoneMatch != "":
		return eventstore.Expect{}, &problem.UsageError{Reason: "If-None-Match is no expectation of a branch, which begins with its opening", Hint: "send If-Match with its position"}
	case ifMatch == "":
		return eventstore.Any(), nil
	}
	inner, quoted := strings.CutPrefix(strings.TrimSpace(ifMatch), `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	inner, _, _ = strings.Cut(inner, "/")
	p, err := domain.ParsePosition(inner)
	at, named := p.Of(branch)
	if !quoted || !closed || err != nil || !named {
		return eventstore.Expect{}, &problem.UsageError{Reason: fmt.Sprintf("If-Match %q is no position of branch %s", shorten(ifMatch), branch), Hint: fmt.Sprintf(`write "record:43;%s:7", or an ETag of the branch`, branch)}
	}
	return eventstore.Exactly(at), nil
}
