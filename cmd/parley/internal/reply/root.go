package reply

import (
	"fmt"

	"parley/domain"
	"parley/eventstore/seal"
)

// RootOf is how many entries a record has, and their root, as a checkpoint tells them.
func RootOf(record []domain.Entry) string {
	var log seal.Range
	for _, e := range record {
		log.Add(seal.Leaf(e.Raw))
	}
	return fmt.Sprintf("%d %s", log.Size(), log.Root())
}
