package reply

import "parley/projections"

// State is a state in JSON, with the view it was computed under.
type State struct {
	View  projections.Seen  `json:"view"`
	State *projections.Node `json:"state"`
}

// Why is a reason in JSON, with the view it was computed under.
type Why struct {
	View projections.Seen `json:"view"`
	*projections.Why
}
