package projections_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

func compileLens(t testing.TB, expression string) projections.Lens {
	t.Helper()
	l, err := projections.CompileLens(expression)
	require.NoError(t, err, expression)
	return l
}

// witness is an event with something in most fields.
func witness() *domain.Event {
	return &domain.Event{
		Negotiation: negotiation, Writer: "test", Recorded: clock, Time: clock,
		Body: domain.Body{
			Key: "w-1", Round: "istanbul", Occurred: domain.MustEDTF("2025-10-27"), Reported: domain.MustEDTF("2025-10"),
			Actors: []domain.ActorID{"qatar", "afghan-taliban"}, UnnamedActors: []string{"friendly states"},
			Act: domain.DraftFinalized{Draft: "istanbul-draft", Version: 3, Completeness: "final", Issues: []domain.IssueID{"w"}},
			Source: &domain.Source{
				Document: "1.txt", Quote: "They agreed in Doha.", Speaker: "an official", Attribution: "anonymous",
				Vantage: "eyewitness", Side: "pakistan",
			},
			Reliability: "B", Credibility: "2",
			Links: domain.Links{SameAct: []domain.EventRef{"w-2"}}, Coder: "ds", Note: "inferred",
		},
	}
}

func entry(e *domain.Event) domain.Entry { return domain.Entry{Position: 43, Event: e} }

func TestLensReadsEveryKindOfField(t *testing.T) {
	for _, expression := range []string{
		`source.side == "pakistan"`, `source.side != "qatar"`, `source.attribution == "anonymous"`, `coder == "ds"`, `reliability <= "B"`,
		`"B" >= reliability`, `reliability in ["A", "B"]`, `reliability not in ["C"]`, `credibility < "3"`, `type == "DraftFinalized"`,
		`"qatar" in actors`, `"kabul" not in actors`, `source.side not in actors`, `any(actors, # startsWith "afghan")`,
		`all(actors, len(#) > 3 && # != "x")`, `none(actors, # == "pakistan")`, `all(recipients, false)`, `len(actors) == 2`,
		`unknown(recipients)`, `!unknown(actors)`, `"friendly states" in unnamedActors`, `"w-2" in links.same-act`,
		`"w-2" in links["same-act"]`, `unknown(links.derived-from)`, `source.quote contains "Doha"`, `note matches "^infer+ed$"`,
		`lower(source.quote) contains "doha"`, `source.quote startsWith 'They' && source.quote endsWith "."`, `len(coder) == 2`,
		`act.version == 3`, `act.version >= 2.5`, `1 < act.version < 4`, `act.version in [1, 3]`, `act.draft == "istanbul-draft"`,
		`"w" in act.issues`, `act.completeness != "near-final"`, `act.setting == ""`, `!act.redLine`, `act.redLine == false`, `unknown(act.count)`,
		`modality == "asserted"`, `position == 43`, `recorded >= "2025-12-01" and not (recorded > "2025-12-01")`, `time == "2025-12"`,
		`negotiation == "talks"`, `writer == "test"`, `id startsWith "00000000"`, `not hypothetical`, `true || false`,
		`coder in ["a", "b", "c", "d", "e", "f", "g", "h", "ds"]`, `coder == "ds" // the coder`, `clock.start > "2025" or unknown(clock.start)`,
		`source.vantage == "eyewitness" and (source.side == "x" or key == "w-1")`, `round == "istanbul" and session == ""`,
	} {
		require.True(t, compileLens(t, expression).AdmitsEntry(entry(witness()), nil), expression)
	}
}

func TestLensReadsWhatIsAbsent(t *testing.T) {
	bare := &domain.Event{Body: domain.Body{Occurred: domain.MustEDTF("XXXX-XX-XX"), Act: domain.SessionHeld{}}}
	for _, expression := range []string{
		`source.side == "unknown"`, `source.side != "pakistan"`, `source.attribution == "unknown"`, `source.vantage == "unknown"`, `unknown(source.side)`,
		`unknown(source.vantage)`, `source.document == ""`, `unknown(source.document)`, `modality == "asserted"`, `!unknown(modality)`,
		`act.draft == ""`, `unknown(act.draft)`, `len(actors) == 0`, `unknown(occurred)`, `unknown(reported)`, `unknown(act.version)`,
		`unknown(reliability)`, `unknown(credibility)`, `!act.redLine`, `unknown(act.effective)`, `unknown(act.from)`, `unknown(position)`,
		`unknown(act.fullPowers)`, `duration.value == ""`, `!duration.approximate`,
	} {
		require.True(t, compileLens(t, expression).AdmitsEntry(domain.Entry{Event: bare}, nil), expression)
	}
}

