package ensemble

import (
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Summary is what the runs of an ensemble come to, with all that is needed to do the
// same again. It prints canonically: see [Summary.JSON].
type Summary struct {
	Hypothetical bool   `json:"hypothetical"` // always true
	Negotiation  string `json:"negotiation"`
	Base         Ground `json:"base"`
	Model        string `json:"model,omitzero"`
	Version      string `json:"modelVersion,omitzero"`
	ModelDigest  string `json:"modelDigest,omitzero"` // SHA-256 of the file that made the runs
	Seed         string `json:"seed,omitzero"`
	Author       string `json:"author,omitzero"`
	Purpose      string `json:"purpose,omitzero"`
	Runs         int    `json:"runs"`
	RunsDigest   string `json:"runsDigest"`   // SHA-256 of the lines of all runs in order ([Run.Line])
	Cut          int    `json:"cut,omitzero"` // runs that were cut off before they had ended
	Events       int    `json:"events"`       // of all runs together, without those that the base holds
	// Origin is where days are counted from: the date that was asked for, or the moment
	// up to which the base goes; its end is OriginEnd, in UTC.
	Origin    string `json:"origin"`
	OriginEnd string `json:"originEnd"`

	Outcomes    Outcomes      `json:"outcomes"`
	Times       []Timing      `json:"times"`
	Positions   []Cell        `json:"positions"` // that any run changes
	Convergence []Convergence `json:"convergence"`
	Paths       []Path        `json:"paths"`               // the first run of each outcome, in order
	OtherPaths  int           `json:"otherPaths,omitzero"` // runs with an outcome of which no path is shown
}

// Ground is what the runs go on from.
type Ground struct {
	View       string              `json:"view"`
	Fork       string              `json:"fork"` // position: 43, or record:43;b1:7
	Branch     *projections.Branch `json:"branch,omitzero"`
	Checkpoint string              `json:"checkpoint,omitzero"` // of the record up to the fork: size and root
	Branches   []BranchRoot        `json:"branches,omitempty"`  // that the fork lies on, from the record up
	Outcome    Brief               `json:"outcome"`             // with nothing added
}

// BranchRoot is what a branch itself holds, from its opening up to the fork: how many
// entries, and their root. What it stands on is not in it.
type BranchRoot struct {
	Branch     string `json:"branch"`
	Checkpoint string `json:"checkpoint"`
}

// Brief is an outcome without the positions.
type Brief struct {
	Agreement  string            `json:"agreement"`
	Process    string            `json:"process"`
	Ceasefires map[string]string `json:"ceasefires"`
}

// Outcomes tell how often each value came out, in the order of the vocabulary.
type Outcomes struct {
	Agreement  []Frequency `json:"agreement"` // highest rung at which a draft stands
	Process    []Frequency `json:"process"`
	Ceasefires []Ceasefire `json:"ceasefires"` // registered, or of a run
}

// Ceasefire tells how often a ceasefire ended in which status.
type Ceasefire struct {
	Ceasefire string      `json:"ceasefire"`
	Status    []Frequency `json:"status"`
}

// Frequency is how often a value came out.
type Frequency struct {
	Value  string  `json:"value"`
	Count  int     `json:"count"`
	Share  float64 `json:"share"`  // of all runs
	StdErr float64 `json:"stderr"` // standard error of the share
}

// Timing tells in how many runs one of the firsts happens, and after how many days.
type Timing struct {
	First   string     `json:"first"`
	Count   int        `json:"count"` // runs in which it happens
	Share   float64    `json:"share"`
	StdErr  float64    `json:"stderr"`
	Undated int        `json:"undated,omitzero"` // of these, the runs in which it has no latest bound
	Before  int        `json:"before,omitzero"`  // of these, the runs in which it is dated before the end of the origin: their days are negative
	Days    *Quantiles `json:"days"`             // over the dated ones; null where there are none
}

// Quantiles are days.
type Quantiles struct {
	P5  float64 `json:"p5"`
	P25 float64 `json:"p25"`
	P50 float64 `json:"p50"`
	P75 float64 `json:"p75"`
	P95 float64 `json:"p95"`
}

// Cell tells how often a party ended where on an issue.
type Cell struct {
	Party      string      `json:"party"`
	Issue      string      `json:"issue"`
	Base       Position    `json:"base"`
	Changed    int         `json:"changed"` // runs that end elsewhere than the base
	Stance     []Frequency `json:"stance"`
	Commitment []Frequency `json:"commitment"`
}

// Convergence is what the shares were after the first runs.
type Convergence struct {
	Runs   int     `json:"runs"`
	Shares []Share `json:"shares"`
}

// Share is one of the main shares: of an outcome, or of one of the firsts.
type Share struct {
	Measure string  `json:"measure"` // agreement, process, ceasefire, first
	Key     string  `json:"key,omitzero"`
	Value   string  `json:"value"`
	Share   float64 `json:"share"`
	StdErr  float64 `json:"stderr"`
}

// Path is a whole run.
type Path struct {
	Number  int              `json:"number"` // in the ensemble, from 1
	Run     string           `json:"run"`
	Count   int              `json:"count"` // runs with this outcome
	Outcome Brief            `json:"outcome"`
	Events  []jsontext.Value `json:"events"`
}

// JSON is the summary in its one canonical form, on one line without the line break.
func (s *Summary) JSON() ([]byte, error) { return json.Marshal(s, json.Deterministic(true)) }
