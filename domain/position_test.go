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
		got, err := domain.Fork(c.at, c.end)
		if c.want == "" {
			require.Error(t, err, c.at)
			continue
		}
		require.NoError(t, err, c.at)
		require.Equal(t, c.want, got.String())
	}
}
