package main

import (
	"testing"

	"parley/cmd/parley/internal/problem"
	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// That there was nothing to compare with is neither damage nor a fault of the command line.
func TestNothingVerifiedIsNoUsageError(t *testing.T) {
	require.Equal(t, exitFailure, problem.Of(&eventstore.UnverifiedError{}).Exit)
}
