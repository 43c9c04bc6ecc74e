package domain

import (
	"encoding"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Zones that went back at midnight, forward at midnight, over the date line, by
// half an hour, or never.
var edtfZones = []string{
	"UTC", "Asia/Karachi", "Asia/Kabul", "Europe/Istanbul", "Asia/Tehran", "America/New_York",
	"America/Sao_Paulo", "America/St_Johns", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia",
}

func edtfZone(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// drawEDTF builds texts from the grammar; some name days that do not exist.
func drawEDTF(t *rapid.T) string {
	q := rapid.SampledFrom([]string{"", "", "", "?", "~", "%"})
	part := func(digits string) string {
		b := []byte(digits)
		for i := range b {
			if rapid.IntRange(0, 7).Draw(t, "X") == 0 {
				b[i] = 'X'
			}
		}
		return q.Draw(t, "left") + string(b) + q.Draw(t, "right")
	}
	date := func() string {
		d := part(fmt.Sprintf("%04d", rapid.IntRange(1900, 2100).Draw(t, "year")))
		precision := rapid.IntRange(1, 4).Draw(t, "precision")
		if precision == 4 {
			return d + fmt.Sprintf("-%d", rapid.IntRange(21, 41).Draw(t, "season"))
		}
		if precision > 1 {
			d += "-" + part(fmt.Sprintf("%02d", rapid.IntRange(1, 12).Draw(t, "month")))
		}
		if precision > 2 {
			d += "-" + part(fmt.Sprintf("%02d", rapid.IntRange(1, 31).Draw(t, "day")))
		}
		return d
	}
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		end := rapid.OneOf(rapid.Custom(func(*rapid.T) string { return date() }), rapid.SampledFrom([]string{"", ".."}))
		return end.Draw(t, "from") + "/" + end.Draw(t, "to")
	case 1:
		members := make([]string, rapid.IntRange(1, 3).Draw(t, "members"))
		for i := range members {
			members[i] = date()
		}
		dots := rapid.SampledFrom([]string{"", "", ".."})
		return "[" + dots.Draw(t, "earlier") + strings.Join(members, ",") + dots.Draw(t, "later") + "]"
	}
	return date()
}

// checkEDTF holds the laws of one text: it is kept as it is, its bounds are in
// order in every zone, and qualifiers do not move them.
func checkEDTF(t require.TestingT, text string, zones []*time.Location) {
	d, err := ParseEDTF(text)
	if err != nil {
		e := err.(*EDTFError) //nolint:errorlint // it is documented to be just this
		require.Equal(t, text, e.Input)
		require.LessOrEqual(t, e.Offset, len(text))
		return
	}
	require.Equal(t, text, d.String())
	again := MustEDTF(d.String())
	require.True(t, d == again)
	bare := MustEDTF(strings.NewReplacer("?", "", "~", "", "%", "").Replace(text))
	require.Equal(t, d.String() != bare.String(), d.Uncertain() || d.Approximate())
	for _, loc := range zones {
		b := d.Bounds(loc)
		require.LessOrEqual(t, b.Earliest, b.Latest, "%s in %s", text, loc)
		require.Equal(t, b, bare.Bounds(loc))
	}
}

func TestEDTFLaws(t *testing.T) {
	var zones []*time.Location
	for _, name := range edtfZones {
		zones = append(zones, edtfZone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) { checkEDTF(t, drawEDTF(t), zones) })
}

// A day lies within its month, which lies within its year, in every zone; so do
// the day and the month with digits unspecified.
func TestEDTFContainment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "at"), 0).UTC()
		loc := edtfZone(t, rapid.SampledFrom(edtfZones).Draw(t, "zone"))
		text := at.Format("2006-01-02")
		inner := MustEDTF(text).Bounds(loc)
		for _, outer := range []string{text[:9] + "X", text[:7], text[:7] + "-XX", text[:5] + "XX" + text[7:], text[:4], text[:3] + "X", text[:2] + "XX"} {
			b := MustEDTF(outer).Bounds(loc)
			require.LessOrEqual(t, b.Earliest, inner.Earliest, "%s in %s", text, outer)
			require.GreaterOrEqual(t, b.Latest, inner.Latest, "%s in %s", text, outer)
		}
		require.Equal(t, InstantOf(at.Truncate(24*time.Hour)), MustEDTF(text).Bounds(nil).Earliest)
	})
}

