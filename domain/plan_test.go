package domain_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// bothEncode demands that the quick way to write an event, where it goes, leads to
// the same bytes as the thorough one. It tells whether it went.
func bothEncode(t require.TestingT, e *domain.Event) bool {
	quick, ok := domain.QuickEncode(e)
	thorough, err := domain.ThoroughEncode(e)
	if ok {
		require.NoError(t, err)
		require.Equal(t, string(thorough), string(quick))
		require.LessOrEqual(t, len(quick), domain.SizeBound(e))
	} else if err == nil {
		require.LessOrEqual(t, len(thorough), domain.SizeBound(e))
	}
	content, contentOK, want, err := domain.ContentBothWays(e)
	if contentOK {
		require.NoError(t, err)
		require.Equal(t, string(want), string(content))
	}
	return ok
}

// bothDecode demands that what the quick way reads the thorough one reads as the
// same event, and writes again as the same bytes.
func bothDecode(t require.TestingT, stored []byte) bool {
	quick, ok := domain.QuickDecode(stored)
	if !ok {
		return false
	}
	thorough, err := domain.ThoroughDecode(stored)
	require.NoError(t, err)
	require.Equal(t, thorough, quick)
	again, err := domain.ThoroughEncode(quick)
	require.NoError(t, err)
	require.Equal(t, string(stored), string(again))
	return true
}

// Corrections alone take the thorough way.
func goesQuickly(e *domain.Event) bool {
	_, isCorrection := e.Act.(domain.EventCorrected)
	return !isCorrection
}

func TestLawQuickIsThorough(t *testing.T) {
	eachType(t, func(t *rapid.T, e *domain.Event) {
		e.Recorded = domaintest.Start
		e.SupposedBy = domain.BranchID(rapid.SampledFrom([]string{"", "b-1"}).Draw(t, "branch"))
		require.Equal(t, goesQuickly(e), bothEncode(t, e))
		raw, err := domain.Encode(e)
		require.NoError(t, err)
		require.Equal(t, goesQuickly(e), bothDecode(t, raw))
	})
}

func TestSamplesGoQuickly(t *testing.T) {
	for _, s := range domain.Catalogue() {
		raw := frozen(t, s)
		e, err := domain.Decode(raw)
		require.NoError(t, err)
		require.Equal(t, goesQuickly(e), bothDecode(t, raw), s.Name)
		require.Equal(t, goesQuickly(e), bothEncode(t, e), s.Name)
	}
}

// oddText is text of all sorts: escaped, not escaped, not ASCII, not even UTF-8.
func oddText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"", " ", "\"", "\\", "\x00", "\x1f", "\x7f", "\n\t\b\f\r", "\u2028\u2029", "<&>", "\xff", "\xed\xa0\x80", "\ufffd", "مذاکرات", "😀", "here", "A", "PT18H", "official"}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
	)
}

// TestLawQuickIsThoroughWithWhateverText: nothing but its types keeps Go from
// putting anything into an event.
func TestLawQuickIsThoroughWithWhateverText(t *testing.T) {
	went := 0
	rapid.Check(t, func(t *rapid.T) {
		e := talks.Event().Draw(t, "event")
		texts := []*string{&e.Note, &e.Coder, (*string)(&e.Round), (*string)(&e.Modality), (*string)(&e.Reliability), &e.Writer, &e.Key, &e.Negotiation}
		if e.Source != nil {
			texts = append(texts, &e.Source.Quote, &e.Source.Speaker, (*string)(&e.Source.Vantage), (*string)(&e.Source.Side))
		}
		for range rapid.IntRange(1, 2).Draw(t, "odd ones") {
			*rapid.SampledFrom(texts).Draw(t, "field") = oddText().Draw(t, "text")
		}
		if rapid.Bool().Draw(t, "list") {
			e.UnnamedActors = rapid.SliceOfN(oddText(), 0, 3).Draw(t, "unnamed")
		}
		if rapid.Bool().Draw(t, "clock") {
			zone := time.FixedZone("", rapid.IntRange(-100_000, 100_000).Draw(t, "offset"))
			e.Clock = &domain.Clock{Start: time.Unix(rapid.Int64Range(-1<<38, 1<<38).Draw(t, "start"), 5).In(zone)}
		}
		if bothEncode(t, e) {
			went++
			raw, err := domain.Encode(e)
			require.NoError(t, err)
			require.True(t, bothDecode(t, raw))
		}
	})
	require.NotZero(t, went)
}

