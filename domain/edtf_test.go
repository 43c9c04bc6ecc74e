package domain

import (
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
)

// edtfRows reads a case file without its header. Spaces in strings count.
func edtfRows(t *testing.T, name string) [][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/edtf/" + name + ".tsv")
	require.NoError(t, err)
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows[1:]
}

// edtfCheck returns a check that a case agrees, unless not_followed.tsv says why
// it does not. An exception that agrees, or that no case uses, fails the test.
func edtfCheck(t *testing.T, file string) func(text string, agrees bool, detail any) {
	t.Helper()
	reasons := map[string]string{}
	for _, row := range edtfRows(t, "not_followed") {
		if row[0] == file {
			require.NotEmpty(t, row[2], "%q needs a reason", row[1])
			reasons[row[1]] = row[2]
		}
	}
	used := map[string]bool{}
	t.Cleanup(func() {
		for text := range reasons {
			if !used[text] {
				t.Errorf("not_followed.tsv: %s has no case %q", file, text)
			}
		}
	})
	return func(text string, agrees bool, detail any) {
		t.Helper()
		_, excepted := reasons[text]
		used[text] = true
		if !agrees && !excepted {
			t.Errorf("%q: %v", text, detail)
		}
		if agrees && excepted {
			t.Errorf("%q agrees by now: take it out of not_followed.tsv", text)
		}
	}
}

func TestEDTFVerdicts(t *testing.T) {
	for _, file := range []struct {
		name string
		text int
	}{{"edtf_validate_cases", 3}, {"edtf_js_cases", 2}, {"python_edtf_bad", 1}} {
		t.Run(file.name, func(t *testing.T) {
			check := edtfCheck(t, file.name)
			for _, row := range edtfRows(t, file.name) {
				want := row[0] == "valid" || row[0] == "accepted"
				_, err := ParseEDTF(row[file.text])
				check(row[file.text], want == (err == nil), err)
			}
		})
	}
}

// Where the two references disagree, the standard decides. This only reports.
func TestEDTFDisputed(t *testing.T) {
	for _, row := range edtfRows(t, "disputed") {
		_, err := ParseEDTF(row[3])
		if (row[0] == "valid") != (err == nil) {
			t.Logf("%-40q edtf-validate: %s, edtf.js: %s, here: %v", row[3], row[0], row[2], err)
		}
	}
}

func TestEDTFPythonBounds(t *testing.T) {
	check := edtfCheck(t, "python_edtf_bounds")
	day := func(i Instant, none string) string {
		if i == Past || i == Future {
			return none
		}
		return i.Time().Format("2006-01-02")
	}
	for _, row := range edtfRows(t, "python_edtf_bounds") {
		d, err := ParseEDTF(row[0])
		b := d.Bounds(nil)
		got := day(b.Earliest, "-inf") + " " + day(b.Latest, "inf")
		check(row[0], err == nil && got == row[1]+" "+row[2], got)
	}
}

func TestEDTFPythonFlags(t *testing.T) {
	for _, row := range edtfRows(t, "python_edtf_flags") {
		d := MustEDTF(row[0])
		require.Equal(t, row[1] == "1" || row[3] == "1", d.Uncertain(), row[0])
		require.Equal(t, row[2] == "1" || row[3] == "1", d.Approximate(), row[0])
	}
}