// The bounds of unspecified digits are found by looking at every day there is.
func TestEDTFUnspecifiedByBruteForce(t *testing.T) {
	matches := func(pattern, day string) bool {
		for i := range pattern {
			if pattern[i] != 'X' && pattern[i] != day[i] {
				return false
			}
		}
		return true
	}
	rapid.Check(t, func(t *rapid.T) {
		b := fmt.Appendf(nil, "%04d-%02d-%02d", rapid.IntRange(1000, 2999).Draw(t, "year"),
			rapid.IntRange(0, 13).Draw(t, "month"), rapid.IntRange(0, 32).Draw(t, "day"))
		for _, i := range []int{2, 3, 5, 6, 8, 9} {
			if rapid.Bool().Draw(t, "X") {
				b[i] = 'X'
			}
		}
		pattern := string(b)
		var first, last time.Time
		year := time.Date(int(b[0]-'0')*1000+int(b[1]-'0')*100, 1, 1, 0, 0, 0, 0, time.UTC)
		for day := year; day.Before(year.AddDate(100, 0, 0)); day = day.AddDate(0, 0, 1) {
			if matches(pattern, day.Format("2006-01-02")) {
				if first.IsZero() {
					first = day
				}
				last = day
			}
		}
		d, err := ParseEDTF(pattern)
		require.Equal(t, first.IsZero(), err != nil, pattern)
		if err == nil {
			want := Bounds{InstantOf(first), InstantOf(last.AddDate(0, 0, 1)) - 1}
			require.Equal(t, want, d.Bounds(nil), pattern)
		}
	})
}