// TestQuickDecodeLeavesOtherForms: what the library reads, or refuses, in its own
// way is not for the quick one. Each case replaces one part of a stored event.
func TestQuickDecodeLeavesOtherForms(t *testing.T) {
	require.True(t, bothDecode(t, []byte(thanksStored)))
	for name, c := range map[string][2]string{
		"white space":                    {`"data":{`, `"data": {`},
		"white space behind":             {`"hosting"}}}`, "\"hosting\"}}}\n"},
		"other order":                    {`"key":"k","occurred":"2025-10-28"`, `"occurred":"2025-10-28","key":"k"`},
		"an escape that is not needed":   {`hosting`, `\u0068osting`},
		"an escape in upper case":        {`hosting`, `\u001F`},
		"an escaped slash":               {`hosting`, `a\/b`},
		"an escape in a name":            {`"key"`, `"\u006bey"`},
		"bad UTF-8":                      {`hosting`, "\xff"},
		"half of a surrogate":            {`hosting`, `\ud800`},
		"a bare control character":       {`hosting`, "a\nb"},
		"an empty text":                  {`"key":"k"`, `"round":"","key":"k"`},
		"null":                           {`"occurred"`, `"round":null,"occurred"`},
		"an empty list":                  {`"occurred"`, `"actors":[],"occurred"`},
		"an empty group":                 {`,"act"`, `,"source":{},"act"`},
		"twice":                          {`"key":"k"`, `"key":"k","key":"k"`},
		"a time in another form":         {`12:00:00.000Z","recorded`, `12:00:00Z","recorded`},
		"a day that is none":             {`"time":"2025-11-01`, `"time":"2025-02-30`},
		"the zero time":                  {`"time":"2025-11-01T12`, `"time":"0001-01-01T00`},
		"an id in upper case":            {`f1ca1d30`, `F1CA1D30`},
		"another id":                     {`f1ca1d30`, `f1ca1d31`},
		"false, which would be left out": {`"occurred"`, `"duration":{"value":"PT1H","approximate":false},"occurred"`},
		"an unknown type":                {`Thanks`, `Spanks`},
		"cut off":                        {`"hosting"}}}`, `"hosting"}}`},
		"cut off in a text":              {`"hosting"}}}`, `"host`},
		"cut off in an escape":           {`"hosting"}}}`, `"host\`},
		"more behind":                    {`"hosting"}}}`, `"hosting"}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, thanksStored, c[0])
			_, ok := domain.QuickDecode([]byte(strings.Replace(thanksStored, c[0], c[1], 1)))
			require.False(t, ok)
		})
	}
	for n := range thanksStored {
		_, ok := domain.QuickDecode([]byte(thanksStored[:n]))
		require.False(t, ok, n)
	}
}

// Numbers that are written in another way are left to the library, too.
func TestQuickDecodeOfNumbers(t *testing.T) {
	e := thanks()
	e.Round, e.Act = "r", domain.RoundConcluded{Outcome: "deadlock", Days: 3, Hours: 18.5}
	raw, err := domain.Encode(e)
	require.NoError(t, err)
	require.True(t, bothDecode(t, raw))
	for _, c := range [][2]string{
		{`"days":3`, `"days":3.0`},
		{`"days":3`, `"days":03`},
		{`"days":3`, `"days":0`},
		{`"days":3`, `"days":-3`},
		{`"days":3`, `"days":3e0`},
		{`"days":3`, `"days":`},
		{`18.5`, `18.50`},
		{`18.5`, `1.85e1`},
		{`18.5`, `-0`},
		{`18.5`, `1e-7`},
		{`18.5`, `0.0000001`},
		{`18.5`, `2000000000`},
		{`18.5`, `.`},
	} {
		require.Contains(t, string(raw), c[0])
		_, ok := domain.QuickDecode(bytes.Replace(raw, []byte(c[0]), []byte(c[1]), 1))
		require.False(t, ok, c[1])
	}
}

// FuzzQuickDecode: the quick way never reads what the thorough one does not.
func FuzzQuickDecode(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "event", "*.json"))
	require.NoError(f, err)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(bytes.TrimSpace(raw))
	}
	f.Add([]byte(strings.Replace(thanksStored, "hosting", `\"\\\n\u001f`+"مذاکرات😀", 1)))
	f.Fuzz(func(t *testing.T, stored []byte) { bothDecode(t, stored) })
}

func TestPlain(t *testing.T) {
	for n := range 20 {
		for at := range n {
			for c := range 256 {
				b := bytes.Repeat([]byte("x"), n)
				b[at] = byte(c)
				plain, ascii := domain.Plain(string(b))
				want := c >= ' ' && c != '"' && c != '\\'
				require.Equal(t, want, plain, "%d of %d: %x", at, n, c)
				if plain {
					require.Equal(t, c < 0x80, ascii, "%d of %d: %x", at, n, c)
				}
			}
		}
	}
}

func TestKeyedIDIsUUIDv5(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		negotiation, key := rapid.String().Draw(t, "negotiation"), oddText().Draw(t, "key")
		require.Equal(t, uuid.NewSHA1(domain.KeySpace, []byte(negotiation+"\x00"+key)), domain.KeyedID(negotiation, key))
	})
}

func TestAppendTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62_135_596_800, 253_402_300_799).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos"))
		at = at.In(time.FixedZone("", 60*rapid.IntRange(-1439, 1439).Draw(t, "offset")))
		require.Equal(t, at.UTC().Format(domain.TimeLayout), string(domain.AppendTime(nil, at)))
	})
}