// TestLensGrades is the table of the package documentation: of an unjudged grade
// nothing is true but that it is unjudged.
func TestLensGrades(t *testing.T) {
	const (
		yes, no, undecided = "yes", "no", "undecided"
	)
	for expression, want := range map[string][4]string{ // A, B, C, unjudged
		`reliability <= "B"`:                                         {yes, yes, no, undecided},
		`reliability > "B"`:                                          {no, no, yes, undecided},
		`!(reliability <= "B")`:                                      {no, no, yes, undecided},
		`not (reliability > "B")`:                                    {yes, yes, no, undecided},
		`reliability == "B"`:                                         {no, yes, no, undecided},
		`reliability != "B"`:                                         {yes, no, yes, undecided},
		`!(reliability != "B")`:                                      {no, yes, no, undecided},
		`reliability in ["A", "C", "D", "E"]`:                        {yes, no, yes, undecided},
		`reliability not in ["A", "C", "D", "E"]`:                    {no, yes, no, undecided},
		`reliability <= "E"`:                                         {yes, yes, yes, undecided},
		`reliability < "A"`:                                          {no, no, no, undecided},
		`reliability <= "B" || reliability > "B"`:                    {yes, yes, yes, undecided},
		`(reliability <= "B") == false`:                              {no, no, yes, undecided},
		`(reliability <= "B") != (reliability > "B")`:                {yes, yes, yes, undecided},
		`reliability <= "B" || coder == ""`:                          {yes, yes, yes, yes},
		`reliability <= "B" && coder == ""`:                          {yes, yes, no, undecided},
		`reliability <= "B" && coder != ""`:                          {no, no, no, no},
		`!(reliability <= "B" && coder != "")`:                       {yes, yes, yes, yes},
		`any(actors, reliability <= "B")`:                            {yes, yes, no, undecided},
		`none(actors, reliability <= "B")`:                           {no, no, yes, undecided},
		`all(actors, reliability <= "B" or # == "a")`:                {yes, yes, yes, yes},
		`unknown(reliability)`:                                       {no, no, no, yes},
		`!unknown(reliability)`:                                      {yes, yes, yes, no},
		`reliability <= "B" || unknown(reliability)`:                 {yes, yes, no, yes},
		`(reliability > "B") == true || unknown(reliability)`:        {no, no, yes, yes},
		`reliability > "B" && !unknown(reliability) || coder == "z"`: {no, no, yes, no},
	} {
		for i, grades := range [][]domain.Reliability{{"A"}, {"B"}, {"C", "D", "E"}, {"", "F"}} {
			for _, grade := range grades {
				e := &domain.Event{Body: domain.Body{Reliability: grade, Actors: []domain.ActorID{"a"}, Act: domain.SessionHeld{}}}
				got := no
				switch {
				case compileLens(t, expression).AdmitsEntry(entry(e), nil):
					got = yes
				case !compileLens(t, "!("+expression+")").AdmitsEntry(entry(e), nil):
					got = undecided
				}
				require.Equal(t, want[i], got, "%s of %q", expression, grade)
			}
		}
	}
	graded := domain.SourceGraded{Source: "x", Reliability: "A"}
	require.True(t, compileLens(t, `act.reliability <= "B" and unknown(reliability)`).AdmitsEntry(entry(&domain.Event{Body: domain.Body{Act: graded}}), nil))
	credible := &domain.Event{Body: domain.Body{Credibility: "2", Act: domain.SessionHeld{}}}
	require.True(t, compileLens(t, `credibility <= "2"`).AdmitsEntry(entry(credible), nil))
	credible.Credibility = "6"
	for _, expression := range []string{`credibility <= "2"`, `credibility > "2"`, `credibility != "2"`, `!(credibility <= "5")`} {
		require.False(t, compileLens(t, expression).AdmitsEntry(entry(credible), nil), expression)
	}
}

// TestLensDates: what the bounds of a date leave open is undecided.
func TestLensDates(t *testing.T) {
	for _, c := range []struct{ occurred, yes, undecided string }{
		{"2025-10-28", `<= "2025-10-28"; == "2025-10-28"; >= "2025-10-28"; < "2025-10-29"; > "2025-10-27"; == "2025-10"; != "2025-11"; <= "2025"`, ``},
		{"2025-10", `< "2025-11"; <= "2025-10"; >= "2025-10"; > "2025-09-30"`, `<= "2025-10-28"; > "2025-10-28"; == "2025-10-28"; != "2025-10-28"`},
		{"[..2025-10-28]", `<= "2025-10-28"; != "2025-11"`, `< "2025-10-28"; >= "2025"; == "2025-10"`},
		{"XXXX-XX-XX", ``, `<= "2025-10-28"; > "2025-10-28"; == "2025"; != "2025"; < "9999"`},
	} {
		e := entry(&domain.Event{Body: domain.Body{Occurred: domain.MustEDTF(c.occurred), Act: domain.SessionHeld{}}})
		for comparison := range strings.SplitSeq(c.yes, "; ") {
			if comparison == "" {
				continue
			}
			require.True(t, compileLens(t, "occurred "+comparison).AdmitsEntry(e, nil), "%s %s", c.occurred, comparison)
			require.False(t, compileLens(t, "!(occurred "+comparison+")").AdmitsEntry(e, nil), "%s %s", c.occurred, comparison)
		}
		for comparison := range strings.SplitSeq(c.undecided, "; ") {
			if comparison == "" {
				continue
			}
			require.False(t, compileLens(t, "occurred "+comparison).AdmitsEntry(e, nil), "%s %s", c.occurred, comparison)
			require.False(t, compileLens(t, "!(occurred "+comparison+")").AdmitsEntry(e, nil), "%s %s", c.occurred, comparison)
		}
	}
}

