package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

const twiceRows = 100_000

// Two processes import the same large file at the same time: every event is
// recorded once, and each process says what it did of it.
func TestTwoImportsAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.csv")
	writeRows(t, file, twiceRows)
	data := filepath.Join(t.TempDir(), "data")
	server := inBackground(t, "serve", "--data", data, "--quiet")
	select {
	case <-server.out.line:
	case <-time.After(time.Minute):
		t.Fatal("parley serve says nothing")
	}
	var imports [2]*background
	for i := range imports {
		imports[i] = inBackground(t, "import", file, "--data", data, "--json")
	}
	recorded := 0
	for i, b := range imports {
		if err := b.cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, b.err.String())
		}
		var report importReport
		if err := json.Unmarshal([]byte(b.out.String()), &report); err != nil {
			t.Fatal(err)
		}
		t.Logf("process %d recorded %d events and found %d", i, report.New, report.Known)
		if report.New+report.Known != twiceRows+killNames {
			t.Errorf("process %d accounts for %d events, want %d", i, report.New+report.Known, twiceRows+killNames)
		}
		recorded += report.New
	}
	if recorded != twiceRows+killNames {
		t.Errorf("the processes recorded %d events together, want %d", recorded, twiceRows+killNames)
	}
	server.interrupt(t)
	if got := countOnce(t, data); got != twiceRows+killNames {
		t.Errorf("%d events are recorded, want %d", got, twiceRows+killNames)
	}
}
