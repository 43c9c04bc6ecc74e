package ensemble_test

import (
	"strings"
	"testing"

	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// Firsts are what happens in the continued picture and not in the base: not what the
// run itself takes out or corrects, and not another account of what had happened.
func TestFirsts(t *testing.T) {
	const (
		signs    = `{"key":"s","type":"AgreementSigned","occurred":"2025-11-30","actors":["a","b"],"act":{"draft":"d","version":1,"form":"signature"}}`
		confirms = `{"key":"c","type":"VerbalConfirmationGiven","occurred":"2025-11-01","actors":["b"],"act":{"draft":"d","version":1}}`
	)
	agreement := func(on, events string) ensemble.Timing {
		t.Helper()
		base := baseOn(t, on)
		s, err := evaluate(t, base, `{"run":"1","events":[`+events+`]}`, ensemble.Options{Origin: domain.MustEDTF("2025-11-08")})
		require.NoError(t, err)
		return s.Times[0]
	}
	days := func(x float64) *ensemble.Quantiles { return &ensemble.Quantiles{P5: x, P25: x, P50: x, P75: x, P95: x} }

	happens := agreement("", signs)
	require.Equal(t, days(22), happens.Days)
	withdrawn := agreement("", signs+`,{"key":"w","type":"EventWithdrawn","act":{"target":"s","reason":"r"}}`)
	require.Zero(t, withdrawn.Count, "the run takes it out itself")
	corrected := agreement("", signs+`,{"key":"w","type":"EventCorrected","act":{"target":"s","reason":"r","replacement":{"type":"AgreementSigned","occurred":"2025-11-15","actors":["a","b"],"act":{"draft":"d","version":1,"form":"signature"}}}}`)
	require.Equal(t, days(7), corrected.Days, "it is dated as the run corrects it")

	again := strings.Replace(confirms, `"key":"c"`, `"key":"c-2","links":{"same-act":["c"]}`, 1)
	require.Equal(t, 1, agreement("", confirms).Count)
	require.Zero(t, agreement(confirms, again).Count, "the base knows of it")
	planned := strings.Replace(confirms, `"actors"`, `"modality":"planned","actors"`, 1)
	require.Equal(t, 1, agreement(planned, again).Count, "it was only announced")

	for _, date := range []string{"Y-170000002", "1066-10-14", "Y170000002", "[2025-11-04..]"} {
		undated := agreement("", strings.Replace(signs, "2025-11-30", date, 1))
		require.Equal(t, []any{1, 1}, []any{undated.Count, undated.Undated}, date)
		require.Nil(t, undated.Days, date)
	}
}

// Runs that date something before the origin are told.
func TestBeforeTheOrigin(t *testing.T) {
	s, err := evaluate(t, newBase(t, ""), few, ensemble.Options{Origin: domain.MustEDTF("2025-11-04")})
	require.NoError(t, err)
	require.Equal(t, []int{3, 1, 0}, []int{s.Times[0].Count, s.Times[0].Undated, s.Times[0].Before})
	s, err = evaluate(t, newBase(t, ""), few, ensemble.Options{Origin: domain.MustEDTF("2025-11-05")})
	require.NoError(t, err)
	require.Equal(t, []int{3, 1, 1}, []int{s.Times[0].Count, s.Times[0].Undated, s.Times[0].Before})
	require.InDelta(t, -1, s.Times[0].Days.P5, 0)
}
