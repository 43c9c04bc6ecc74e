package export

import (
	"bufio"
	"encoding/csv"
	"io"

	"parley/domain"
	"parley/domain/intake"

	"github.com/google/uuid"
)

// Lines writes the events of a log as NDJSON, flat, as parley import reads it.
//
// Neither the position of an event nor the time of its recording is written: they
// belong to the log that holds it, and another log gives its own.
func Lines(w io.Writer, log Log) (Tally, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	var t Tally
	err := events(log, &t, func(e *domain.Event) error {
		_, _ = out.Write(intake.JSON(e)) // the next write tells
		return out.WriteByte('\n')
	})
	if err != nil {
		return t, err
	}
	return t, out.Flush()
}

// Table writes the events of a log as CSV, as parley import reads it, with the
// columns that they fill. It goes through the log twice, and the second time no
// further than the first. Cells are guarded against spreadsheets in a way that
// import takes back ([intake.Guard]).
func Table(w io.Writer, log Log) (Tally, error) {
	var t Tally
	filled := map[string]bool{}
	var last uint64
	for e, err := range log {
		if err != nil {
			return t, err
		}
		if last = e.Position; e.Parked() {
			continue
		}
		for _, v := range domain.Unbind(e.Event) {
			filled[v.Path] = true
		}
	}
	var columns []string
	for _, c := range intake.Columns() {
		if filled[c] {
			columns = append(columns, c)
		}
	}
	out := csv.NewWriter(w)
	if len(columns) > 0 {
		if err := out.Write(columns); err != nil {
			return t, err
		}
	}
	err := events(until(log, last), &t, func(e *domain.Event) error {
		return out.Write(intake.Row(columns, e))
	})
	if err != nil {
		return t, err
	}
	out.Flush()
	return t, out.Error()
}

// events goes through the events of a log, each id once: the first counts, as in
// every view.
func events(log Log, t *Tally, write func(*domain.Event) error) error {
	seen := map[uuid.UUID]struct{}{}
	for e, err := range log {
		if err != nil {
			return err
		}
		if e.Parked() {
			t.Parked++
			continue
		}
		if _, twice := seen[e.Event.ID]; twice {
			t.Twice++
			continue
		}
		seen[e.Event.ID] = struct{}{}
		if len(domain.Check(e.Event)) > 0 {
			t.Refused++
		}
		if err := write(e.Event); err != nil {
			return err
		}
		t.Written++
	}
	return nil
}

// until is a log up to a position.
func until(log Log, last uint64) Log {
	return func(yield func(domain.Entry, error) bool) {
		for e, err := range log {
			if err == nil && e.Position > last || !yield(e, err) {
				return
			}
		}
	}
}
