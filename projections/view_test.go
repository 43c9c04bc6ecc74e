package projections_test

import (
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestViewStringAndParseAreInverse(t *testing.T) {
	dates := []string{"2025-10-28", "2025-10", "2025", "2025-10-28T14:30:00+05:00", "2025-10-28T14:30:00Z", "2025-10-28~"}
	rapid.Check(t, func(t *rapid.T) {
		date := func(label string) projections.Cut {
			return projections.Cut{Date: domain.MustEDTF(rapid.SampledFrom(dates).Draw(t, label))}
		}
		var v projections.View
		if rapid.Bool().Draw(t, "has as-of") {
			v.AsOf = date("as-of")
			if rapid.Bool().Draw(t, "key") {
				v.AsOf = projections.Cut{Key: rapid.StringMatching(`[a-z0-9-]{1,64}`).Draw(t, "key")}
			}
		}
		if rapid.Bool().Draw(t, "has known-by") {
			v.KnownBy = date("known-by")
		}
		if rapid.Bool().Draw(t, "has recorded-by") {
			v.RecordedBy = date("recorded-by")
			if rapid.Bool().Draw(t, "position") {
				v.RecordedBy = projections.Cut{Position: rapid.Uint64Range(1, 1<<48-1).Draw(t, "position")}
			}
			if rapid.Bool().Draw(t, "on a branch") {
				v.RecordedBy = projections.Cut{Vector: "record:43;" + rapid.StringMatching(`[a-z0-9-]{1,9}:[1-9][0-9]{0,9}`).Draw(t, "vector")}
			}
		}
		if rapid.Bool().Draw(t, "branch") {
			v.Branch = rapid.StringMatching(`[a-z0-9-]{1,64}`).Draw(t, "name")
		}
		v.Possibly = rapid.Bool().Draw(t, "possibly")
		again, err := projections.ParseView(v.String())
		require.NoError(t, err, v.String())
		require.Equal(t, v, again, v.String())
	})
}

func TestViewStringIsReadable(t *testing.T) {
	v, err := projections.ParseView("as-of=@s1-verbal-confirmation&known-by=2025-10-29&recorded-by=#43&possibly")
	require.NoError(t, err)
	require.Equal(t, "as-of=@s1-verbal-confirmation&known-by=2025-10-29&recorded-by=%2343&possibly", v.String())
}

func TestViewRefusesWhatItCannotRead(t *testing.T) {
	for _, s := range []string{
		"as-of=yesterday", "as-of=#4", "known-by=@key", "known-by=2025-10-28/..", "recorded-by=#0", "recorded-by=#x",
		"recorded-by=#record:0;b:1", "recorded-by=#b1:7;record:3", "recorded-by=#b1:7;b1:8", "branch=B 1",
		"as-of=@Bad Key", "as-of=XXXX-XX-XX", "until=2025", "possibly=perhaps", "as-of=%zz",
	} {
		_, err := projections.ParseView(s)
		var bad *projections.ViewError
		require.ErrorAs(t, err, &bad, s)
	}
}

func FuzzParseView(f *testing.F) {
	for _, s := range []string{"", "as-of=@k&known-by=2025-10-29&possibly", "recorded-by=%2343", "as-of=2025-10-28T00:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := projections.ParseView(s)
		if err != nil {
			return
		}
		again, err := projections.ParseView(v.String())
		require.NoError(t, err)
		require.Equal(t, v, again)
	})
}
