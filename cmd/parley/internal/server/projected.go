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
	projectedLate     = prometheus.NewDesc("parley_projection_late", "Negotiations of which entries were read and are not folded yet, because that takes long; /v1/system says which.", nil, nil)
	projectedLateFor  = prometheus.NewDesc("parley_projection_late_seconds", "How long ago the first of these entries was read.", nil, nil)
	projectedRunning  = prometheus.NewDesc("parley_projection_running", "1 while the log is followed, 0 if that has ended.", nil, nil)
)

// askTimeout is how long the store may take to tell where the log ends.
const askTimeout = time.Second

// Describe lists what is told.
func (p projected) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{projectedPosition, projectedLag, projectedVersion, projectedFaults, projectedLate, projectedLateFor, projectedRunning} {
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
	late, since := 0, time.Now()
	for _, s := range p.hub.Summaries() {
		if s.Fault != "" {
			faults++
		}
		if s.Late.Entries > 0 {
			late++
			if s.Late.Since.Before(since) {
				since = s.Late.Since
			}
		}
	}
	if p.hub.Ended() != nil {
		running = 0
	}
	tell(projectedFaults, float64(faults))
	tell(projectedLate, float64(late))
	lateFor := 0.0
	if late > 0 {
		lateFor = time.Since(since).Seconds()
	}
	tell(projectedLateFor, lateFor)
	tell(projectedRunning, float64(running))
}
