package export

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	istanbul2025 "parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew; commit them only if you can explain the diff")

// fataler is what tests and laws have in common.
type fataler interface {
	Helper()
	require.TestingT
}

// goldenTable is small, and has one of everything that a figure marks: vague dates,
// a round, a draft that is taken back, a plan, a denial, two accounts that differ.
const goldenTable = `key,type,negotiation,round,occurred,reported,actors,recipients,modality,act.title,act.timeZone,act.actor,act.name,act.kind,act.memberOf,act.issue,act.polarity,act.draft,act.version,act.completeness,act.what,act.retracts,act.form,act.days,act.content,act.status,act.answer,source.side,source.quote,after,links.same-act
reg,NegotiationRegistered,talks,,,,,,,"Talks; <one> & ""two""",Asia/Karachi,,,,,,,,,,,,,,,,,,,,
reg-a,ActorRegistered,talks,,,,,,,,,a,Aland,party,,,,,,,,,,,,,,,,,
reg-b,ActorRegistered,talks,,,,,,,,,b,Bland,party,,,,,,,,,,,,,,,,,
reg-m,ActorRegistered,talks,,,,,,,,,m,"Minister, M.",person,a,,,,,,,,,,,,,,,,
reg-i,IssueRegistered,talks,,,,,,,One issue,,,,,,one,,,,,,,,,,,,,,,
open,RoundOpened,talks,first,[..2025-10-26],,a|b,,,,,,,,,,,,,,,,,,,,,a,,,
demand,DemandMade,talks,first,2025-10-26,2025-10-27,m,b,,,,,,,,one,for,,,,,,,,=SUM(1);,,,a,,,
final,DraftFinalized,talks,first,2025-10-27,,a|b,,,,,,,,,,,d,1,final,,,,,,,,,,,
yes,VerbalConfirmationGiven,talks,first,[2025-10-27..2025-10-28],,b,a,,,,,,,,,,d,1,,,,,,,,,a,yes,final,
no,CommitmentRetracted,talks,first,2025-10-28~,,b,a,,,,,,,,,,d,1,,confirmation,yes,,,,,,a,,yes,
end,RoundConcluded,talks,first,2025-10-28,,a|b,,,,,,,,,,,,,,,,,3,,,,a,,,
end-too,RoundConcluded,talks,first,2025-10-28,,a|b,,,,,,,,,,,,,,,,,4,,,,b,,,end
denial,RoundConcluded,talks,first,XXXX-XX-XX,,b,,negated,,,,,,,,,,,,,,,,,,,b,,,end
sign,AgreementSigned,talks,,2025-12,,a,,planned,,,,,,,,,d,1,,,,signature,,,,,a,,,
answer,ProposalAnswered,talks,first,[2025-10-28..],,b,a,,,,,,,,one,,,,,,,,,,,evaded,a,,,
long-ago,ThreatIssued,talks,,2021-10-05,,,a,,,,,,,,,,,,,,,,,we will; %%{init}%%,,,,,,
`

// golden is the log of the golden table.
func golden(t fataler) []domain.Entry {
	t.Helper()
	return recorded(t, "talks", func() ([]domain.Candidate, domain.Faults) {
		return intake.Table("golden.csv", strings.NewReader(goldenTable))
	})
}

// example is the log of the worked example.
func example(t fataler) []domain.Entry {
	t.Helper()
	return recorded(t, "pak-afg-2025", func() (all []domain.Candidate, faults domain.Faults) {
		for _, name := range []string{"registry.csv", "s0.csv", "s1.csv", "s2.csv", "s3.csv", "s4.csv"} {
			f, err := istanbul2025.Files.Open(name)
			require.NoError(t, err)
			in, wrong := intake.Table(name, f)
			require.NoError(t, f.Close())
			all, faults = append(all, in...), append(faults, wrong...)
		}
		return all, faults
	})
}

// recorded is the log that an input makes of an empty one.
func recorded(t fataler, negotiation string, read func() ([]domain.Candidate, domain.Faults)) []domain.Entry {
	t.Helper()
	in, faults := read()
	require.Empty(t, faults)
	decision, faults := domain.Decide(map[string]*domain.Ledger{negotiation: domain.NewLedger(negotiation)}, in, domain.Handling{})
	require.Empty(t, faults)
	return domaintest.Record(decision.Append)
}

// seen is a log under a view.
func seen(t fataler, log []domain.Entry, view string) *projections.Picture {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	pic, err := projections.Project(log[0].Event.Negotiation, log, v)
	require.NoError(t, err)
	return pic
}

