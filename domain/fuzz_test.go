package domain_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"parley/domain"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// FuzzDecode: no bytes of a log make Decode panic. What it reads it writes, and
// reads again as the same; and what the door would take has the same content as
// input.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "event", "*.json"))
	require.NoError(f, err)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(bytes.TrimSpace(raw))
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		e, err := domain.Decode(stored)
		if err != nil {
			return
		}
		raw, err := domain.Encode(e)
		require.NoError(t, err)
		back, err := domain.Decode(raw)
		require.NoError(t, err)
		again, err := domain.Encode(back)
		require.NoError(t, err)
		require.Equal(t, string(raw), string(again))
		require.Equal(t, content(t, e), content(t, back))

		if len(domain.Check(e)) > 0 {
			return
		}
		c, fault := intake.Line(domain.Place{}, intake.JSON(e))
		require.Nil(t, fault)
		require.Empty(t, printed(c.Faults))
		require.Equal(t, content(t, e), content(t, c.Event))
		require.Equal(t, e.ID, c.Event.ID)
	})
}

// FuzzISODuration: lengths are finite and never negative, and their texts are in
// one piece.
func FuzzISODuration(f *testing.F) {
	for _, text := range []string{"PT18H", "P1W2DT3H4M5.6S", "P1Y", "PT", "P1.5D", "PT.5H", "P1DT1D"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := domain.ISODuration(text).Seconds()
		if err != nil {
			require.Zero(t, n)
			return
		}
		require.GreaterOrEqual(t, n, 0.0)
		require.False(t, math.IsInf(n, 0))
		require.NotContains(t, text, " ")
		again, err := domain.ISODuration(text + "T").Seconds()
		require.Error(t, err, "%v", again)
	})
}
