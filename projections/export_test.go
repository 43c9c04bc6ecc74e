package projections

import "parley/domain"

// Stands tells whether a continuation is evaluated without folding.
func (b *Base) Stands(events []*domain.Event) bool {
	_, ok := b.stand(events)
	return ok
}
