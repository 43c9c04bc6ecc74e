package schema

import (
	"strings"

	"parley/domain"
)

// closed marks objects that hold nothing but what their schema names.
var closed = new(bool)

const (
	idPattern       = `^[a-z0-9-]{1,64}$`
	uuidPattern     = `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	durationPattern = `^P(?:` + weeksAndDays + `(?:T` + clockParts + `)?|T` + clockParts + `)$`
	weeksAndDays    = `(?:` + number + `W(?:` + number + `D)?|` + number + `D)`
	clockParts      = `(?:` + number + `H(?:` + number + `M)?(?:` + number + `S)?|` + number + `M(?:` + number + `S)?|` + number + `S)`
	number          = `[0-9]+(?:\.[0-9]+)?`
	numberMax       = 1_000_000_000
)

// controls are the characters that no text holds: all control characters but tab
// and line feed. They stand in patterns as themselves, since the dialects of
// regular expressions escape them in different ways.
const controls = "\x00-\x08\x0b-\x1f\x7f-\u009f"

// textPattern is a text that is more than white space. The flat form may have
// line breaks of two characters.
func textPattern(item, stored bool) string {
	not := controls
	if !stored {
		not = strings.Replace(not, "\x0b-\x1f", "\x0b\x0c\x0e-\x1f", 1)
	}
	if item {
		not += "|"
	}
	return "^[^" + not + "]*[^\\s" + not + "][^" + not + "]*$"
}

// value describes one value of a field, or the list of them.
func (b *builder) value(f domain.Field) *Schema {
	if !f.List {
		s := b.scalar(f)
		s.Description = f.Doc
		return s
	}
	s := &Schema{Type: "array", Description: f.Doc, Items: b.scalar(f)}
	if b.stored || f.Required {
		s.MinItems = 1
	}
	return s
}

func (b *builder) scalar(f domain.Field) *Schema {
	switch f.Kind {
	case domain.Word:
		return &Schema{Enum: f.Values}
	case domain.Number, domain.Decimal:
		s := &Schema{Type: "integer", Maximum: new(numberMax)}
		if f.Kind == domain.Decimal {
			s.Type = "number"
		}
		if f.HasMin {
			s.Minimum = new(f.Min)
		}
		return s
	case domain.Truth:
		return &Schema{Type: "boolean"}
	case domain.Date:
		return &Schema{Type: "string", Format: "edtf"}
	case domain.Moment:
		return &Schema{Type: "string", Format: "date-time"}
	case domain.Length:
		return &Schema{Type: "string", Pattern: durationPattern}
	case domain.Name, domain.Actor, domain.Issue, domain.Ceasefire, domain.Reference:
		return &Schema{Type: "string", Pattern: idPattern}
	case domain.Nested:
		return b.replacement()
	case domain.Text:
	}
	s := &Schema{Type: "string", Pattern: textPattern(f.List, b.stored)}
	switch f.Path {
	case "key":
		s.Pattern = idPattern
	case "source.quote":
		s.MaxLength = domain.MaxQuoteRunes
	}
	return s
}

// object describes fields as the members of one object; those with a dot in
// their path (below prefix) become objects within it.
func (b *builder) object(fields []domain.Field, prefix string) *Schema {
	s := &Schema{Type: "object"}
	for _, f := range fields {
		group, name, grouped := strings.Cut(strings.TrimPrefix(f.Path, prefix), ".")
		if !grouped {
			s.Properties.add(group, b.value(f))
			if f.Required {
				s.Required = append(s.Required, group)
			}
			continue
		}
		inner, ok := s.Properties.Get(group)
		if !ok {
			inner = s.Properties.add(group, &Schema{Type: "object", Closed: closed})
		}
		inner.Properties.add(name, b.value(f))
		if f.InGroup {
			inner.Required = append(inner.Required, name)
		}
	}
	return s
}
