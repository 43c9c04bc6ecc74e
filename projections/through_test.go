package projections_test

import (
	"testing"

	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// Through the last step a picture is itself; through an earlier one it is as if the
// later happenings had not been told, and the picture that it came from stays whole.
func TestThrough(t *testing.T) {
	log := record(t, `key,type,occurred,reported,actors,act.issue,act.stance
one,PositionStated,2025-10-01,2025-10-01,a,w,demands
two,PositionStated,2025-10-02,2025-10-02,a,w,rejects
three,PositionStated,2025-10-03,2025-10-03,b,w,accepts
`)
	pic, err := projections.Project(negotiation, log, projections.View{})
	require.NoError(t, err)
	text := func(p *projections.Picture) string {
		tree, err := p.Print("")
		require.NoError(t, err)
		text, err := json.Marshal(tree)
		require.NoError(t, err)
		return string(text)
	}
	whole := text(pic)
	last, err := pic.Through("three")
	require.NoError(t, err)
	require.Equal(t, whole, text(last))

	first, err := pic.Through("one")
	require.NoError(t, err)
	alone, err := projections.Project(negotiation, record(t, `key,type,occurred,reported,actors,act.issue,act.stance
one,PositionStated,2025-10-01,2025-10-01,a,w,demands
`), projections.View{})
	require.NoError(t, err)
	require.Equal(t, text(alone), text(first))
	require.Len(t, first.Accounts, 1)
	require.Equal(t, whole, text(pic))

	_, err = pic.Through("four")
	var missing *projections.NotFoundError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "four", missing.Name)
}