// In every zone the bounds of a day are the first and the last moment at which
// its clocks showed that day, found by looking at every quarter of an hour.
func TestEDTFDaysByBruteForce(t *testing.T) {
	const step = 15 * time.Minute
	for _, name := range edtfZones {
		loc := edtfZone(t, name)
		for day := time.Date(2008, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2012; day = day.AddDate(0, 0, 1) {
			text := day.Format("2006-01-02")
			var first, last time.Time
			for at := day.Add(-26 * time.Hour); at.Before(day.Add(50 * time.Hour)); at = at.Add(step) {
				if local := at.In(loc); local.YearDay() == day.YearDay() && local.Year() == day.Year() {
					if first.IsZero() {
						first = at
					}
					last = at
				}
			}
			if first.IsZero() { // Samoa's lost day has a case of its own
				continue
			}
			b := MustEDTF(text).Bounds(loc)
			require.Less(t, InstantOf(first)-b.Earliest, Instant(step.Milliseconds()), "%s in %s", text, name)
			require.Less(t, b.Latest-InstantOf(last), Instant(step.Milliseconds()), "%s in %s", text, name)
			require.Equal(t, text, b.Earliest.Time().In(loc).Format("2006-01-02"), name)
			require.Equal(t, text, b.Latest.Time().In(loc).Format("2006-01-02"), name)
		}
	}
}

func TestDayNumber(t *testing.T) {
	for day := time.Date(-801, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2401; day = day.AddDate(0, 0, 1) {
		y, m, d := day.Date()
		if n := dayNumber(int64(y), int(m), d); n*24*60*60 != day.Unix() {
			t.Fatalf("%s is not day %d", day, n)
		}
	}
}

func FuzzParseEDTF(f *testing.F) {
	for _, s := range []string{
		"2025-10-28T03:00:00+05:00", "?2004-06~-%11", "-1X32-X1-X2/..", "[..1667,1668,1670..1672]",
		"{2001-21..2001-23}", "Y-3388E2S3", "-1950S2", "2012-24/2012-21", "28 October 2025",
	} {
		f.Add(s)
	}
	zones := []*time.Location{nil, edtfZone(f, "America/St_Johns"), edtfZone(f, "Pacific/Apia")}
	f.Fuzz(func(t *testing.T, s string) {
		checkEDTF(t, s, zones)
		_, err := ParseEDTF(s)
		var hint string
		if err != nil {
			_, hint, _ = strings.Cut(err.(*EDTFError).Hint, "write ") //nolint:errorlint // as in checkEDTF
		}
		hint = strings.TrimSuffix(hint, ", whichever is meant")
		for text := range strings.SplitSeq(hint, " or ") {
			if text != "" {
				MustEDTF(text) // a hint is never refused in turn
			}
		}
	})
}

func TestEDTFText(t *testing.T) {
	var _ encoding.TextMarshaler = EDTF{}
	type row struct {
		At EDTF `json:"at,omitzero"`
	}
	b, err := json.Marshal(row{MustEDTF("2025-10-28~")})
	require.NoError(t, err)
	require.Equal(t, `{"at":"2025-10-28~"}`, string(b))
	b, err = json.Marshal(row{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(b))

	var back row
	require.NoError(t, json.Unmarshal([]byte(`{"at":"2025-10-28~"}`), &back))
	require.True(t, back == row{MustEDTF("2025-10-28~")})
	err = json.Unmarshal([]byte(`{"at":"28 October 2025"}`), &back)
	var e *EDTFError
	require.ErrorAs(t, err, &e)
	require.Equal(t, MustEDTF("2025-10-28~"), back.At, "a refused text changes nothing")

	_, err = EDTF{}.MarshalText()
	require.Error(t, err)
	require.Equal(t, Bounds{Past, Future}, EDTF{}.Bounds(nil))
	require.True(t, EDTF{}.Unknown() && EDTF{}.IsZero() && EDTF{}.String() == "")
	require.True(t, MustEDTF("../..").Unknown() && !MustEDTF("../..").IsZero())
	require.False(t, MustEDTF("2025/..").Unknown())
	require.PanicsWithValue(t, `domain: "x" is not EDTF: at byte 0, want 4 digits of the year`, func() { MustEDTF("x") })
}

func TestInstant(t *testing.T) {
	at := time.Date(2025, 10, 28, 3, 0, 0, 1_999_999, time.FixedZone("", 5*3600))
	require.Equal(t, "2025-10-27T22:00:00.001Z", InstantOf(at).String())
	require.Equal(t, InstantOf(at), InstantOf(InstantOf(at).Time()))
	require.Equal(t, "1969-12-31T23:59:59.999Z", InstantOf(time.Unix(0, -1)).String(), "cut, not rounded to zero")
	require.Equal(t, Future-1, InstantOf(time.Unix(1<<60, 0)))
	require.Equal(t, Past+1, InstantOf(time.Unix(-1<<60, 0)))
	require.Panics(t, func() { Past.Time() })

	a, b := MustEDTF("2025-10-28").Bounds(nil), MustEDTF("2025-10-29").Bounds(nil)
	require.True(t, a.Precedes(b))
	require.False(t, b.Precedes(a) || a.Precedes(a))
	for _, open := range []string{"../2025", "2025-10-29/..", "XXXX"} {
		o := MustEDTF(open).Bounds(nil)
		require.False(t, o.Precedes(o))
	}
	require.True(t, MustEDTF("[..2025-10-27]").Bounds(nil).Precedes(a))
	require.False(t, a.Precedes(MustEDTF("[..2030]").Bounds(nil)))
}

func BenchmarkParseEDTF(b *testing.B) {
	for _, s := range []string{"2025-10-28", "2025-10-2X~", "2025-10-26?/2025-10-28~", "[..2025-10-29]"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			text, d := []byte(s), EDTF{}
			for b.Loop() {
				if err := d.UnmarshalText(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEDTFBounds(b *testing.B) {
	d := MustEDTF("2025-10-28")
	for _, name := range []string{"UTC", "Asia/Karachi", "America/New_York"} {
		loc := edtfZone(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Bounds(loc)
			}
		})
	}
}
