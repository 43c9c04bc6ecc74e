package reply

import "parley/projections"

// State is a state in JSON, with the view it was computed under.
type State struct {
	View  projections.Seen  `json:"view"`
	Step  string            `json:"step,omitzero" doc:"of the replay through which the happenings of the view were gone"`
	Path  string            `json:"path,omitzero" doc:"of the one value that was asked for"`
	State *projections.Node `json:"state"`
}

// Replay is a view gone through step by step, in JSON.
type Replay struct {
	View  projections.Seen `json:"view"`
	Steps []Step           `json:"steps"`
	Next  string           `json:"next,omitzero" doc:"where there is more: what to send as after"`
}

// Why is a reason in JSON, with the view it was computed under.
type Why struct {
	View projections.Seen `json:"view"`
	Step string           `json:"step,omitzero" doc:"of the replay through which the happenings of the view were gone"`
	*projections.Why
}
