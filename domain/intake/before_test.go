package intake

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// A value that stands in the row above as well is the same piece of memory, and no
// value keeps the row that it was read from.
func TestRowsShareWhatTheyRepeat(t *testing.T) {
	const table = "key,type,negotiation,occurred,act.content,source.outlet\n" +
		"a,StatementIssued,talks,2025,first,An Outlet\n" +
		"b,StatementIssued,talks,2025,second,An Outlet\n"
	const lines = `{"key":"a","type":"StatementIssued","negotiation":"talks","occurred":"2025","act":{"content":"first"},"source":{"outlet":"An Outlet"}}` + "\n" +
		`{"key":"b","type":"StatementIssued","negotiation":"talks","occurred":"2025","act":{"content":"second"},"source":{"outlet":"An Outlet"}}` + "\n"
	rows, faults := Table("t.csv", strings.NewReader(table))
	require.Empty(t, faults)
	objects, faults := Lines("t.ndjson", strings.NewReader(lines))
	require.Empty(t, faults)
	for _, in := range [][]*string{
		{&rows[0].Event.Source.Outlet, &rows[1].Event.Source.Outlet},
		{&objects[0].Event.Source.Outlet, &objects[1].Event.Source.Outlet},
	} {
		require.Equal(t, "An Outlet", *in[0])
		require.Equal(t, *in[0], *in[1])
		require.Same(t, unsafe.StringData(*in[0]), unsafe.StringData(*in[1]))
	}
	whole := strings.Repeat("x", 100)
	require.NotSame(t, unsafe.StringData(whole), unsafe.StringData(before{}.same("p", whole[:10])))
}
