package intake

import (
	"strings"
	"sync"

	"parley/domain"
)

// Guard keeps spreadsheets from taking a cell for a formula, by an apostrophe
// before it. What begins with apostrophes and would be a formula without them gets
// one more, so that [Table] can take away exactly what was added: a table that
// [Row] wrote reads as the same events.
func Guard(cell string) string {
	if formula(cell) {
		return "'" + cell
	}
	return cell
}

// unguard takes away the apostrophe that Guard added.
func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && formula(cell) {
		return cell[1:]
	}
	return cell
}

// formula tells whether a spreadsheet would run a cell, or would without the
// apostrophes at its beginning.
func formula(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	return rest != "" && strings.ContainsRune("=+-@\t\r", rune(rest[0]))
}

// unguarded are the columns of numbers and dates: no text can stand there, and
// years before Christ begin with a minus sign.
var unguarded = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{"time": true}
	add := func(fields []domain.Field) {
		for _, f := range fields {
			switch f.Kind {
			case domain.Number, domain.Decimal, domain.Date, domain.Moment:
				out[f.Path] = true
			default:
			}
		}
	}
	add(domain.BodyFields())
	for _, s := range domain.Catalogue() {
		add(s.Fields())
	}
	return out
})
