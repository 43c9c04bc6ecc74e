package domain_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// thanks is an event with nothing wrong.
func thanks() *domain.Event {
	return &domain.Event{
		ID: domain.KeyedID("talks", "k"), Negotiation: "talks", Writer: "parley:test", Time: domaintest.Start, Recorded: domaintest.Start,
		Body: domain.Body{Key: "k", Occurred: domain.MustEDTF("2025-10-28"), Act: domain.ThanksExpressed{For: "hosting"}},
	}
}

const thanksStored = `{"specversion":"1.0","id":"f1ca1d30-c88f-563d-b8ed-69b2fe66da2b","source":"parley:test","type":"parley.ThanksExpressed.v1","subject":"talks",` +
	`"time":"2025-11-01T12:00:00.000Z","recordedtime":"2025-11-01T12:00:00.000Z","datacontenttype":"application/json",` +
	`"data":{"key":"k","occurred":"2025-10-28","act":{"for":"hosting"}}}`

func TestEncode(t *testing.T) {
	raw, err := domain.Encode(thanks())
	require.NoError(t, err)
	require.Equal(t, thanksStored, string(raw))
}

// TestDecodeIsStrict: each case replaces one part of a stored event.
func TestDecodeIsStrict(t *testing.T) {
	e, err := domain.Decode([]byte(thanksStored))
	require.NoError(t, err)
	require.Equal(t, thanks(), e)
	for _, c := range []struct{ name, old, new, want string }{
		{"no JSON", thanksStored, `{`, "decode event"},
		{"a list", thanksStored, `[]`, "decode event"},
		{"a member twice", `"subject":"talks"`, `"subject":"talks","subject":"talks"`, "duplicate"},
		{"more after it", `"hosting"}}}`, `"hosting"}}} {}`, "decode event"},
		{"bad UTF-8", "hosting", "\xff", "UTF-8"},
		{"another specversion", `"1.0"`, `"0.3"`, `specversion "0.3", want "1.0"`},
		{"another content type", "application/json", "text/xml", `datacontenttype "text/xml"`},
		{"no content type", `"datacontenttype":"application/json",`, ``, `datacontenttype ""`},
		{"an extension attribute", `"subject"`, `"traceparent":"00-1","subject"`, `traceparent`},
		{"base64", `"data":{`, `"data_base64":"e30=","data":{`, `data_base64`},
		{"no UUID", `f1ca1d30-c88f-563d-b8ed-69b2fe66da2b`, `f1ca1d30`, `is not a UUID`},
		{"a UUID of another form", `f1ca1d30-c88f-563d-b8ed-69b2fe66da2b`, `F1CA1D30-C88F-563D-B8ED-69B2FE66DA2B`, `is not a UUID in lower case`},
		{"no id", `f1ca1d30-c88f-563d-b8ed-69b2fe66da2b`, uuid.Nil.String(), `the id is absent`},
		{"the id of another key", `f1ca1d30`, `f1ca1d31`, `does not follow from the key "k"`},
		{"no writer", `"parley:test"`, `""`, `no URI reference`},
		{"no negotiation", `"talks"`, `"The talks"`, `no negotiation id`},
		{"an unknown type", "ThanksExpressed.v1", "ThanksGiven.v1", `type "parley.ThanksGiven.v1" is not known`},
		{"an unknown version", "ThanksExpressed.v1", "ThanksExpressed.v2", `is not known`},
		{"a short type", "parley.ThanksExpressed.v1", "ThanksExpressed", `is not known`},
		{"a bad time", `"time":"2025-11-01T12:00:00.000Z"`, `"time":"2025-11-01 12:00"`, `time: `},
		{"a bad time of recording", `"recordedtime":"2025-11-01T12:00:00.000Z"`, `"recordedtime":"now"`, `recordedtime: `},
		{"a year that UTC cannot write", `"time":"2025-11-01T12:00:00.000Z"`, `"time":"9999-12-31T23:59:59-01:00"`, `time: `},
		{"no data", `"data":{"key":"k","occurred":"2025-10-28","act":{"for":"hosting"}}`, `"data":null`, `there is no act`},
		{"no act", `,"act":{"for":"hosting"}`, ``, `there is no act`},
		{"an unknown member", `"key":"k"`, `"key":"k","colour":"red"`, `colour`},
		{"an unknown member of the act", `{"for"`, `{"four":4,"for"`, `four`},
		{"a type in the data", `"key":"k"`, `"type":"ThanksExpressed","key":"k"`, `nowhere else`},
		{"no EDTF", `"2025-10-28"`, `"28 October"`, `not EDTF`},
		{"no date of the act", `"occurred":"2025-10-28",`, ``, `occurred is required`},
		{"a value outside its list", `"occurred"`, `"modality":"maybe","occurred"`, `not a value of modality`},
		{"no id of an actor", `"occurred"`, `"actors":["Pakistan"],"occurred"`, `not an id`},
		{"no duration", `"occurred"`, `"duration":{"value":"18 h"},"occurred"`, `not an ISO 8601 duration`},
		{"an approximate nothing", `"occurred"`, `"duration":{"approximate":true},"occurred"`, `duration.value`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, thanksStored, c.old)
			_, err := domain.Decode([]byte(strings.Replace(thanksStored, c.old, c.new, 1)))
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err = domain.Decode([]byte(strings.Replace(thanksStored, "v1", "v9", 1)))
	unknown, ok := errors.AsType[*domain.UnknownTypeError](err)
	require.True(t, ok)
	require.Equal(t, "parley.ThanksExpressed.v9", unknown.Type)
}

// Limits on free text can change; what was stored under others stays readable.
func TestDecodeReadsTextThatTheDoorRefuses(t *testing.T) {
	e, err := domain.Decode([]byte(strings.Replace(thanksStored, "hosting", strings.Repeat(`\u0007|`, domain.MaxQuoteRunes), 1)))
	require.NoError(t, err)
	require.NotEmpty(t, domain.Check(e))
}

// TestDecodeReplacement: a replacement names the version of its type, for it is
// stored like an event.
func TestDecodeReplacement(t *testing.T) {
	inner := `{"type":"parley.ThanksExpressed.v1","occurred":"2025","act":{}}`
	stored := func(replacement string) string {
		s := strings.Replace(thanksStored, "ThanksExpressed", "EventCorrected", 1)
		return strings.Replace(s, `{"for":"hosting"}`, `{"target":"x","replacement":`+replacement+`,"reason":"r"}`, 1)
	}
	e, err := domain.Decode([]byte(stored(inner)))
	require.NoError(t, err)
	fix, _ := e.Act.(domain.EventCorrected)
	require.Equal(t, "ThanksExpressed", fix.Replacement.Type)
	raw, err := domain.Encode(e)
	require.NoError(t, err)
	require.Equal(t, stored(inner), string(raw))

	deep := func(n int) string {
		s := `{"type":"parley.AgendaSet.v1","occurred":"2025","act":{"items":["x"]}}`
		for range n - 1 {
			s = `{"type":"parley.EventCorrected.v1","act":{"target":"x","replacement":` + s + `,"reason":"{[\"\\"}}`
		}
		return stored(s)
	}
	for _, readable := range []string{deep(8), strings.Replace(stored(inner), `"reason":"r"`, `"reason":"\"`+strings.Repeat("{", 40)+`"`, 1)} {
		_, err = domain.Decode([]byte(readable))
		require.NoError(t, err)
	}
	for replacement, want := range map[string]string{
		stored(strings.Replace(inner, "parley.ThanksExpressed.v1", "ThanksExpressed", 1)): `is not known`,
		stored(`{"occurred":"2025","act":{}}`):                                            `type "" is not known`,
		stored(strings.Replace(inner, `"occurred"`, `"key":"y","occurred"`, 1)):           `a corrected event keeps its key`,
		stored(strings.Replace(inner, `"occurred":"2025",`, ``, 1)):                       `/act/replacement/occurred`,
		stored(strings.Replace(inner, `"act":{}`, `"act":{},"x":1`, 1)):                   `unknown`,
		stored(`5`):    `data`,
		stored(`null`): `data`,
		deep(9):        `nested too deep`,
	} {
		_, err := domain.Decode([]byte(replacement))
		require.ErrorContains(t, err, want, replacement)
	}
}

// TestCheck: what is made in Go is held to the same rules as what is read.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(e *domain.Event)
		want []string
	}{
		{"nothing wrong", func(*domain.Event) {}, nil},
		{"no id yet", func(e *domain.Event) { e.ID = uuid.Nil }, nil},
		{"no act", func(e *domain.Event) { e.Act = nil }, []string{`/type [missing] "" the act is not in the catalogue; set one of the acts of this package, not a pointer to it`}},
		{"a pointer", func(e *domain.Event) { e.Act = &domain.ThanksExpressed{} }, []string{`/type [missing] "" the act is not in the catalogue; set one of the acts of this package, not a pointer to it`}},
		{"envelope", func(e *domain.Event) {
			e.Negotiation, e.Writer, e.Time = "The talks", "a b", time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC)
		}, []string{
			`/negotiation [bad-value] "The talks" not an id; write the-talks (1 to 64 of a-z, 0-9 and -)`,
			`/writer [bad-value] "a b" not a URI reference; write mailto:name@example.org, a URL, or a name without spaces`,
			`/time [bad-value] "12025-01-01 00:00:00 +0000 UTC" the time cannot be written in RFC 3339; `,
			`/id [bad-value] "f1ca1d30-c88f-563d-b8ed-69b2fe66da2b" is not the id that follows from the key; leave the id out`,
		}},
		{"numbers", func(e *domain.Event) {
			e.Round, e.Act = "r", domain.RoundConcluded{Outcome: "deadlock", Days: -1, Hours: math.NaN()}
		}, []string{
			`/act/days [bad-value] "-1" not a whole number from 1 to a thousand million; `,
			`/act/hours [bad-value] "NaN" not a number from 0 to a thousand million; `,
		}},
		{"required", func(e *domain.Event) {
			e.Occurred, e.Act = domain.EDTF{}, domain.AgendaSet{Items: []domain.IssueID{}}
		}, []string{
			`/occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`,
			`/act/items [missing] "" act.items is required for AgendaSet; write the issue ids: issues on the agenda`,
		}},
		{"lists", func(e *domain.Event) {
			e.UnnamedActors, e.After = []string{"friendly states", "a|b", "", "c "}, []domain.EventRef{"no key"}
		}, []string{
			`/unnamedActors [bad-value] "a|b" an item of a list holds |, which separates items in tables; write another sign, or two items`,
			`/unnamedActors [bad-value] "" unnamedActors is empty; leave it out`,
			`/unnamedActors [bad-value] "c " begins or ends with white space; take it away`,
			`/after [bad-value] "no key" not an event key or id; write no-key (1 to 64 of a-z, 0-9 and -)`,
		}},
		{"texts", func(e *domain.Event) { e.Note, e.Coder = "\xff", "\x1b[2J" }, []string{
			`/coder [bad-value] "` + `\x1b[2J" holds a control character, U+001B; take it out`,
			`/note [malformed] "` + "\uFFFD" + `" not UTF-8; save the text as UTF-8`,
		}},
		{"zone offsets", func(e *domain.Event) {
			e.Clock = &domain.Clock{Start: time.Date(1900, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", 16092))}
		}, []string{`/clock/start [bad-value] "1900-01-01 00:00:00 +0428 LMT" the time cannot be written in RFC 3339; `}},
		{"duration", func(e *domain.Event) { e.Duration = &domain.Duration{} }, []string{`/duration/value [missing] "" duration.value is required where duration stands; write PT18H`}},
		{"replacement", func(e *domain.Event) {
			e.Act = domain.EventCorrected{Target: "x", Reason: "r", Replacement: domain.Replacement{Type: "RoundOpened", Body: domain.Body{Key: "k", Act: domain.SessionHeld{}}}}
		}, []string{
			`/act/replacement/occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`,
			`/act/replacement/round [missing] "" round is required for SessionHeld; write the id of the round`,
			`/act/replacement/type [bad-value] "RoundOpened" is not the type of the replacement's act; write SessionHeld`,
			`/act/replacement/key [not-allowed] "k" a corrected event keeps its key; leave it out`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := thanks()
			c.edit(e)
			got := printed(domain.Check(e))
			require.Equal(t, append([]string{}, c.want...), got)
			require.Equal(t, got, printed(domain.Offer(e).Faults))
			if len(got) > 0 && c.name != "lists" && c.name != "texts" {
				_, err := domain.Encode(e)
				require.Error(t, err)
			}
		})
	}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	for name, edit := range map[string]func(e *domain.Event){
		"no id":       func(e *domain.Event) { e.ID = uuid.Nil },
		"no writer":   func(e *domain.Event) { e.Writer = "" },
		"other key":   func(e *domain.Event) { e.Key = "other" },
		"bad UTF-8":   func(e *domain.Event) { e.Note = "\xff" },
		"no act":      func(e *domain.Event) { e.Act = nil },
		"replacement": func(e *domain.Event) { e.Act = domain.EventCorrected{Target: "x", Reason: "r"} },
	} {
		e := thanks()
		edit(e)
		_, err := domain.Encode(e)
		require.Error(t, err, name)
	}
	_, err := domain.Content(&domain.Event{})
	require.Error(t, err)
}
