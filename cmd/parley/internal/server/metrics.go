package server

import (
	"net/http"
	"time"

	"parley/cmd/parley/internal/problem"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics tells. Their names are known to dashboards:
// docs/examples/grafana/parley.json.
type metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec   // operation, code
	seconds  *prometheus.HistogramVec // operation
	underWay prometheus.Gauge
	refused  *prometheus.CounterVec // reason: before an operation was reached

	appended  prometheus.Counter
	inputs    *prometheus.CounterVec // outcome
	conflicts prometheus.Counter
	folds     prometheus.Histogram
	reads     prometheus.Histogram
	waits     *prometheus.CounterVec // outcome
	warm      prometheus.Gauge

	streams      prometheus.Gauge
	streamed     prometheus.Counter
	streamsEnded *prometheus.CounterVec // reason
}

// The outcomes of an input.
const (
	outcomeRecorded = "recorded"
	outcomeRefused  = "refused"
	outcomeConflict = "conflict"
	outcomeFailed   = "failed"
)

func newMetrics(version string) *metrics {
	fine := prometheus.ExponentialBuckets(0.0005, 2, 15) // half a millisecond to 8 seconds
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_http_requests_total", Help: "Requests answered, by operation and status.",
		}, []string{"operation", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_http_request_duration_seconds", Help: "How long requests took.", Buckets: fine,
		}, []string{"operation"}),
		underWay: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_http_requests_in_flight", Help: "Requests under way.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_http_refused_total", Help: "Requests refused before they were looked at, by reason.",
		}, []string{"reason"}),
		appended: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_events_appended_total", Help: "Events recorded by this process over HTTP.",
		}),
		inputs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_inputs_total", Help: "Inputs to record, by what became of them.",
		}, []string{"outcome"}),
		conflicts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "parley_append_conflicts_total", Help: "Inputs refused because the log was not where it was expected.",
		}),
		folds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_view_duration_seconds", Help: "How long it took to fold a view.", Buckets: fine,
		}),
		reads: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "parley_catch_up_duration_seconds", Help: "How long it took to read what was appended since the last question.", Buckets: fine,
		}),
		waits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_position_waits_total", Help: "Reads that waited for a position, by whether it came.",
		}, []string{"came"}),
		warm: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_negotiations_warm", Help: "Negotiations kept in memory.",
		}),
	}
	m.addStreams()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "parley_build_info", Help: "Which program this is; always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.requests, m.seconds, m.underWay, m.refused, m.appended, m.inputs, m.conflicts, m.folds, m.reads, m.waits, m.warm, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	for _, outcome := range []string{outcomeRecorded, outcomeRefused, outcomeConflict, outcomeFailed} {
		m.inputs.WithLabelValues(outcome) // there from the beginning, so that a rate has a start
	}
	for _, reason := range []string{"busy", "host", "origin", "role"} {
		m.refused.WithLabelValues(reason)
	}
	for _, came := range []string{"yes", "no"} {
		m.waits.WithLabelValues(came)
	}
	return m
}

// addStreams makes the metrics of streams.
func (m *metrics) addStreams() {
	m.streams = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "parley_streams_open", Help: "Streams of changes that are open.",
	})
	m.streamed = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "parley_stream_changes_total", Help: "Changes told by streams, for each of their readers.",
	})
	m.streamsEnded = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_streams_ended_total", Help: "Streams that ended, by reason.",
	}, []string{"reason"})
	m.registry.MustRegister(m.streams, m.streamed, m.streamsEnded)
	for _, reason := range []string{leftReader, leftSlow, leftEnding, leftRefused, leftStopped, leftYielded} {
		m.streamsEnded.WithLabelValues(reason)
	}
}

// handler prints the metrics as Prometheus reads them.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// since observes how long something took, in seconds.
func since(o prometheus.Observer, begun time.Time) { o.Observe(time.Since(begun).Seconds()) }

// tookIn counts what became of an input.
func (m *metrics) tookIn(events int, err error) {
	m.appended.Add(float64(events))
	outcome := outcomeRecorded
	if err != nil {
		switch kind, _ := problem.Classify(err); kind {
		case problem.Invalid, problem.Usage, problem.NotFound:
			outcome = outcomeRefused
		case problem.Conflict:
			outcome = outcomeConflict
			m.conflicts.Inc()
		default:
			outcome = outcomeFailed
		}
	}
	m.inputs.WithLabelValues(outcome).Inc()
}
