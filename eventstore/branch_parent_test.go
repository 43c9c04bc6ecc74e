package eventstore

import (
	"fmt"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// Whoever names a parent that is not there is told where he did, and what there is, of
// however many branches; what was dropped is nothing to stand on.
func TestNoSuchParent(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	refused := func(o Opening) *ParentError {
		t.Helper()
		_, err := s.OpenBranch(t.Context(), o)
		var none *ParentError
		require.ErrorAs(t, err, &none)
		require.ErrorAs(t, err, new(*BranchError))
		require.Equal(t, o.Parent, none.Fault.Read)
		return none
	}
	require.Contains(t, refused(opening("b", on("none"))).Fault.Hint, domain.RecordName)
	opens(t, s, "base-1")
	opens(t, s, "base-2")
	require.NoError(t, s.DropBranch(t.Context(), "talks", "base-2", "test", "answered"))
	none := refused(opening("b", on("base-2")))
	require.Equal(t, domain.Place{Pointer: "/act/parent"}, none.Fault.Place)
	require.Contains(t, none.Fault.Reason, "answered")
	require.Contains(t, none.Fault.Hint, "base-1")
	for i := range 100 {
		_, err := s.OpenBranch(t.Context(), opening(fmt.Sprintf("many-%d", i)))
		require.NoError(t, err)
	}
	none = refused(opening("b", on("bas-1"), func(o *Opening) {
		o.Place = func(path string) domain.Place { return domain.Place{Column: path} }
	}))
	require.Equal(t, domain.Place{Column: "act.parent"}, none.Fault.Place)
	require.Contains(t, none.Fault.Hint, "base-1")
	require.Contains(t, refused(opening("b", on("nothing-like-it"))).Fault.Hint, "parley branch list talks")

	_, err := s.OpenBranch(t.Context(), opening("b", on("base-1"), func(o *Opening) { o.Negotiation = "walks" }))
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	require.Equal(t, domain.Unregistered, faults[0].Problem)
}