// Times are UTC; a date without a clock time is its first or last millisecond.
func TestEDTFBounds(t *testing.T) {
	for _, c := range []struct{ text, zone, earliest, latest string }{
		{"2025-10-28", "", "2025-10-28", "2025-10-28"},
		{"2025-10-28?", "", "2025-10-28", "2025-10-28"},
		{"2025-10", "", "2025-10-01", "2025-10-31"},
		{"2024-02", "", "2024-02-01", "2024-02-29"},
		{"2025", "", "2025-01-01", "2025-12-31"},
		{"0000", "", "0000-01-01", "0000-12-31"},
		{"-0001", "", "-0001-01-01", "-0001-12-31"},
		{"202X", "", "2020-01-01", "2029-12-31"},
		{"20XX", "", "2000-01-01", "2099-12-31"},
		{"-01XX", "", "-0199-01-01", "-0100-12-31"},
		{"-000X", "", "-0009-01-01", "-0001-12-31"},
		{"2025-10-XX", "", "2025-10-01", "2025-10-31"},
		{"2025-XX-XX", "", "2025-01-01", "2025-12-31"},
		{"2025-XX-31", "", "2025-01-31", "2025-12-31"},
		{"2025-X2-30", "", "2025-12-30", "2025-12-30"},
		{"201X-02-29", "", "2012-02-29", "2016-02-29"},
		{"15XX-02-29", "", "1504-02-29", "1596-02-29"},
		{"156X-12-25", "", "1560-12-25", "1569-12-25"},
		{"-156X-12-25", "", "-1569-12-25", "-1560-12-25"},
		{"X9XX", "", "0900-01-01", "9999-12-31"},
		{"XXXX", "", "..", ".."},
		{"XXXX-XX-XX", "Asia/Karachi", "..", ".."},
		{"XXXX-12-25", "", "..", ".."},
		{"XXXX-21", "", "..", ".."},
		{"-XXXX-06", "", "..", "-0001-06-30"},
		{"2025-10/2025-11", "", "2025-10-01", "2025-11-30"},
		{"2025-10-26?/2025-10-28~", "", "2025-10-26", "2025-10-28"},
		{"/2025-10", "", "..", "2025-10-31"},
		{"../2025-10", "", "..", "2025-10-31"},
		{"2025-10/", "", "2025-10-01", ".."},
		{"2025-10/..", "", "2025-10-01", ".."},
		{"/", "", "..", ".."},
		{"../..", "", "..", ".."},
		{"2025-10-XX/2025-11-03", "", "2025-10-01", "2025-11-03"},
		{"[2025-12,2025-10]", "", "2025-10-01", "2025-12-31"},
		{"{1667,1668,1670..1672}", "", "1667-01-01", "1672-12-31"},
		{"[..2025-10-29]", "", "..", "2025-10-29"},
		{"[2025-10-29..]", "", "2025-10-29", ".."},
		{"[..1667,1984..]", "", "..", ".."},
		{"[1760-01,1760-02,1760-12..]", "", "1760-01-01", ".."},
		{"1950S2", "", "1900-01-01", "1999-12-31"},
		{"-1950S3", "", "-1959-01-01", "-1950-12-31"},
		{"-0050S1", "", "-0999-01-01", "0000-12-31"},
		{"1950S5", "", "1950-01-01", "1950-12-31"},
		{"Y3388E2S3", "", "338000-01-01", "338999-12-31"},
		{"Y-17E7", "", "-170000000-01-01", "-170000000-12-31"},
		{"2001-21", "", "2001-01-01", "2001-12-31"},
		{"2001-22", "", "2000-12-01", "2002-03-31"},
		{"2001-28", "", "2000-12-01", "2002-03-31"},
		{"2001-29", "", "2001-09-01", "2001-12-31"},
		{"2001-31", "", "2001-03-01", "2001-06-30"},
		{"2001-36", "", "2001-10-01", "2001-12-31"},
		{"2001-37", "", "2001-01-01", "2001-04-30"},
		{"2001-41", "", "2001-07-01", "2001-12-31"},
		{"19XX-33", "", "1900-01-01", "1999-03-31"},

		// Times of day last a second. An offset in the text beats the zone.
		{"2025-10-28T03:00:00Z", "Asia/Karachi", "2025-10-28T03:00:00Z", "2025-10-28T03:00:00.999Z"},
		{"2025-10-28T03:00:00+05:00", "America/New_York", "2025-10-27T22:00:00Z", "2025-10-27T22:00:00.999Z"},
		{"2025-10-28T03:00:00-04", "", "2025-10-28T07:00:00Z", "2025-10-28T07:00:00.999Z"},
		{"2025-10-28T03:00:00", "Asia/Karachi", "2025-10-27T22:00:00Z", "2025-10-27T22:00:00.999Z"},

		// Days as the zone has them, also those of 23 and 25 hours.
		{"2025-10-28", "Asia/Karachi", "2025-10-27T19:00:00Z", "2025-10-28T18:59:59.999Z"},
		{"[..2025-10-29]", "Asia/Karachi", "..", "2025-10-29T18:59:59.999Z"},
		{"2008-06-01", "Asia/Karachi", "2008-05-31T19:00:00Z", "2008-06-01T17:59:59.999Z"},
		{"2025-03-09", "America/New_York", "2025-03-09T05:00:00Z", "2025-03-10T03:59:59.999Z"},
		{"2025-11-02", "America/New_York", "2025-11-02T04:00:00Z", "2025-11-03T04:59:59.999Z"},
		// This time came twice: it may be either.
		{"2025-11-02T01:30:00", "America/New_York", "2025-11-02T05:30:00Z", "2025-11-02T06:30:00.999Z"},
		// This one never came: it was meant by the offset before or by the one after.
		{"2025-03-09T02:30:00", "America/New_York", "2025-03-09T06:30:00Z", "2025-03-09T07:30:00.999Z"},
		// The day began at one o'clock.
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59.999Z"},
		// The clocks went back to the day before, after one minute of the new day.
		{"2010-11-06", "America/St_Johns", "2010-11-06T02:30:00Z", "2010-11-07T03:29:59.999Z"},
		{"2010-11-07", "America/St_Johns", "2010-11-07T02:30:00Z", "2010-11-08T03:29:59.999Z"},
		// Samoa went over the date line and had no such day.
		{"2011-12-30", "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T09:59:59.999Z"},
		{"2011-12", "Pacific/Apia", "2011-12-01T10:00:00Z", "2011-12-31T09:59:59.999Z"},
	} {
		t.Run(c.text+"@"+c.zone, func(t *testing.T) {
			loc, err := time.LoadLocation(c.zone)
			require.NoError(t, err)
			b := MustEDTF(c.text).Bounds(loc)
			full := func(s, clock string) string {
				if s == ".." || strings.Contains(s, "T") {
					return s
				}
				return s + "T" + clock + "Z"
			}
			require.Equal(t, full(c.earliest, "00:00:00"), b.Earliest.String())
			require.Equal(t, full(c.latest, "23:59:59.999"), b.Latest.String())
		})
	}
}

