package eventstore

import (
	"context"
	"errors"
	"sync"
	"time"
)

// verifyMeanwhile verifies the folder again and again while processes write to it and are
// killed. Whatever happens to them, nothing is found. What it returns ends it, and says how
// often that was done; a server that was killed on the way ends one without a result.
func (x *torture) verifyMeanwhile() (end func() int) {
	ctx, stop := context.WithCancel(x.t.Context())
	var verifying sync.WaitGroup
	done := 0
	verifying.Go(func() {
		for ctx.Err() == nil {
			v, err := verifyOnce(ctx, x.dir)
			if v != nil {
				err = v.Err()
				done++
			}
			_, altered := errors.AsType[*IntegrityError](err)
			_, damaged := errors.AsType[*DamageError](err)
			if altered || damaged {
				x.t.Error("while others write:", err)
				return
			}
			_ = pause(ctx, 50*time.Millisecond)
		}
	})
	return func() int {
		stop()
		verifying.Wait()
		return done
	}
}

// verifyOnce opens a folder as one that reads, and verifies it.
func verifyOnce(ctx context.Context, dir string) (v *Verification, err error) {
	s, err := Open(ctx, Options{Dir: dir, Kind: "verify", Wait: time.Second, Reads: true, Patience: time.Second})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if v, err = s.Verify(ctx, VerifyOptions{}); err != nil {
		return nil, err
	}
	return v, nil
}
