package eventstore

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// What the torture of a cluster has shown that a server may answer: a message that
// was sent again is refused while its first sending is still being replicated. Then
// it may land, and only looking tells.
func TestJudgeMessageInFlight(t *testing.T) {
	err := &jetstream.APIError{Code: 409, ErrorCode: codeDuplicateInFlight}
	require.Equal(t, unsettled, judge(err))
	require.True(t, mayHaveLanded(err))
}