// What a millisecond count cannot reach is known to be far, not unknown.
func TestEDTFFarYears(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	for _, loc := range []*time.Location{nil, newYork} {
		require.Equal(t, Bounds{Future - 1, Future - 1}, MustEDTF("Y17E8").Bounds(loc))
		require.Equal(t, Bounds{Past + 1, Past + 1}, MustEDTF("Y-999999999999999").Bounds(loc))
		b := MustEDTF("Y170000002").Bounds(loc)
		require.Equal(t, 170000002, b.Earliest.Time().AddDate(0, 0, 1).Year())
	}
	require.False(t, MustEDTF("Y17E8").Unknown())
}

func TestEDTFErrors(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
		hint   string
	}{
		{"", 0, "write XXXX-XX-XX"},
		{"unknown", 0, "write XXXX-XX-XX"},
		{"2025-10-28 ", 10, "write 2025-10-28"},
		{"1863-0 3-29", 6, "write 1863-03-29"},
		{"{1960 ,  1961-12}", 5, "write {1960,1961-12}"},
		{"13/2/1999", 2, "write 1999-02-13"},
		{"3/2/1999", 1, "write 1999-02-03 or 1999-03-02, whichever is meant"},
		{"2025/10/28", 7, "write 2025-10-28"},
		{"2025-1-5", 6, "write 2025-01-05"},
		{"2025-13-02", 5, "write 2025-02-13"},
		{"20251028", 4, "write 2025-10-28"},
		{"12345", 4, "write Y12345"},
		{"193", 3, "write 193X"},
		{"1900s", 4, "write 190X or 19XX, whichever is meant"},
		{"-0000", 0, "write 0000"},
		{"28 October 2025", 2, "write 2025-10-28"},
		{"Oct. 28th, 2025", 0, "write 2025-10-28"},
		{"circa Sept 2025", 0, "write 2025-09~"},
		{"25/26 October 2025", 2, ""},
		{"2025-10-xx", 8, "write 2025-10-XX"},
		{"2004-06?~", 8, "write 2004-06%"},
		{"unknown/2004", 0, "write /2004"},
		{"2004/open", 5, "write 2004/.."},
		{"2025-10-28/2025-10-27", 11, "write 2025-10-27/2025-10-28"},
		{"0000-02/0000", 8, "write 0000/0000-02"},
		{"[1672..1670,1668]", 7, "write [1670..1672,1668]"},
		{"2025-10-28..2025-10-29", 10, "write 2025-10-28/2025-10-29 or [2025-10-28..2025-10-29], whichever is meant"},
		{"..2025-10-29", 2, "write ../2025-10-29 or [..2025-10-29], whichever is meant"},
		{"2025-10-28T03:00", 16, "write 2025-10-28"},
		{"2025-10-28 03:00:00z", 10, "write 2025-10-28T03:00:00Z"},
		{"2025-10-28T03:00:00.5+0500", 19, "write 2025-10-28T03:00:00+05:00"},
		{"2025-10-28T03:00:00Z/2025-10-29", 20, "write 2025-10-28/2025-10-29"},
		{"2025-10-28T24:00:00", 11, ""},
		{"2025-10-28?T03:00:00", 11, ""},
		{"2025-02-29", 8, ""},
		{"15XX-02-3X", 8, ""},
		{"2001-21-03", 7, "write 2001-03-21"},
		{"[2025-10..2025-11-03]", 10, ""},
		{"[2025..,2026]", 5, ""},
		{"[2025,..2026]", 6, ""},
		{"[..]", 3, ""},
		{"2000/Y12345", 5, ""},
		{"1950S0", 5, ""},
		{"-185S5", 4, ""},
		{"-0000S2", 0, "write 0000S2"},
		{"19XXS2", 0, ""},
		{"Y1E16", 1, ""},
		{strings.Repeat("1", 2000), 1024, ""},
	} {
		_, err := ParseEDTF(c.text)
		var e *EDTFError
		require.ErrorAs(t, err, &e, c.text)
		require.NotEmpty(t, e.Reason)
		require.Equal(t, EDTFError{c.text, c.offset, e.Reason, c.hint}, *e)
	}
}
