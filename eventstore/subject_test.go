package eventstore

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSubjectsAreAPair(t *testing.T) {
	id := rapid.StringMatching(`[a-z0-9-]{1,64}`)
	rapid.Check(t, func(t *rapid.T) {
		s := Subject{Negotiation: id.Draw(t, "negotiation")}
		if rapid.Bool().Draw(t, "in a branch") {
			s.Branch = id.Draw(t, "branch")
		}
		subject, err := FormatSubject(s)
		require.NoError(t, err)
		back, err := ParseSubject(subject)
		require.NoError(t, err)
		require.Equal(t, s, back)
	})
}

func TestWhatReadsIsWrittenTheSame(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`parley\.(record|branch)\.[a-zA-Z0-9.*>-]{0,20}`))
	rapid.Check(t, func(t *rapid.T) {
		subject := text.Draw(t, "subject")
		s, err := ParseSubject(subject)
		if err != nil {
			return
		}
		back, err := FormatSubject(s)
		require.NoError(t, err)
		require.Equal(t, subject, back)
	})
}

func TestSubjectsThatAreNone(t *testing.T) {
	for _, s := range []string{
		"", "parley", "parley.record", "parley.record.", "parley.record.*", "parley.record.>", "parley.record.a.b", "parley.record.A",
		"parley.branch.a", "parley.branch.a.", "parley.branch..a", "parley.branch.a.b.c", "parley.branch.*.a", "xparley.record.a",
	} {
		_, err := ParseSubject(s)
		assert.Error(t, err, s)
	}
}
