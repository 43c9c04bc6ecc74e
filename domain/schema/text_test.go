package schema_test

import (
	"testing"

	"parley/domain"
	"parley/domain/schema"

	"github.com/stretchr/testify/require"
)

// TestText: the schema of a small type, whole. Goldens of all types would only
// say the same fields again.
func TestText(t *testing.T) {
	s, _ := domain.SpecOf("EventWithdrawn")
	event := schema.Event(s)
	require.Equal(t, "https://parley.invalid/schema/event/EventWithdrawn.v1", event.ID)
	act, ok := event.Defs.Get("event.act.EventWithdrawn")
	require.True(t, ok)
	text, err := act.Text()
	require.NoError(t, err)
	require.JSONEq(t, `{
		"description": "An event of the record is withdrawn.",
		"type": "object",
		"properties": {
			"target": {"description": "the event that is withdrawn", "type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
			"reason": {"description": "why", "type": "string", "pattern": "^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*[^\\s\u0000-\u0008\u000b-\u001f\u007f-\u009f][^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"}
		},
		"required": ["target", "reason"],
		"additionalProperties": false
	}`, string(text))
	_, ok = event.Defs.Get("event.act.ThanksExpressed")
	require.False(t, ok, "a document holds what it needs")

	one, err := schema.All().Text()
	require.NoError(t, err)
	two, err := schema.All().Text()
	require.NoError(t, err)
	require.Equal(t, string(one), string(two))
}
