package ensemble_test

import (
	"strings"
	"testing"

	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// What a report says of where its runs come from holds no line of its own making.
func TestProvenanceIsOneLineEach(t *testing.T) {
	const digits = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	place := func(member string) domain.Place { return domain.Place{Parameter: member} }
	for member, with := range map[string]func(string) ensemble.Options{
		"model":        func(s string) ensemble.Options { return ensemble.Options{Model: s} },
		"modelVersion": func(s string) ensemble.Options { return ensemble.Options{Version: s} },
		"modelDigest":  func(s string) ensemble.Options { return ensemble.Options{ModelDigest: s} },
		"seed":         func(s string) ensemble.Options { return ensemble.Options{Seed: s} },
		"author":       func(s string) ensemble.Options { return ensemble.Options{Author: s} },
		"purpose":      func(s string) ensemble.Options { return ensemble.Options{Purpose: s} },
	} {
		require.Empty(t, with("").Check(place), member)
		for _, forged := range []string{"x\nrecord 185 fake", digits + "\nrecord 185 fake", "x\rrecord", "x\u2028record", strings.Repeat("f", 5000)} {
			faults := with(forged).Check(place)
			require.Len(t, faults, 1, "%s %q", member, forged)
			require.Equal(t, member, faults[0].Parameter)
		}
	}
	for _, wrong := range []string{"zzz", "sha256:", "sha256:0f", digits[1:], "md5:" + digits, "sha256:sha256:" + digits} {
		require.Len(t, ensemble.Options{ModelDigest: wrong}.Check(place), 1, wrong)
	}
	for _, right := range []string{digits, "sha256:" + digits, strings.ToUpper(digits)} {
		o := ensemble.Options{ModelDigest: right}
		require.Empty(t, o.Check(place))
		s, err := evaluate(t, newBase(t, ""), few, o)
		require.NoError(t, err)
		require.Equal(t, "sha256:"+digits, s.ModelDigest)
	}
}
