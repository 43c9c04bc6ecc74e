package projections

// Effect is what a continuation changes in the outcome of its base: the values that
// are other ones, and no others. A value that is no longer there, since its events
// are withdrawn or corrected, is empty.
type Effect struct {
	Agreement  string // empty where it is as it was; so is Process
	Process    string
	Drafts     map[string]string
	Ceasefires map[string]string
	Positions  map[string]Standing
	Firsts     Firsts
}

// With is the outcome after an effect.
func (o Outcome) With(e Effect) Outcome {
	o = o.clone()
	if e.Agreement != "" {
		o.Agreement = e.Agreement
	}
	if e.Process != "" {
		o.Process = e.Process
	}
	overlay(o.Drafts, e.Drafts)
	overlay(o.Ceasefires, e.Ceasefires)
	overlay(o.Positions, e.Positions)
	return o
}

// overlay puts values into a map, and takes those out that are empty.
func overlay[V comparable](into, values map[string]V) {
	var none V
	for id, v := range values {
		if v == none {
			delete(into, id)
		} else {
			into[id] = v
		}
	}
}

// effect is the difference of an outcome from that of the base.
func (b *Base) effect(o Outcome) Effect {
	var e Effect
	e.put(&b.outcome, o.Agreement, o.Process)
	for id, stands := range o.Drafts {
		e.draft(&b.outcome, id, stands)
	}
	for id, status := range o.Ceasefires {
		e.ceasefire(&b.outcome, id, status)
	}
	for id, s := range o.Positions {
		e.position(&b.outcome, id, s)
	}
	gone(o.Drafts, b.outcome.Drafts, func(id string) { e.draft(&b.outcome, id, "") })
	gone(o.Ceasefires, b.outcome.Ceasefires, func(id string) { e.ceasefire(&b.outcome, id, "") })
	gone(o.Positions, b.outcome.Positions, func(id string) { e.position(&b.outcome, id, Standing{}) })
	return e
}

// gone calls note for everything that was and is no more.
func gone[V any](is, was map[string]V, note func(id string)) {
	for id := range was {
		if _, ok := is[id]; !ok {
			note(id)
		}
	}
}

func (e *Effect) put(was *Outcome, agreement, process string) {
	if agreement != was.Agreement {
		e.Agreement = agreement
	}
	if process != was.Process {
		e.Process = process
	}
}

func (e *Effect) draft(was *Outcome, id, stands string) {
	if old, ok := was.Drafts[id]; ok && old == stands {
		return
	}
	if e.Drafts == nil {
		e.Drafts = map[string]string{}
	}
	e.Drafts[id] = stands
}

func (e *Effect) ceasefire(was *Outcome, id, status string) {
	if was.Ceasefires[id] == status {
		return
	}
	if e.Ceasefires == nil {
		e.Ceasefires = map[string]string{}
	}
	e.Ceasefires[id] = status
}

func (e *Effect) position(was *Outcome, id string, s Standing) {
	if old, ok := was.Positions[id]; ok && old == s {
		return
	}
	if e.Positions == nil {
		e.Positions = map[string]Standing{}
	}
	e.Positions[id] = s
}
