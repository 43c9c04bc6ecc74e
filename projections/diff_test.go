package projections_test

import (
	"testing"

	"parley/projections"

	"github.com/stretchr/testify/require"
)

func changeAt(t *testing.T, d *projections.Diff, path string) projections.Change {
	t.Helper()
	for _, c := range d.Changes {
		if c.Path == path {
			return c
		}
	}
	require.Fail(t, "no change at "+path)
	return projections.Change{}
}

func TestDiffLearned(t *testing.T) {
	log := record(t, ladder)
	d, err := projections.Compare(t.Context(), under(t, log, "known-by=2025-10-28"), under(t, log, "known-by=2025-10-29&possibly"))
	require.NoError(t, err)
	var learned []string
	for _, e := range d.Events {
		require.Equal(t, []projections.Sort{projections.Learned}, e.Sorts)
		require.Equal(t, "to", e.In)
		learned = append(learned, e.Event)
	}
	require.Equal(t, []string{"f1", "f2", "f3", "re", "vc"}, learned)
	c := changeAt(t, d, "drafts/d/versions/3/stands")
	require.Nil(t, c.From)
	require.Equal(t, "finalized", c.To.Text())
	require.Equal(t, []projections.Sort{projections.Learned}, c.Sorts)
}

func TestDiffMoved(t *testing.T) {
	log := record(t, ladder)
	d, err := projections.Compare(t.Context(), under(t, log, "as-of=@vc"), under(t, log, "as-of=@re"))
	require.NoError(t, err)
	c := changeAt(t, d, "drafts/d/versions/3/stands")
	require.Equal(t, "verbally-confirmed", c.From.Text())
	require.Equal(t, "finalized", c.To.Text())
	require.Equal(t, []projections.Sort{projections.Moved}, c.Sorts)
	require.Contains(t, c.Events, "re")
}

func TestDiffSeveral(t *testing.T) {
	log := record(t, ladder)
	d, err := projections.Compare(t.Context(), under(t, log, "known-by=2025-10-28&as-of=2025-10-26"), under(t, log, ""))
	require.NoError(t, err)
	for _, e := range d.Events {
		if e.Event == "vc" {
			require.Equal(t, []string{"known-by", "as-of"}, e.Steps)
			require.Equal(t, []projections.Sort{projections.Learned, projections.Moved}, e.Sorts)
		}
	}
}

func TestDiffOfAViewWithItselfIsEmpty(t *testing.T) {
	log := record(t, ladder)
	for _, v := range []string{"", "as-of=@vc", "known-by=2025-10-29"} {
		d, err := projections.Compare(t.Context(), under(t, log, v), under(t, log, v))
		require.NoError(t, err)
		require.Empty(t, d.Changes)
		require.Empty(t, d.Events)
	}
}

func TestDiffOfAWithdrawal(t *testing.T) {
	log := record(t, ladder, "key,type,act.target,act.reason\nw,EventWithdrawn,vc,misheard\n")
	d, err := projections.Compare(t.Context(), under(t, log, "recorded-by=%2314"), under(t, log, ""))
	require.NoError(t, err)
	require.Equal(t, []projections.Differ{{Event: "vc", In: "from", Steps: []string{"repair"}, Sorts: []projections.Sort{projections.Learned}}}, d.Events)
	require.Equal(t, "finalized", changeAt(t, d, "drafts/d/versions/3/reached").To.Text())
}

func TestDiffOfWhatMovesIntoOtherCompany(t *testing.T) {
	log := record(t, ladder)
	d, err := projections.Compare(t.Context(), under(t, log, "known-by=2025-10-28"), under(t, log, ""))
	require.NoError(t, err)
	for _, c := range d.Changes {
		require.NotEmpty(t, c.Events, c.Path)
		require.NotEmpty(t, c.Sorts, c.Path)
	}
	// wd is known in both views; that it is an account of re makes the difference.
	require.Contains(t, changeAt(t, d, "drafts/d/unversioned/retracted/wd/event").Events, "re")
}
