package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// tracing continues the trace of a caller who sends a traceparent (W3C). Without an
// exporter spans cost nothing, and the ids still stand in the log.
var (
	tracer  = otel.Tracer("parley/http")
	carrier = propagation.TraceContext{}
)

// observe counts, measures and logs every request, and survives what goes wrong in
// one. The query is not logged: one day there may be a secret in it.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		s.metrics.underWay.Inc()
		defer s.metrics.underWay.Dec()
		ctx, span := tracer.Start(carrier.Extract(r.Context(), propagation.HeaderCarrier(r.Header)), r.Method+" "+r.URL.Path,
			trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		r = r.WithContext(ctx)
		seen := &watched{ResponseWriter: w}
		defer func() {
			cut := s.survive(ctx, recover(), seen, r)
			operation := s.operationOf(r.Pattern)
			span.SetAttributes(attribute.String("http.route", r.Pattern), attribute.Int("http.response.status_code", seen.status))
			s.metrics.requests.WithLabelValues(operation, strconv.Itoa(seen.status)).Inc()
			since(s.metrics.seconds.WithLabelValues(operation), begun)
			s.logRequest(ctx, r, seen, operation, time.Since(begun))
			if cut {
				panic(http.ErrAbortHandler) // else half an answer would look like a whole one
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// survive answers a request that broke, if it is not answered yet. If it is, the
// answer has to be cut off.
func (s *Server) survive(ctx context.Context, fault any, w *watched, r *http.Request) (cut bool) {
	if fault == nil {
		return false
	}
	if err, ok := fault.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		s.log.LogAttrs(ctx, slog.LevelError, "a request broke", slog.String("path", r.URL.Path), slog.String("fault", fmt.Sprint(fault)))
	}
	if w.status != 0 {
		return true
	}
	s.fail(w, r, errors.New("the request broke; the log of the server says more"))
	return false
}

func (s *Server) logRequest(ctx context.Context, r *http.Request, w *watched, operation string, took time.Duration) {
	level := slog.LevelInfo
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("operation", operation),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Duration("took", took), slog.String("from", r.RemoteAddr),
	}
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		attrs = append(attrs, slog.String("trace", sc.TraceID().String()), slog.String("span", sc.SpanID().String()))
	}
	s.log.LogAttrs(ctx, level, "request", attrs...)
}

// watched notes the status and the length of an answer.
type watched struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets deadlines and flushes through.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
