package live

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rounds is a hub with n entities of one negotiation; step changes some of them.
func rounds(n int) (h *Hub, step func(position uint64, gone, changed map[int]bool)) {
	h = newHub(time.Now)
	texts := make([]string, n)
	step = func(position uint64, gone, changed map[int]bool) {
		var all []entity
		for i := range texts {
			if changed[i] {
				texts[i] = fmt.Sprint("at ", position)
			}
			if !gone[i] {
				value := raw(texts[i])
				all = append(all, entity{name: name{"rounds", fmt.Sprint(i)}, value: value, digest: digestOf("", value)})
			}
		}
		h.take(stepTo(position, all))
	}
	step(1, nil, nil)
	h.open()
	return h, step
}

func stepTo(position uint64, all []entity) step {
	return step{position: position, states: []state{{Summary: Summary{Negotiation: "talks", Position: position}, entities: all}}}
}

// A reader holds a piece of what there is. What changes and vanishes while he fetches
// the rest comes too: at the end he has what there is then, and he comes to an end
// though something changes after each piece.
func TestPieces(t *testing.T) {
	const n = 5000
	h, step := rounds(n)
	sub := h.Subscribe(Request{})
	defer sub.Close()
	r := &reader{}
	gone := map[int]bool{}
	count := 0
	for begun := range 2 { // a snapshot, and what changes since
		for more, size := true, pieceLeast; more; count++ {
			b, err := sub.Next(t.Context())
			require.NoError(t, err)
			require.LessOrEqual(t, len(b.Changes), size)
			require.NotEmpty(t, b.Changes)
			require.Equal(t, begun == 0 && size == pieceLeast, b.Snapshot)
			if b.Snapshot {
				require.Equal(t, n, b.Entities)
				require.Equal(t, map[string]uint64{"talks": 1}, b.Positions)
			}
			r.take(t, b)
			more, size = b.More, 2*size
			if more {
				gone[n-1-count], gone[count] = true, true // one that was told, and one that was not
				step(uint64(1000*begun+count+2), gone, map[int]bool{count + 100: true, n - 100 - count: true})
			}
		}
		require.Len(t, r.state, n-len(gone))
		for k, c := range r.state {
			require.Equal(t, string(h.talks["talks"].records[name{k.Projection, k.ID}].Value), string(c.Value))
		}
		all := map[int]bool{}
		for i := range n {
			all[i] = true
		}
		step(1000, gone, all)
	}
	require.Less(t, count, 14)
}

// Who does not read holds the least piece, and one from whom it is kept what has
// vanished meanwhile begins anew.
func TestPiecesForgotten(t *testing.T) {
	const n = goneMax + 1000
	h, step := rounds(n)
	sub := h.Subscribe(Request{})
	defer sub.Close()
	b, err := sub.Next(t.Context())
	require.NoError(t, err)
	require.True(t, b.More)
	require.Len(t, b.Changes, pieceLeast)
	gone := map[int]bool{}
	for i := range n - 1 {
		gone[i] = true
	}
	step(2, gone, nil)
	step(3, gone, map[int]bool{n - 1: true}) // more are gone than are remembered
	b = next(t, sub)
	require.True(t, b.Snapshot)
	require.Contains(t, b.Reset, "is forgotten")
	require.Len(t, b.Changes, 1)
	require.EqualValues(t, 3, b.Cursor)
}
