// Package schema describes events in JSON Schema (draft 2020-12), in two forms:
// as the log stores them ([Event]), and as people and programs write them
// ([Input]).
//
//	s, _ := domain.SpecOf("DraftFinalized")
//	text, err := schema.Event(s).Text()
//
// The schemas are made from the fields of package domain, by which input is
// checked too, and not from the Go types a second time. So a schema cannot ask for
// anything else than [domain.Bind] does: a test holds the two against each other.
//
// # Limits
//
// A schema knows one event. Which ids are registered, which events exist and what
// two fields say together is told only by [domain.Decide]. Uncertain dates have
// the format "edtf", which a validator has to be taught; others let any text
// pass. The flat form may hold null for what is absent and dotted names
// ("act.issue"), as tables turned into JSON have them; the schema describes the
// form that is written on purpose.
package schema
