package domain_test

import (
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPositionStringAndParseAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := domain.Position{Record: rapid.Uint64Range(1, 1<<48-1).Draw(t, "record")}
		seen := map[domain.BranchID]bool{domain.RecordName: true}
		for range rapid.IntRange(0, 3).Draw(t, "branches") {
			b := domain.BranchID(rapid.StringMatching(`[a-z0-9-]{1,12}`).Draw(t, "branch"))
			if !seen[b] {
				seen[b] = true
				p.Branches = append(p.Branches, domain.BranchPosition{Branch: b, At: rapid.Uint64Range(1, 1<<48-1).Draw(t, "at")})
			}
		}
		again, err := domain.ParsePosition(p.String())
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}

func TestParsePositionRefuses(t *testing.T) {
	for _, s := range []string{
		"", "0", "01", "+1", "-1", "x", "281474976710656", "record:", "record:0", "b:1;record:2", "b:1;b:2", "record:1;B:2", "record:1;", ";",
	} {
		_, err := domain.ParsePosition(s)
		require.Error(t, err, s)
	}
}

func TestFork(t *testing.T) {
	end := domain.Position{Record: 43, Branches: []domain.BranchPosition{{Branch: "a", At: 5}, {Branch: "b", At: 9}}}
	for _, c := range []struct {
		at, want string // empty: refused
		end      domain.Position
	}{
		{"", "43", domain.Position{Record: 43}},
		{"#7", "7", domain.Position{Record: 43}},
		{"44", "", domain.Position{Record: 43}},
		{"record:43;a:1", "", domain.Position{Record: 43}},
		{"", "record:43;a:5;b:9", end},
		{"b:3", "record:43;a:5;b:3", end},
		{"record:40;b:3", "record:40;a:5;b:3", end},
		{"b:10", "", end},
		{"43", "", end},
		{"a:5", "", end},
		{"b:3;c:1;a:1;d:1", "", end},
		{"nonsense", "", end},
	} {
		got, err := domain.Fork(c.at, c.end, domain.Lineage{})
		if c.want == "" {
			require.Error(t, err, c.at)
			continue
		}
		require.NoError(t, err, c.at)
		require.Equal(t, c.want, got.String())
	}
}

// grown is a branch that was opened at a position of its log, and forks from one.
func grown(name domain.NewID, at uint64, fork string, follows bool) domain.BranchLog {
	o := domain.BranchOpened{Branch: name, At: fork, FollowParent: follows}
	return domain.BranchLog{Opened: o, Entries: []domain.Entry{{Position: at, Event: &domain.Event{Body: domain.Body{Act: o}}}}}
}

// A branch forks from its parent only where that has been: not before it was opened, nor
// from less, or other, than it stands on.
func TestForkWhereTheParentWas(t *testing.T) {
	end := func(record, a, b uint64) domain.Position {
		return domain.Position{Record: record, Branches: []domain.BranchPosition{{Branch: "a", At: a}, {Branch: "b", At: b}}}
	}
	fixed := []domain.BranchLog{grown("a", 3, "40", false), grown("b", 6, "record:40;a:4", false)}
	follows := []domain.BranchLog{grown("a", 3, "30", true), grown("b", 6, "record:36;a:4", true)}
	half := []domain.BranchLog{grown("a", 3, "30", true), grown("b", 6, "record:36;a:4", false)}
	between := []domain.BranchLog{grown("a", 3, "42", true), grown("b", 6, "record:42;a:4", true)} // 42 is of another negotiation
	for _, c := range []struct {
		name, at, want string // empty: refused
		end            domain.Position
		parent         []domain.BranchLog
	}{
		{"the end", "", "record:40;a:4;b:9", end(40, 4, 9), fixed},
		{"earlier, of its own", "b:6", "record:40;a:4;b:6", end(40, 4, 9), fixed},
		{"before it was opened", "b:5", "", end(40, 4, 9), fixed},
		{"less of the record", "record:1;b:9", "", end(40, 4, 9), fixed},
		{"less of the branch under it", "a:3;b:9", "", end(40, 4, 9), fixed},
		{"less of what it follows", "record:36;b:9", "record:36;a:5;b:9", end(40, 5, 9), follows},
		{"less than it was opened on", "record:35;b:9", "", end(40, 5, 9), follows},
		{"less of the branch than it was opened on", "a:3;b:9", "", end(40, 5, 9), follows},
		{"all that it was opened on", "record:36;a:4;b:6", "record:36;a:4;b:6", end(40, 5, 9), follows},
		{"less of what that follows on which it stands fixed", "record:35;b:9", "", end(36, 4, 9), half},
		{"a fork between two entries of the record", "", "record:40;a:4;b:9", end(40, 4, 9), between},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := domain.Fork(c.at, c.end, domain.Lineage{Branches: c.parent})
			if c.want == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got.String())
		})
	}
}

// An opening is asked for again only by what could have been asked.
func TestForksAt(t *testing.T) {
	for _, c := range []struct {
		at, fork string
		same     bool
	}{
		{"", "43", true},
		{"#43", "43", true},
		{"42", "43", false},
		{"", "record:40;a:5;b:3", true},
		{"b:3", "record:40;a:5;b:3", true},
		{"record:40;b:3", "record:40;a:5;b:3", true},
		{"#record:40;a:5;b:3", "record:40;a:5;b:3", true},
		{"b:2", "record:40;a:5;b:3", false},
		{"record:39;b:3", "record:40;a:5;b:3", false},
		{"40", "record:40;a:5;b:3", false}, // it names no place of the parent
		{"a:5", "record:40;a:5;b:3", false},
		{"b:3;c:1", "record:40;a:5;b:3", false},
		{"nonsense", "43", false},
	} {
		require.Equal(t, c.same, domain.ForksAt(c.at, c.fork), "%s of %s", c.at, c.fork)
	}
}
