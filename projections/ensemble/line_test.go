package ensemble_test

import (
	"strings"
	"testing"

	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// Runs that say the same have one line, however they are written; others have another
// digest.
func TestLineIsCanonical(t *testing.T) {
	base := newBase(t, "")
	line := func(text string) string {
		run, err := ensemble.NewReader(base).Line(domain.Place{}, []byte(text))
		require.NoError(t, err)
		return string(run.Line())
	}
	const plain = `{"run":"1","events":[{"key":"x","type":"AgreementSigned","occurred":"2025-11-05","actors":["b"],"act":{"draft":"d","version":1,"form":"signature"}}]}`
	require.Equal(t, line(plain), line(line(plain)))
	require.Equal(t, line(plain), line(`{ "events":[{"act":{"version":1,"form":"signature","draft":"d"},"actors":["b"],"negotiation":"talks","occurred":"2025-11-05","type":"AgreementSigned","key":"x"}],"cut":false,"run":"1"}`))
	digest := func(text string) string {
		s, err := evaluate(t, base, text, ensemble.Options{})
		require.NoError(t, err)
		return s.RunsDigest
	}
	require.Equal(t, ensemble.Digest([]byte(line(plain))), digest(plain))
	for from, to := range map[string]string{`"run":"1"`: `"run":"2"`, "2025-11-05": "2025-11-06", `"key":"x"`: `"key":"y"`, `"events"`: `"cut":true,"events"`} {
		require.NotEqual(t, digest(plain), digest(strings.Replace(plain, from, to, 1)), to)
	}

	_, err := evaluate(t, base, strings.Replace(plain, `"events"`, `"cut":1,"events"`, 1), ensemble.Options{})
	require.Equal(t, "/cut", faultsOf(t, err)[0].Pointer)
}

// A run that was stopped before it had ended is counted, and told of.
func TestCut(t *testing.T) {
	var told []bool
	s, err := evaluate(t, newBase(t, ""), `{"run":"1","cut":true,"events":[]}`+"\n"+`{"run":"2","events":[]}`, ensemble.Options{
		Each: func(r ensemble.Result) error { told = append(told, r.Cut); return nil },
	})
	require.NoError(t, err)
	require.Equal(t, 1, s.Cut)
	require.Equal(t, []bool{true, false}, told)
}
