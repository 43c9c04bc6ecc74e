package eventstore

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/eventstore/clustertest"

	"github.com/stretchr/testify/require"
)

// A server that is cut off from the others lets clients in and settles nothing. Whoever
// knows the others goes to them.
func TestServerCutOff(t *testing.T) {
	t.Parallel()
	three := clustertest.Start(t)
	begin(t, openURL(t, three.URL(clustertest.Writer)), "talks")
	three.Isolate(1)
	address := three.URLOf(1, "")
	cut := address[strings.LastIndex(address, ":"):]
	for stores, roamed := 0, false; !roamed; stores++ { // which address is tried first is left to chance
		require.Less(t, stores, 50)
		s := openURL(t, three.URL(clustertest.Writer), func(o *Options) { o.Patience = time.Minute })
		r, err := s.Append(t.Context(), Any(), statements("talks", fmt.Sprint("part-", stores), 3), AppendOptions{})
		require.NoError(t, err)
		require.Len(t, r.Appended, 3)
		require.False(t, strings.HasSuffix(s.Conn().ConnectedUrl(), cut), "it was recorded through the server that is cut off")
		roamed = !s.roaming.last.IsZero()
	}
}
