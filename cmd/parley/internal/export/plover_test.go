package export

import (
	"encoding/csv"
	"strings"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// ploverModes are the events of PLOVER (manual HEAD, 16 types) with their modes.
var ploverModes = map[string]string{
	"AGREE": "", "CONSULT": "visit third-party multilateral phone", "SUPPORT": "", "CONCEDE": "", "COOPERATE": "", "AID": "",
	"RETREAT": "withdraw release disarm ceasefire access resign", "REQUEST": "assist change yield meet",
	"ACCUSE": "disapprove investigate allege", "REJECT": "assist change yield meet",
	"THREATEN": "restrict arrest relations expel territory violence", "PROTEST": "", "SANCTION": "", "MOBILIZE": "", "COERCE": "", "ASSAULT": "",
}

// TestCodesOfPlover: whatever an act says, its code is one of PLOVER's, and an act
// without one says why.
func TestCodesOfPlover(t *testing.T) {
	for _, a := range []struct {
		act  domain.Act
		want code
	}{
		{domain.ProposalAnswered{Answer: "accepted"}, code{Event: "AGREE", CAMEO: "030", Context: "diplomatic"}},
		{domain.ProposalAnswered{Answer: "partly"}, code{Event: "AGREE", CAMEO: "030", Context: "diplomatic", Why: "accepted in part"}},
		{domain.ProposalAnswered{Answer: "rejected"}, code{Event: "REJECT", Mode: "change", CAMEO: "120"}},
		{domain.ProposalAnswered{Answer: "evaded"}, code{Why: "an evasion is neither AGREE nor REJECT"}},
		{domain.PositionShifted{From: domain.Demands, To: domain.Accepts}, code{Event: "CONCEDE", CAMEO: "080", Why: "a demand was withdrawn"}},
		{domain.PositionShifted{From: domain.Demands, To: domain.Rejects}, code{Why: "PLOVER has no event for PositionShifted"}},
		{domain.CeasefireStatusDeclared{Status: "declared"}, code{Event: "CONCEDE", CAMEO: "0871", Context: "military"}},
		{domain.CeasefireStatusDeclared{Status: "holding"}, code{Event: "RETREAT", Mode: "ceasefire", CAMEO: "0871", Context: "military", Why: "an observed ceasefire"}},
		{domain.CeasefireStatusDeclared{Status: "violated"}, code{Why: "PLOVER has no event for a ceasefire said to be violated"}},
		{domain.RatificationDecided{Outcome: "rejected"}, code{Event: "REJECT", Mode: "meet", CAMEO: "127", Context: "diplomatic"}},
		{domain.RatificationDecided{Outcome: "ratified"}, code{Event: "SUPPORT"}},
		{domain.RatificationDecided{Outcome: "deferred"}, code{Why: "a deferred decision is no event in PLOVER"}},
		{domain.DraftFinalized{Completeness: domain.Final}, code{Event: "SUPPORT", CAMEO: "057", Context: "diplomatic"}},
		{domain.DraftFinalized{Completeness: domain.NearFinal}, code{Event: "CONSULT", CAMEO: "046", Context: "diplomatic", Why: "near-final is not final"}},
		{domain.MediatorActed{Role: "reacted"}, code{Why: "a reaction is comment, which is no event in PLOVER"}},
		{domain.InstructionReceived{Channel: "Telephone"}, code{Event: "CONSULT", Mode: "phone", CAMEO: "041"}},
		{domain.InstructionReceived{Channel: "letter"}, code{Event: "CONSULT", CAMEO: "040", Why: "the source tells of no telephone"}},
		{domain.AssessmentMade{}, code{Why: "PLOVER has no event for AssessmentMade"}},
	} {
		require.Equal(t, a.want, codeOf(a.act), "%+v", a.act)
	}
	pic := seen(t, example(t), "")
	for _, h := range pic.Happenings {
		c := codeOf(h.Act())
		if c.Event == "" {
			require.NotEmpty(t, c.Why, h.Name())
			require.Empty(t, c.Mode+c.CAMEO+c.Context)
			continue
		}
		require.Contains(t, ploverModes, c.Event)
		require.Contains(t, append(strings.Fields(ploverModes[c.Event]), ""), c.Mode, h.Name())
	}
}

// TestPloverDropsNothing: every happening of the example has a row, coded or not,
// and rows without a code say so and are counted.
func TestPloverDropsNothing(t *testing.T) {
	pic := seen(t, example(t), "")
	var b strings.Builder
	tally, err := Plover(&b, pic)
	require.NoError(t, err)
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	require.NoError(t, err)
	require.Equal(t, ploverHead, rows[0])
	require.Len(t, rows, 1+len(pic.Happenings))
	uncoded := 0
	for i, r := range rows[1:] {
		require.Equal(t, pic.Happenings[i].Name(), r[0])
		if r[5] == "" {
			uncoded++
			require.NotEmpty(t, r[12], "a comment")
		}
	}
	require.Equal(t, uncoded, tally.Uncoded)
	require.Positive(t, uncoded)
}

func TestPloverDates(t *testing.T) {
	zone := seen(t, golden(t), "").Registry.Zone()
	for _, c := range []struct{ edtf, date, end string }{
		{"2025-10-28", "2025-10-28", ""},
		{"2025-10-28T03:00:00", "2025-10-28", ""},
		{"2025-10-27T22:00:00Z", "2025-10-28", ""},
		{"2025-10-27/2025-10-28", "2025-10-27", "2025-10-28"},
		{"[2025-10-27..2025-10-28]", "", ""},
		{"2025-10", "", ""},
		{"[..2025-10-28]", "", ""},
		{"XXXX-XX-XX", "", ""},
	} {
		d := domain.MustEDTF(c.edtf)
		date, end := days(d, d.Bounds(zone), zone)
		require.Equal(t, []string{c.date, c.end}, []string{date, end}, c.edtf)
	}
}
