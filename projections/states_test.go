package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRounds(t *testing.T) {
	log := record(t, `key,type,round,occurred,reported,actors,act.outcome,act.days,act.previousRound,act.ordinal,act.role,duration.value,links.same-act,source.vantage,source.side,after
o1,RoundOpened,r1,[..2025-10-26],2025-10-29,a|b,,,,1,,,,,,
s1,SessionHeld,r1,2025-10-26,2025-10-29,,,,,,,PT9H,,,,
c1,RoundConcluded,r1,[..2025-10-28],2025-10-29,,no-agreement,4,,,,,,official,a,s1
c2,RoundConcluded,r1,[..2025-10-28],2025-10-29,,no-agreement,3,,,,,c1,briefed,,
m1,MediatorActed,r1,[..2025-10-28],2025-10-29,m,,,,,hosted,,,,,
m2,MediatorActed,r1,[..2025-10-28],2025-10-29,m,,,,,conveyed,,,,,
o2,RoundOpened,r2,[2025-10-28..],2025-11-05,a|b,,,r1,,,,,,,c1
`)
	check(t, log, "", map[string]string{
		"rounds/r1/status":               `"ended"`,
		"rounds/r1/outcome":              `"no-agreement"`,
		"rounds/r1/days":                 `{"contested":true,"value":4,"values":[{"value":4,"events":["c1"],"sides":["a"],"origins":1},{"value":3,"events":["c2"],"sides":["unknown"],"origins":1,"reason":"accounts"}]}`,
		"rounds/r1/next":                 `["r2"]`,
		"rounds/r1/sessions/s1/duration": `"PT9H"`,
		"rounds/r1/mediators/m/roles":    `["conveyed","hosted"]`,
		"rounds/r2/previous":             `"r1"`,
		"rounds/r2/status":               `"open"`,
		"anomalies":                      `[]`,
	})
	check(t, log, "as-of=2025-10-26", map[string]string{"rounds/r1/status": `"open"`, "rounds/r1/days": "absent"})
}

func TestSessionOutsideItsRound(t *testing.T) {
	log := record(t, "key,type,round,occurred,act.outcome\n"+
		"c,RoundConcluded,r,2025-10-26,agreed\ns,SessionHeld,r,2025-10-28,\n")
	require.Contains(t, value(t, log, "", "anomalies"), "session-outside-round")
	require.Contains(t, value(t, log, "", "anomalies"), "round-not-opened")
	check(t, log, "", map[string]string{"rounds/r/status": `"open"`})
}

func TestProcess(t *testing.T) {
	log := record(t, "key,type,occurred,act.status,act.furtherTalksPlanned\n"+
		"p,ProcessStatusDeclared,2025-10-27,salvaging,yes\nq,ProcessStatusDeclared,2025-10-29,ended,no\n")
	n, err := under(t, log, "").Print("rounds")
	require.NoError(t, err)
	status, err := n.Walk("process/status")
	require.NoError(t, err)
	require.Equal(t, "ended", status.Value())
}

func TestPositions(t *testing.T) {
	const header = "key,type,occurred,actors,modality,act.issue,act.stance,act.polarity,act.answer,act.form,act.what,act.acknowledged,act.setting,act.redLine,act.draft,act.version,act.issues,act.completeness,act.retracts,act.proposal\n"
	for name, c := range map[string]struct {
		rows string
		want map[string]string
	}{
		"a demand": {
			"p,DemandMade,2025-10-26,a,,w,,for,,,,,,,,,,,,\n",
			map[string]string{"stance": `"demands"`, "commitment": `"unknown"`},
		},
		"an answer": {
			"p,ProposalAnswered,2025-10-26,a,,w,,,partly,,,,,,,,,,,\n",
			map[string]string{"stance": `"conditional"`},
		},
		"verbal, then written refused: two things": {
			"p,AssuranceGiven,2025-10-26,a,,w,,,,verbal,,,,,,,,,,\nq,AssuranceRefused,2025-10-27,a,,w,,,,written,,,,,,,,,,\n",
			map[string]string{"commitment": `"verbal"`, "refused": `["written"]`, "contested": "absent", "stance": `"unknown"`},
		},
		"no assurance at all": {
			"p,AssuranceGiven,2025-10-26,a,,w,,,,verbal,,,,,,,,,,\nq,AssuranceRefused,2025-10-27,a,,w,,,,any,,,,,,,,,,\n",
			map[string]string{"commitment": `"none"`, "refused": `["any"]`},
		},
		"an assurance taken back": {
			"p,AssuranceGiven,2025-10-26,a,,w,,,,verbal,,,,,,,,,,\nq,CommitmentRetracted,2025-10-27,a,,w,,,,,assurance,,,,,,,,p,\n",
			map[string]string{"commitment": `"none"`},
		},
		"a planned act moves nothing": {
			"p,PositionStated,2025-10-26,a,,w,accepts,,,,,,,,,,,,,\nq,PositionStated,2025-10-27,a,planned,w,rejects,,,,,,,,,,,,,\n",
			map[string]string{"stance": `"accepts"`, "contested": "absent"},
		},
		"a denial alone proves nothing": {
			"p,PositionStated,2025-10-26,a,negated,w,accepts,,,,,,,,,,,,,\n",
			map[string]string{"stance": "absent"},
		},
		"a denial contests": {
			"p,PositionStated,2025-10-26,a,,w,accepts,,,,,,,,,,,,,\nq,PositionStated,2025-10-26,a,negated,w,accepts,,,,,,,,,,,,,\n",
			map[string]string{"stance": `"accepts"`, "contested/stance/denied/value": `null`},
		},
		"a private acknowledgement": {
			"p,EvidenceAcknowledged,2025-10-26,a,,w,,,,,demand,yes,private,,,,,,,\n",
			map[string]string{"stance": `"acknowledges"`, "commitment": `"private"`, "settings": `["private"]`},
		},
		"a confirmation moves the issues of its draft": {
			"p,DraftFinalized,2025-10-26,a|b,,,,,,,,,,,d,1,w,final,,\nq,VerbalConfirmationGiven,2025-10-27,a,,,,,,,,,,,d,1,,,,\n",
			map[string]string{"commitment": `"verbal"`},
		},
		"a draft whose issues nobody tells moves no cell": {
			"p,DraftFinalized,2025-10-26,a|b,,,,,,,,,,,d,1,,final,,\nq,VerbalConfirmationGiven,2025-10-27,a,,,,,,,,,,,d,1,,,,\n",
			map[string]string{"commitment": "absent"},
		},
		"a retraction uncovers what stood below": {
			"f,DraftFinalized,2025-10-25,a|b,,,,,,,,,,,d,1,w,final,,\ng,AssuranceGiven,2025-10-26,a,,w,,,,verbal,,,,,,,,,,\ns,AgreementSigned,2025-10-27,a,,,,,,signature,,,,,d,1,,,,\nr,CommitmentRetracted,2025-10-28,a,,,,,,,signature,,,,d,1,,,s,\n",
			map[string]string{"commitment": `"verbal"`},
		},
		"a red line": {
			"p,PositionStated,2025-10-26,a,,w,demands,,,,,,public,true,,,,,,\n",
			map[string]string{"redLine": `true`, "settings": `["public"]`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := record(t, header+c.rows)
			for field, want := range c.want {
				check(t, log, "", map[string]string{"positions/a/w/" + field: want})
			}
		})
	}
}

