package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/google/uuid"
)

const (
	killRows = 50_000
	killSeed = 11
)

// An import that ends in the middle and is repeated records every event once.
func TestEndedImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.csv")
	writeRows(t, file, killRows)

	begun := time.Now()
	runProgram(t, "import", file, "--data", filepath.Join(t.TempDir(), "whole"))
	whole := time.Since(begun)
	t.Run("by kill -9", func(t *testing.T) { testKilled(t, file, whole) })
	t.Run("by Ctrl-C", func(t *testing.T) { testInterrupted(t, file, whole) })
}

// testInterrupted interrupts an import: it says how far it came and how to go on.
func testInterrupted(t *testing.T, file string, whole time.Duration) {
	for range 10 {
		data := filepath.Join(t.TempDir(), "data")
		cmd := process("import", file, "--data", data)
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole / 2)
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // its exit code tells
		recorded := countOnce(t, data)
		switch recorded {
		case 0:
			whole = whole * 5 / 4
			continue
		case killRows + killNames:
			whole = whole * 3 / 4
			continue
		}
		if cmd.ProcessState.ExitCode() != exitInterrupted {
			t.Errorf("exit code %d, want %d", cmd.ProcessState.ExitCode(), exitInterrupted)
		}
		told := regexp.MustCompile(`^parley: interrupted: (at least )?([0-9,]+) of 50,003 events are recorded\nthe same import again records the rest`).FindStringSubmatch(said.String())
		if told == nil {
			t.Fatalf("it says %q", said.String())
		}
		if n, _ := strconv.Atoi(strings.ReplaceAll(told[2], ",", "")); n > recorded || n < recorded && told[1] == "" {
			t.Errorf("it says %q, but %d are recorded", told[0], recorded)
		}
		runProgram(t, "import", file, "--data", data)
		if got := countOnce(t, data); got != killRows+killNames {
			t.Errorf("%d events are recorded, want %d", got, killRows+killNames)
		}
		return
	}
	t.Fatal("no interrupt hit the middle of an import")
}

// testKilled kills an import several times.
func testKilled(t *testing.T, file string, whole time.Duration) {
	random := rand.New(rand.NewPCG(killSeed, 0))
	data := filepath.Join(t.TempDir(), "data")
	middle, before := 0, 0
	for try := 0; try < 20 && middle < 2; try++ {
		cmd := process("import", file, "--data", data)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole/4 + time.Duration(random.Int64N(int64(whole/2))))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		recorded := countOnce(t, data)
		t.Logf("killed with %d of %d events recorded", recorded, killRows+killNames)
		if recorded < before {
			t.Fatalf("%d events were recorded, then %d", before, recorded)
		}
		before = recorded
		switch {
		case recorded == killRows+killNames: // it was done
			if err := os.RemoveAll(data); err != nil {
				t.Fatal(err)
			}
			before = 0
			whole = whole * 3 / 4
		case recorded > 0:
			middle++
		}
	}
	if middle == 0 {
		t.Fatal("no kill hit the middle of an import")
	}
	runProgram(t, "import", file, "--data", data)
	if got := countOnce(t, data); got != killRows+killNames {
		t.Fatalf("%d events are recorded, want %d", got, killRows+killNames)
	}
	if out := runProgram(t, "import", file, "--data", data); !strings.Contains(out, "Nothing changed") {
		t.Fatalf("the import after the last one says: %s", out)
	}
}

// killNames is how many registrations stand before the rows.
const killNames = 3

// writeRows writes a table of so many events, always the same.
func writeRows(t *testing.T, file string, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(killSeed, 1))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{
		{"key", "type", "negotiation", "occurred", "actors", "act.title", "act.timeZone", "act.actor", "act.name", "act.kind", "act.content"},
		{"reg", "NegotiationRegistered", "long", "", "", "Long talks", "UTC", "", "", "", ""},
		{"reg-north", "ActorRegistered", "long", "", "", "", "", "north", "North", "party", ""},
		{"reg-south", "ActorRegistered", "long", "", "", "", "", "south", "South", "party", ""},
	}
	for i := range n {
		actor := []string{"north", "south", "north|south"}[random.IntN(3)]
		day := time.Date(2026, 1, 1+random.IntN(365), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		rows = append(rows, []string{
			fmt.Sprintf("row-%d", i), "StatementIssued", "long", day, actor, "", "", "", "", "",
			strings.Repeat("word ", 1+random.IntN(20)),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// countOnce counts the events of a folder and fails if one stands there twice.
func countOnce(t *testing.T, data string) int {
	t.Helper()
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Wait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := map[uuid.UUID]bool{}
	for e, err := range s.Read(t.Context(), "long", 1) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Parked() {
			t.Fatalf("#%d is no event: %v", e.Position, e.Fault)
		}
		if seen[e.Event.ID] {
			t.Fatalf("%s stands twice", e.Event.Name())
		}
		seen[e.Event.ID] = true
	}
	return len(seen)
}