// branched is the golden log on a branch in which the retraction did not happen.
func branched(t fataler) *projections.Picture {
	t.Helper()
	log := golden(t)
	o := domain.BranchOpened{
		Branch: "stays", Parent: domain.RecordName, At: "16", Author: "A. Nalyst; <x>", Purpose: "what if",
		Without: []domain.EventRef{"no"},
	}
	own := []*domain.Event{
		{ID: domain.KeyedID("talks", "opening"), Negotiation: "talks", Body: domain.Body{Key: "opening", Act: o}},
		{ID: domain.KeyedID("talks", "signed"), Negotiation: "talks", Body: domain.Body{
			Key: "signed", Occurred: domain.MustEDTF("2025-10-30"), Actors: []domain.ActorID{"b"}, Act: domain.AgreementSigned{Draft: "d", Version: 1, Form: "signature"},
		}},
	}
	l := domain.Lineage{Record: log, Branches: []domain.BranchLog{{Opened: o, Entries: domaintest.Record(own)}}}
	pic, err := projections.Suppose("talks", l, projections.View{Branch: "stays"})
	require.NoError(t, err)
	return pic
}

// held is a log in memory.
func held(entries []domain.Entry) Log {
	return func(yield func(domain.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// text is what a writer writes.
func text(t fataler, write func(io.Writer) (Tally, error)) string {
	t.Helper()
	var b bytes.Buffer
	_, err := write(&b)
	require.NoError(t, err)
	return b.String()
}

// sameAsGolden compares an output with the file that holds it.
func sameAsGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

const program = "parley test"

// formats are the writers of pictures.
var formats = map[string]func(io.Writer, *projections.Picture) (Tally, error){
	"plover.csv":  Plover,
	"plover.json": PloverJSON,
	"ocel.json":   func(w io.Writer, p *projections.Picture) (Tally, error) { return OCEL(w, p, program) },
	"mermaid.txt": func(w io.Writer, p *projections.Picture) (Tally, error) { return Mermaid(w, p, program) },
	"party.svg":   func(w io.Writer, p *projections.Picture) (Tally, error) { return Figure(w, p, LanesParty, program) },
	"kind.svg":    func(w io.Writer, p *projections.Picture) (Tally, error) { return Figure(w, p, LanesKind, program) },
}

func drawn(t fataler, name string, pic *projections.Picture) string {
	t.Helper()
	return text(t, func(w io.Writer) (Tally, error) { return formats[name](w, pic) })
}

func TestGolden(t *testing.T) {
	pic := seen(t, golden(t), "")
	for name := range formats {
		t.Run(name, func(t *testing.T) { sameAsGolden(t, name, drawn(t, name, pic)) })
	}
}

// TestSupposed: every format of a branch says that it is one, with its fork and its
// author, and tells what is supposed from what is on record.
func TestSupposed(t *testing.T) {
	pic := branched(t)
	require.NotNil(t, pic.Branch)
	for name, marks := range map[string][]string{
		"plover.csv":  {"signed,2025-10-30", ",hypothetical,", "stays,record at #16,", "#record:16;stays:2"},
		"plover.json": {`"hypothetical": "stays"`, `"mode": [`, `"hypothetical"`, `"fork": "record at #16"`, `"author": "A. Nalyst; <x>"`},
		"ocel.json":   {`"hypothetical"`, `"supposed"`, `"record at #16"`, `"A. Nalyst; <x>"`},
		"mermaid.txt": {"title HYPOTHETICAL – Talks", "HYPOTHETICAL#58; branch stays of A. Nalyst#59; #60;x#62;, from record at #35;16#58; what if#59; without no", "SUPPOSED 2025-10-30"},
		"party.svg":   {`fill="url(#hypothetical)"`, ">HYPOTHETICAL: branch stays of A. Nalyst; &lt;x&gt;, from record at #16: what if; without no<", ">supposed<"},
	} {
		got := drawn(t, name, pic)
		for _, mark := range marks {
			require.Contains(t, got, mark, name)
		}
	}
	for name := range formats {
		require.NotContains(t, strings.ReplaceAll(drawn(t, name, seen(t, golden(t), "")), `id="hypothetical"`, ""), `stays`, name)
	}
}

// TestNothing: a view that leaves nothing is drawn as nothing.
func TestNothing(t *testing.T) {
	pic := seen(t, golden(t), "lens=reliability+%3D%3D+%22A%22")
	require.Empty(t, pic.Happenings)
	for name := range formats {
		require.NotEmpty(t, drawn(t, name, pic), name)
	}
}