func TestContradictsContestsACell(t *testing.T) {
	log := record(t, "key,type,occurred,actors,act.issue,act.form,links.contradicts\n"+
		"p,AssuranceGiven,2025-10-26,a,w,verbal,\nq,AssuranceRefused,2025-10-27,a,w,any,p\n")
	check(t, log, "", map[string]string{
		"positions/a/w/commitment":                         `"none"`,
		"positions/a/w/contested/commitment/verbal/reason": `"contradicts"`,
	})
}

func TestMandates(t *testing.T) {
	log := record(t, `key,type,occurred,actors,act.fullPowers,act.principals,act.from,act.channel,act.basis,act.draft,act.what,act.head,after,links.same-act
m1,MandateStated,[..2025-10-27],a,no,k|b,,,,,,,,
m2,MandateStated,[..2025-10-27],a,no,k,,,,,,,,m1
i,InstructionReceived,[2025-10-27..2025-10-28],a,,,k,phone,observed,,,,,
r,CommitmentRetracted,[2025-10-27..2025-10-28],a,,,,,,d,confirmation,,i,
d,DelegationComposed,[..2025-10-27],b,,,,,,,,m,,
`)
	const a = "mandates/a/"
	check(t, log, "", map[string]string{
		a + "fullPowers":                   `"no"`,
		a + "contested/fullPowers":         "absent",
		a + "instructions/i/precedes":      `["r"]`,
		a + "instructions/i/channel":       `"phone"`,
		a + "instructions/i/unorderedWith": `[]`,
		"mandates/b/head":                  `"m"`,
		"mandates/b/fullPowers":            `"unknown"`,
	})
	require.Contains(t, value(t, log, "", a+"contested/principals"), `"value":"b|k"`)
	require.NotContains(t, printed(t, log, ""), "cause", "order is never cause")
}

func TestCeasefires(t *testing.T) {
	log := record(t, `key,type,occurred,actors,act.ceasefire,act.status,act.condition,act.kind,act.countBest,act.perpetratorAlleged,after
p,CeasefireStatusDeclared,[2025-10-28..],a,c,conditional,if nothing happens,,,,
i,IncidentReported,[..2025-10-26],,c,,,infiltration,2,b,
`)
	check(t, log, "", map[string]string{
		"ceasefires/c/status":            `"conditional"`,
		"ceasefires/c/condition":         `"if nothing happens"`,
		"ceasefires/c/incidents/i/count": `2`,
	})
	check(t, log, "as-of=2025-10-28", map[string]string{"ceasefires/c/status": `"unknown"`, "ceasefires/c/condition": "absent"})
	check(t, log, "as-of=2025-10-25", map[string]string{"ceasefires/c/status": `"unknown"`, "ceasefires/c/incidents": `[]`})
}

func TestRetractionOfWhatNobodyGaveIsAnAnomaly(t *testing.T) {
	log := record(t, "key,type,occurred,actors,act.draft,act.what\nr,CommitmentRetracted,2025-10-26,a,d,draft\n")
	check(t, log, "", map[string]string{"anomalies/0/kind": `"retraction-without-confirmation"`, "drafts/d/unversioned/retracted/r/by": `["a"]`})
}
