package domain

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// judgement is what is wrong with a text.
type judgement struct {
	problem      Problem
	reason, hint string
}

// judge tells what is wrong with a text in a field whose Go type is a string, or
// nil. It is the one rule for what is read and for events made in Go.
func (f *Field) judge(text string) *judgement {
	bad := func(reason, hint string) *judgement { return &judgement{BadValue, reason, hint} }
	switch f.Kind {
	case Word:
		if !slices.Contains(f.Values, text) {
			return bad("not a value of "+f.Path, DidYouMean(text, f.Values))
		}
	case Length:
		if _, err := ISODuration(text).Seconds(); err != nil {
			return bad("not an ISO 8601 duration of weeks, days, hours, minutes and seconds", "write PT18H or P4D")
		}
	case Reference:
		if !ValidID(text) {
			return bad("not an event key or id", idHint(text))
		}
	case Name, Actor, Issue, Ceasefire:
		if !ValidID(text) {
			return bad("not an id", idHint(text))
		}
	case Text:
		return f.judgeText(text)
	case Number, Decimal, Truth, Date, Moment, Nested:
		panic("domain: judge: " + f.Path + " is no string")
	}
	return nil
}

// judgeText has the rules for free text, and for the two fields with rules of
// their own.
func (f *Field) judgeText(text string) *judgement {
	switch {
	case text == "" || strings.TrimSpace(text) == "":
		return &judgement{BadValue, f.Path + " is empty", "leave it out"}
	case text != strings.TrimSpace(text):
		return &judgement{BadValue, "begins or ends with white space", "take it away"} // Bind did
	case f.Path == "key" && !ValidID(text):
		return &judgement{BadValue, "not a key", idHint(text)}
	case f.Path == "key" && looksLikeUUID(text):
		return &judgement{BadValue, "looks like an id, and references to it would be read as one", "choose another key"}
	case f.Path == "source.quote" && len(text) > MaxQuoteRunes && utf8.RuneCountInString(text) > MaxQuoteRunes:
		return &judgement{TooLarge, "the quote is longer than " + strconv.Itoa(MaxQuoteRunes) + " characters", "quote only what shows the act"}
	case f.List && strings.Contains(text, "|"):
		return &judgement{BadValue, "an item of a list holds |, which separates items in tables", "write another sign, or two items"}
	}
	return judgeSigns(text)
}

// idHint proposes the id that was probably meant: Afghan Taliban is
// afghan-taliban.
func idHint(text string) string {
	slug := strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
	if ValidID(slug) {
		return "write " + slug + " (1 to 64 of a-z, 0-9 and -)"
	}
	return "use 1 to 64 of a-z, 0-9 and -"
}

// uuidLength is the length of the one form of UUID that is read.
const uuidLength = 36

func looksLikeUUID(s string) bool {
	if len(s) != uuidLength {
		return false
	}
	_, err := uuid.Parse(s)
	return err == nil
}

// writerSigns are the characters of a URI reference (RFC 3986, appendix A) beside
// letters and digits.
const writerSigns = "-._~:/?#[]@!$&'()*+,;=%"

// validWriter tells whether s can be the source of a CloudEvent: a URI reference
// that is not empty.
func validWriter(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && strings.IndexByte(writerSigns, s[i]) < 0 {
			return false
		}
	}
	_, err := url.Parse(s)
	return s != "" && err == nil
}

var errMoment = errors.New("the time cannot be written in RFC 3339")

// momentForm is the form of RFC 3339 times. Beside it, time.Parse takes a comma
// for the point, hours of one digit and offsets of a day and more.
var momentForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-][01]\d:[0-5]\d|[+-]2[0-3]:[0-5]\d)$`)

// parseMoment reads an RFC 3339 time that can be written again (see validMoment).
func parseMoment(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !momentForm.MatchString(text) || !validMoment(t) {
		return time.Time{}, fmt.Errorf("%q is not an RFC 3339 time", excerpt(text))
	}
	return t, nil
}

// validMoment tells whether RFC 3339 can write a time, as it is and in UTC: its
// year has four digits, and its offset whole minutes.
func validMoment(t time.Time) bool {
	_, offset := t.Zone()
	year, utc := t.Year(), t.UTC().Year()
	return offset%60 == 0 && max(offset, -offset) < 24*60*60 && min(year, utc) >= 0 && max(year, utc) <= 9999
}