// TestLensDatesInTheZoneOfTheTalks: a day begins and ends where the talks are.
func TestLensDatesInTheZoneOfTheTalks(t *testing.T) {
	reg := domain.NewRegistry()
	reg.Add(domain.NegotiationRegistered{Title: "T", TimeZone: "Asia/Karachi"})
	e := entry(&domain.Event{
		Recorded: time.Date(2025, 10, 28, 20, 0, 0, 0, time.UTC), // the 29th in Karachi
		Body:     domain.Body{Occurred: domain.MustEDTF("2025-10-28"), Act: domain.SessionHeld{}},
	})
	for expression, here := range map[string]bool{
		`recorded <= "2025-10-28"`: false, `recorded == "2025-10-29"`: true, `occurred == "2025-10-28"`: true,
		`occurred < "2025-10-28T20:00:00Z"`: true, `recorded == "2025-10-28T20:00:00Z"`: true,
	} {
		l, err := projections.ResolveLens(expression, reg)
		require.NoError(t, err)
		require.Equal(t, here, l.AdmitsEntry(e, reg), expression)
	}
	require.True(t, compileLens(t, `recorded <= "2025-10-28"`).AdmitsEntry(e, reg), "without a registry, UTC")
}

// TestLensUsesTheGradeOfTheSource: the lens sees the grade by which accounts are
// weighed, also where the event states none.
func TestLensUsesTheGradeOfTheSource(t *testing.T) {
	log := record(t, `key,type,act.source,act.reliability,act.reason,round,occurred,source.document,reliability
g,SourceGraded,good.txt,A,tested,,,,
e-1,SessionHeld,,,,r,2025-10-25,good.txt,
e-2,SessionHeld,,,,r,2025-10-25,good.txt,D
e-3,SessionHeld,,,,r,2025-10-25,other.txt,
`)
	s, err := projections.Select(negotiation, domain.Lineage{Record: log}, projections.View{})
	require.NoError(t, err)
	l := compileLens(t, `reliability <= "B"`)
	var admitted, undecided []string
	for _, a := range s.Accounts {
		if l.Admits(a) {
			admitted = append(admitted, a.Key)
		}
		if l.Undecided(a) {
			undecided = append(undecided, a.Key)
		}
		require.Equal(t, l.Admits(a), l.AdmitsEntry(domain.Entry{Position: a.Position, Event: a.Event}, s.Registry))
	}
	require.Equal(t, []string{"e-1"}, admitted)
	require.Equal(t, []string{"e-3"}, undecided)
}

func TestLensKnowsEveryField(t *testing.T) {
	fields := domain.BodyFields()
	for _, s := range domain.Catalogue() {
		fields = append(fields, s.Fields()...)
	}
	for _, f := range fields {
		expression := "unknown(" + f.Path + ")"
		if f.Kind == domain.Truth {
			expression = f.Path
		}
		if f.Kind == domain.Nested {
			continue
		}
		l := compileLens(t, expression)
		for _, s := range domain.Catalogue() {
			act := reflect.New(s.Go).Elem().Interface().(domain.Act)
			l.AdmitsEntry(entry(&domain.Event{Body: domain.Body{Act: act}}), domain.NewRegistry())
		}
		l.AdmitsEntry(entry(&domain.Event{}), nil)
	}
}

func TestZeroLensAdmitsAll(t *testing.T) {
	for _, text := range []string{"", " \n"} {
		l := compileLens(t, text)
		require.True(t, l.IsZero())
		require.Empty(t, l.String())
		require.True(t, l.Admits(&projections.Account{Event: witness()}))
		require.True(t, l.AdmitsEntry(domain.Entry{Fault: &projections.LensError{}}, nil))
	}
	require.False(t, compileLens(t, "true").AdmitsEntry(domain.Entry{}, nil), "of what does not decode nothing can be told")
}
