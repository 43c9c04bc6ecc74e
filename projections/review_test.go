package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const draftHeader = "key,type,occurred,actors,act.draft,act.version,act.completeness,act.what,act.retracts,links.same-act,modality,reliability,act.issues\n"

func TestRetractionThatNamesItsActButNoVersion(t *testing.T) {
	log := record(t, draftHeader+
		"f,DraftFinalized,2025-10-01,a|b,d,1,final,,,,,,\n"+
		"v,VerbalConfirmationGiven,2025-10-02,a,d,1,,,,,,,\n"+
		"r,CommitmentRetracted,2025-10-03,a,d,,,confirmation,v,,,,\n")
	check(t, log, "", map[string]string{
		"drafts/d/versions/1/stands":         `"finalized"`,
		"drafts/d/versions/1/retracted/r/by": `["a"]`,
		"questions/agreed":                   `[]`,
		"anomalies":                          `[]`,
	})
}

func TestRetractionThatNamesNeitherActNorVersion(t *testing.T) {
	log := record(t, draftHeader+
		"f,DraftFinalized,2025-10-01,a|b,d,1,final,,,,,,\n"+
		"r,CommitmentRetracted,2025-10-03,a,d,,,draft,,,,,\n")
	check(t, log, "", map[string]string{
		"drafts/d/versions/1/stands":             `"tabled"`,
		"drafts/d/unversioned/retracted/r/event": `"r"`,
	})
}

func TestRetractionTakesBackOnlyOnesOwn(t *testing.T) {
	log := record(t, draftHeader+
		"f,DraftFinalized,2025-10-01,a|b,d,1,final,,,,,,\n"+
		"va,VerbalConfirmationGiven,2025-10-02,a,d,1,,,,,,,\n"+
		"vb,VerbalConfirmationGiven,2025-10-02,b,d,1,,,,,,,\n"+
		"r,CommitmentRetracted,2025-10-03,a,d,1,,confirmation,,,,,\n")
	check(t, log, "", map[string]string{
		"drafts/d/versions/1/stands":           `"verbally-confirmed"`,
		"drafts/d/versions/1/parties/a/stands": `"finalized"`,
		"drafts/d/versions/1/parties/b/stands": `"verbally-confirmed"`,
	})
}

func TestDenialOfTwoReportsAtOnce(t *testing.T) {
	log := record(t, draftHeader+
		"f,DraftFinalized,2025-10-01,a|b,d,1,final,,,,,,\n"+
		"v1,VerbalConfirmationGiven,2025-10-02,a,d,1,,,,,,,\n"+
		"v2,VerbalConfirmationGiven,2025-10-02,a,d,1,,,,,,,\n"+
		"n,VerbalConfirmationGiven,2025-10-02,a,d,1,,,,,negated,,\n")
	require.Contains(t, value(t, log, "", "drafts/d/versions/1/contested/reached"), `"reason":"denied"`)
}

func TestTwoLooseRetractionsContestTogether(t *testing.T) {
	log := record(t, draftHeader+
		"f,DraftFinalized,2025-10-28,a|b,d,1,final,,,,,,\n"+
		"ra,CommitmentRetracted,2025-10-28,a,d,1,,draft,,,,,\n"+
		"rb,CommitmentRetracted,2025-10-28,b,d,1,,draft,,,,,\n")
	check(t, log, "", map[string]string{"drafts/d/versions/1/stands": `"tabled"`})
	require.Contains(t, value(t, log, "", "drafts/d/versions/1/contested/stands"), `"reason":"unordered"`)
}

func TestAccountsThatDifferInVersion(t *testing.T) {
	log := record(t, draftHeader+
		"f,DraftFinalized,2025-10-01,a|b,d,1,final,,,,,A,\n"+
		"g,DraftFinalized,2025-10-01,a|b,d,2,final,,,f,,,\n")
	check(t, log, "", map[string]string{
		"drafts/d/versions/1/reached": `"finalized"`,
		"drafts/d/versions/2/reached": `"none"`,
	})
	require.Contains(t, value(t, log, "", "drafts/d/versions/1/contested/reached"), `"value":"none"`)
	require.Contains(t, value(t, log, "", "drafts/d/versions/2/contested/reached"), `"value":"finalized"`)
}

func TestRetractionBeforeItsConfirmationIsAnAnomaly(t *testing.T) {
	log := record(t, draftHeader+
		"f,DraftFinalized,2025-10-01,a|b,d,1,final,,,,,,\n"+
		"r,CommitmentRetracted,2025-10-02,a,d,1,,confirmation,,,,,\n"+
		"v,VerbalConfirmationGiven,2025-10-03,a,d,1,,,,,,,\n")
	check(t, log, "", map[string]string{
		"anomalies/0/kind":           `"retraction-without-confirmation"`,
		"drafts/d/versions/1/stands": `"verbally-confirmed"`,
	})
}

