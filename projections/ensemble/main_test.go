package ensemble_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing goes on after an evaluation has ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
