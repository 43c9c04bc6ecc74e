package server

import (
	"context"
	"time"

	"parley/eventstore"
	"parley/projections/live"

	"github.com/prometheus/client_golang/prometheus"
)

// projected tells how the projections stand, when it is asked.
type projected struct {
	hub   *live.Hub
	store *eventstore.Store
}

var (
	projectedPosition = prometheus.NewDesc("parley_projection_position", "Position of the log that the projections reflect.", nil, nil)
	projectedLag      = prometheus.NewDesc("parley_projection_lag_entries", "Positions of the log that the projections do not reflect yet.", nil, nil)
	projectedVersion  = prometheus.NewDesc("parley_projection_version", "Version of the projections.", nil, nil)
	projectedFaults   = prometheus.NewDesc("parley_projection_faults", "Negotiations whose projections are older than their log, because it cannot be folded.", nil, nil)
	projectedRunning  = prometheus.NewDesc("parley_projection_running", "1 while the log is followed, 0 if that has ended.", nil, nil)
)

// askTimeout is how long the store may take to tell where the log ends.
const askTimeout = time.Second

// Describe lists what is told.
func (p projected) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{projectedPosition, projectedLag, projectedVersion, projectedFaults, projectedRunning} {
		to <- d
	}
}

// Collect tells it. Where the store does not answer, the lag is left out.
func (p projected) Collect(to chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	ctx, stop := context.WithTimeout(context.Background(), askTimeout)
	defer stop()
	position := p.hub.Position()
	tell(projectedPosition, float64(position))
	if end, err := p.store.End(ctx); err == nil {
		tell(projectedLag, float64(max(end, position)-position))
	}
	tell(projectedVersion, live.Version)
	faults, running := 0, 1
	for _, s := range p.hub.Summaries() {
		if s.Fault != "" {
			faults++
		}
	}
	if p.hub.Ended() != nil {
		running = 0
	}
	tell(projectedFaults, float64(faults))
	tell(projectedRunning, float64(running))
}