func TestCommitmentIsContestedByWhatContestsARetraction(t *testing.T) {
	const header = "key,type,occurred,actors,act.issue,act.form,act.what,act.retracts,modality,links.same-act,act.draft,act.version,act.completeness,act.issues,reliability\n"
	for name, c := range map[string]struct{ rows, reason string }{
		"order": {"a1,AssuranceGiven,2025-10-28,a,x,verbal,,,,,,,,,\na2,CommitmentRetracted,2025-10-28,a,x,,assurance,,,,,,,,\n", "unordered"},
		"a denial": {"a1,AssuranceGiven,2025-10-28,a,x,verbal,,,,,,,,,\na2,CommitmentRetracted,2025-10-30,a,x,,assurance,a1,,,,,,,\n" +
			"a3,CommitmentRetracted,2025-10-30,a,x,,assurance,a1,negated,a2,,,,,\n", "denied"},
		"another account": {"f,DraftFinalized,2025-10-26,a|b,,,,,,,d,1,final,x,\nv,VerbalConfirmationGiven,2025-10-27,a,,,,,,,d,1,,,\n" +
			"r,CommitmentRetracted,2025-10-28,a,,,confirmation,,,,d,1,,,A\ns,CommitmentRetracted,2025-10-28,a,,,assurance,,,r,d,1,,,\n", "accounts"},
	} {
		t.Run(name, func(t *testing.T) {
			log := record(t, header+c.rows)
			check(t, log, "", map[string]string{"positions/a/x/commitment": `"none"`})
			require.Contains(t, value(t, log, "", "positions/a/x/contested/commitment"), `"value":"verbal"`)
			require.Contains(t, value(t, log, "", "positions/a/x/contested/commitment"), `"reason":"`+c.reason+`"`)
		})
	}
}

func TestDenialBindsOnlyToWhatItDenies(t *testing.T) {
	const header = "key,type,occurred,actors,modality,act.ceasefire,act.status,act.issue,act.form,act.stance,round,act.outcome,act.kind\n"
	for name, rows := range map[string]string{
		"another status":     "p,CeasefireStatusDeclared,2025-10-28,a,,c,holding,,,,,,\nn,CeasefireStatusDeclared,2025-10-28,a,negated,c,violated,,,,,,\n",
		"another form":       "p,AssuranceGiven,2025-10-28,a,,,,x,verbal,,,,\nn,AssuranceGiven,2025-10-28,a,negated,,,x,written,,,,\n",
		"another stance":     "p,PositionStated,2025-10-28,a,,,,x,,demands,,,\nn,PositionStated,2025-10-28,a,negated,,,x,,accepts,,,\n",
		"another outcome":    "o,RoundOpened,2025-10-27,a,,,,,,,r,,\np,RoundConcluded,2025-10-28,a,,,,,,,r,no-agreement,\nn,RoundConcluded,2025-10-28,a,negated,,,,,,r,agreed,\n",
		"another incident":   "p,IncidentReported,2025-10-28,a,,,,,,,,,shelling\nn,IncidentReported,2025-11-20,a,negated,,,,,,,,air strike\n",
		"another day":        "p,PositionStated,2025-10-28,a,,,,x,,demands,,,\nn,PositionStated,2025-11-20,a,negated,,,x,,demands,,,\n",
		"another's position": "p,PositionStated,2025-10-28,a,,,,x,,demands,,,\nn,PositionStated,2025-10-28,b,negated,,,x,,demands,,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			log := record(t, header+rows)
			require.NotContains(t, printed(t, log, ""), `"denied"`)
		})
	}
}

func TestAgreedIsWhatTheLastConclusionSays(t *testing.T) {
	const header = "key,type,occurred,actors,round,act.outcome,links.same-act,reliability\n"
	check(t, record(t, header+"p,RoundConcluded,2025-10-01,a,r,agreed,,\nq,RoundConcluded,2025-10-28,a,r,deadlock,,\n"), "", map[string]string{
		"questions/agreed": `[]`, "rounds/r/outcome": `"deadlock"`,
	})
	log := record(t, header+"p,RoundConcluded,2025-10-01,a,r,agreed,,A\nq,RoundConcluded,2025-10-01,a,r,deadlock,p,B\n")
	require.Contains(t, value(t, log, "", "questions/agreed"), `"contested"`)
}

func TestConditionGoesWithTheDeclarationThatMadeIt(t *testing.T) {
	log := record(t, "key,type,occurred,actors,act.ceasefire,act.status,act.condition\n"+
		"p,CeasefireStatusDeclared,2025-10-01,a,c,conditional,if quiet\nq,CeasefireStatusDeclared,2025-10-05,a,c,holding,\n")
	check(t, log, "", map[string]string{"ceasefires/c/status": `"holding"`, "ceasefires/c/condition": "absent"})
}

func TestPrincipalsAloneDoNotUndoFullPowers(t *testing.T) {
	log := record(t, "key,type,occurred,actors,act.fullPowers,act.principals\n"+
		"p,MandateStated,2025-10-01,a,yes,\nq,MandateStated,2025-10-05,a,,k\n")
	check(t, log, "", map[string]string{"mandates/a/fullPowers": `"yes"`, "mandates/a/principals": `"k"`})
}

func TestBoardHoldsWhatIsUnordered(t *testing.T) {
	log := record(t, "key,type,occurred,actors,act.issue,act.stance\n"+
		"p,PositionStated,2025-10-28,a,x,accepts\nq,PositionStated,2025-10-28,a,x,rejects\n")
	check(t, log, "", map[string]string{"disagreements/0/reason": `"unordered"`, "disagreements/0/subject": `"positions/a/x"`})
}

func TestRetractionThatMayMeanAnyVersion(t *testing.T) {
	log := record(t, draftHeader+
		"f1,DraftFinalized,2025-10-01,a|b,d,1,final,,,,,,\n"+
		"v1,VerbalConfirmationGiven,2025-10-02,a,d,1,,,,,,,\n"+
		"f2,DraftFinalized,2025-10-03,a|b,d,2,final,,,,,,\n"+
		"v2,VerbalConfirmationGiven,2025-10-04,a,d,2,,,,,,,\n"+
		"r,CommitmentRetracted,2025-10-05,a,d,,,confirmation,,,,,\n")
	for _, version := range []string{"1", "2"} {
		check(t, log, "", map[string]string{
			"drafts/d/versions/" + version + "/stands":                                     `"finalized"`,
			"drafts/d/versions/" + version + "/contested/stands/verbally-confirmed/reason": `"unversioned"`,
		})
	}
}
