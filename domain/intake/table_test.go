package intake_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"parley/domain"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// read reads an input and writes down what it holds: the events, then the faults
// of the form, then those of the events.
func read(from func(string, io.Reader) ([]domain.Candidate, domain.Faults), name, text string) []string {
	in, faults := from(name, strings.NewReader(text))
	lines := []string{}
	for _, c := range in {
		lines = append(lines, fmt.Sprintf("%s %s at %s", c.Event.Type(), c.Event.Key, c.Place("key")))
		faults = append(faults, c.Faults...)
	}
	for _, f := range faults {
		lines = append(lines, fmt.Sprintf("%s [%s] %q %s; %s", f.Place, f.Problem, f.Read, f.Reason, f.Hint))
	}
	return lines
}

const head = "key,type,negotiation,occurred,act.for\n"

func TestTable(t *testing.T) {
	for _, c := range []struct {
		name, table string
		want        []string
	}{
		{"rows", head + "a,ThanksExpressed,talks,2025,hosting\nb,ThanksExpressed,talks,2025,\n", []string{
			"ThanksExpressed a at in.csv, row 2, key", "ThanksExpressed b at in.csv, row 3, key",
		}},
		{"byte order mark, line ends of Windows, no last line end", "\ufeff" + strings.ReplaceAll(head, "\n", "\r\n") + "a,ThanksExpressed,talks,2025,", []string{
			"ThanksExpressed a at in.csv, row 2, key",
		}},
		{"semicolons", strings.ReplaceAll(head, ",", ";") + "a;ThanksExpressed;talks;2025;hosting, and more\n", []string{
			"ThanksExpressed a at in.csv, row 2, key",
		}},
		{"tabs", strings.ReplaceAll(head, ",", "\t") + "a\tThanksExpressed\ttalks\t2025\thosting, and more; much\n", []string{
			"ThanksExpressed a at in.csv, row 2, key",
		}},
		{"rows as spreadsheets count them", head + "\n\"a\",ThanksExpressed,talks,2025,\"two\nlines\"\n,,,,\n  ,,,,\n\n\nb,ThanksExpressed,talks,2025,\nc,Thanks,talks,2025,\n", []string{
			"ThanksExpressed a at in.csv, row 3, key", "ThanksExpressed b at in.csv, row 8, key", " c at in.csv, row 9, key",
			`in.csv, row 9, type [unknown-type] "Thanks" no such type of act; `,
		}},
		{"what exports add", "position,recorded," + head + "7,2025-11-01T12:00:00.000Z,a,ThanksExpressed,talks,2025,\n", []string{
			"ThanksExpressed a at in.csv, row 2, key",
		}},
		{"a replacement in a cell", "key;type;negotiation;act.target;act.reason;act.replacement\n" +
			`c;EventCorrected;talks;a;r;"{""type"":""ThanksExpressed"",""occurred"":""soon""}"` + "\n" +
			`d;EventCorrected;talks;a;r;ThanksExpressed` + "\n" + `e;EventCorrected;talks;a;r;{} {}` + "\n", []string{
			"EventCorrected c at in.csv, row 2, key", "EventCorrected d at in.csv, row 3, key", "EventCorrected e at in.csv, row 4, key",
			`in.csv, row 3, act.replacement [malformed] "ThanksExpressed" not a JSON object; write a JSON object with type, occurred, act, …`,
			`in.csv, row 4, act.replacement [malformed] "{} {}" not JSON: there is more after the object; write a JSON object with type, occurred, act, …`,
			`in.csv, row 2, act.replacement.occurred [bad-date] "soon" not EDTF: want 4 digits of the year; `,
			`in.csv, row 3, act.replacement [missing] "" act.replacement is required for EventCorrected; write event: the whole event as it should have been`,
			`in.csv, row 4, act.replacement [missing] "" act.replacement is required for EventCorrected; write event: the whole event as it should have been`,
		}},
		{"lists", "key,type,negotiation,occurred,actors,unnamedActors\na,ThanksExpressed,talks,2025,pakistan | qatar,\"friendly states|a, b\"\nb,ThanksExpressed,talks,2025,pakistan||qatar,|\n", []string{
			"ThanksExpressed a at in.csv, row 2, key", "ThanksExpressed b at in.csv, row 3, key",
			`in.csv, row 3, actors [bad-value] "" not an id; use 1 to 64 of a-z, 0-9 and -`,
			`in.csv, row 3, unnamedActors [bad-value] "" unnamedActors is empty; leave it out`,
			`in.csv, row 3, unnamedActors [bad-value] "" unnamedActors is empty; leave it out`,
		}},
		{"as spreadsheets and other programs write", "key,type,negotiation,occurred,round,act.days,act.hours,act.approximate\na,RoundConcluded,talks,2025,r,4.0,49.50,TRUE\nb,RoundConcluded,talks,2025,r,four,0x10,1\n", []string{
			"RoundConcluded a at in.csv, row 2, key", "RoundConcluded b at in.csv, row 3, key",
			`in.csv, row 3, act.days [bad-value] "four" not a whole number from 1 to a thousand million; `,
			`in.csv, row 3, act.hours [bad-value] "0x10" not a number from 0 to a thousand million; `,
			`in.csv, row 3, act.approximate [bad-value] "1" not true or false; write one of true, false`,
		}},
		{"columns", "key,type,key,,draft,Occurred,source,colour\na,ThanksExpressed,b,c,d,2025,e,f\n", []string{
			"ThanksExpressed a at in.csv, row 2, key",
			`in.csv, row 1, key [unknown-field] "key" the column stands twice; keep one`,
			`in.csv, row 1, column 4 [unknown-field] "" the column has no name; name it or take it out`,
			`in.csv, row 1, draft [unknown-field] "draft" no such column; did you mean act.draft?`,
			`in.csv, row 1, Occurred [unknown-field] "Occurred" no such column; did you mean occurred?`,
			`in.csv, row 1, source [unknown-field] "source" no such column; did you mean act.source?`,
			`in.csv, row 1, colour [unknown-field] "colour" no such column; `,
			`in.csv, row 2, negotiation [missing] "" negotiation is required; write the id of the negotiation`,
			`in.csv, row 2, occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`,
		}},
		{"too many cells", head + "a,ThanksExpressed,talks,2025,hosting, and more\nb,ThanksExpressed\n", []string{
			"ThanksExpressed a at in.csv, row 2, key", "ThanksExpressed b at in.csv, row 3, key",
			`in.csv, row 2 [malformed] " and more" the row has 6 cells, the header 5; put text with commas in quotation marks`,
			`in.csv, row 3, negotiation [missing] "" negotiation is required; write the id of the negotiation`,
			`in.csv, row 3, occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`,
		}},
		{"a quotation mark too many", head + "\na,ThanksExpressed,talks,2025,\"the \"friendly\" states\"\nb,ThanksExpressed,talks,2025,\n", []string{
			`in.csv, row 3 [malformed] "" not CSV: extraneous or missing " in quoted-field (line 3, column 35); put text with quotation marks, commas or line breaks in "…" and double the marks inside`,
		}},
		{"not UTF-8", head + "a,ThanksExpressed,talks,2025,T\xfcrkiye\n", []string{
			"ThanksExpressed a at in.csv, row 2, key",
			`in.csv, row 2, act.for [malformed] "T�rkiye" not UTF-8; save the table as UTF-8`,
		}},
		{"UTF-16", "\xff\xfek\x00e\x00y\x00\n\x00a\x00\n\x00", []string{
			"in.csv, row 1 [malformed] \"\ufffdk\\x00e\\x00y\\x00\" not UTF-8; save the table as CSV in UTF-8",
		}},
		{"empty", "", []string{}},
		{"a header alone", head, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, read(intake.Table, "in.csv", c.table))
		})
	}
}

func TestTableThatCannotBeRead(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(head+"a,ThanksExpressed,talks,2025,\n"), iotest.ErrReader(errors.New("disk on fire")))
	in, faults := intake.Table("in.csv", broken)
	require.Len(t, in, 1)
	require.Len(t, faults, 1)
	require.Equal(t, "in.csv, row 3: cannot be read: disk on fire", faults[0].String())
}

func TestColumns(t *testing.T) {
	columns := intake.Columns()
	require.Equal(t, []string{"key", "type", "negotiation", "id", "writer", "time", "round"}, columns[:7])
	require.Contains(t, columns, "act.replacement")
	require.Contains(t, columns, "links.same-act")
	columns[0] = "changed"
	require.Equal(t, "key", intake.Columns()[0])
}
