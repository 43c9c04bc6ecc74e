package live

import (
	"context"
	"errors"
	"time"
)

// requestTimeout is for what is answered at once where somebody is there to answer.
const requestTimeout = 3 * time.Second

// ask asks for something that may be asked for twice, again and again until ctx ends. A
// cluster answers some requests by nobody: those that it gets while it chooses a leader,
// or that go to a server which has fallen silent. To wait longer for them is in vain.
func ask(ctx context.Context, do func(context.Context) error) error {
	for {
		once, done := context.WithTimeout(ctx, requestTimeout)
		err := do(once)
		done()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}
