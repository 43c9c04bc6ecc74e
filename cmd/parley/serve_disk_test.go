package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// The disk of a folder that is served fills up while events arrive over HTTP: who
// sends them is told so, who reads is answered, and when there is room again events are
// recorded without a restart. None is missing, and none stands twice.
func TestServeOnFullDisk(t *testing.T) {
	if !withMounts(t) {
		return
	}
	disk := mount(t, "size=64m")
	data := filepath.Join(disk, "data")
	runProgram(t, "import", "testdata/talks.csv", "--data", data)
	b := inBackground(t, "serve", "--data", data, "--http", "127.0.0.1:0", "--json")
	var s served
	if err := json.Unmarshal([]byte(<-b.out.line), &s); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	post := func(key string) (int, string) {
		t.Helper()
		body := fmt.Sprintf(`{"type":"StatementIssued","key":%q,"occurred":"2026-03","actors":["north"]}`, key)
		status, answer := ask(t, http.MethodPost, s.HTTP+"/v1/negotiations/talks/events", body)
		acknowledged[key] = acknowledged[key] || status == http.StatusCreated || status == http.StatusOK
		return status, answer
	}
	for i := range 20 {
		if status, answer := post(fmt.Sprint("before-", i)); status != http.StatusCreated {
			t.Fatalf("%d: %s", status, answer)
		}
	}

	ballast := filepath.Join(disk, "ballast")
	filled := make(chan struct{})
	go func() { // while events arrive
		defer close(filled)
		fillDisk(t, ballast)
	}()
	full := 0
	for i := 0; full < 20; i++ {
		switch status, answer := post(fmt.Sprint("full-", i)); status {
		case http.StatusCreated:
			if i > 1_000_000 {
				t.Fatal("the disk does not fill up")
			}
		case http.StatusInsufficientStorage:
			full++
			if !strings.Contains(answer, `"type":"https://parley.invalid/problem/no-room"`) || !strings.Contains(answer, "make room") {
				t.Fatalf("it says %s", answer)
			}
		default:
			t.Fatalf("%d: %s", status, answer)
		}
		select {
		case <-filled:
			if status, answer := ask(t, http.MethodGet, s.HTTP+"/v1/negotiations/talks/state/rounds", ""); status != http.StatusOK {
				t.Fatalf("who reads is told %d: %s", status, answer)
			}
		default:
		}
	}
	<-filled
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for key, was := range acknowledged {
		if status, answer := post(key); was && status != http.StatusOK || !was && status != http.StatusCreated && status != http.StatusOK {
			t.Errorf("%s again, now that there is room: %d: %s", key, status, answer)
		}
	}
	awaitText(t, b.out.String, fmt.Sprintf(`"position":%d,`, 14+len(acknowledged)))
	b.interrupt(t)
	if out := runProgram(t, "events", "talks", "--data", data, "-o", "ndjson"); strings.Count(out, "\n") != 14+len(acknowledged) {
		t.Errorf("%d lines, want %d", strings.Count(out, "\n"), 14+len(acknowledged))
	}
	runProgram(t, "verify", "--data", data)
}

// ask sends a request, and returns the answer.
func ask(t *testing.T, method, url, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	begun := time.Now()
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("after %s: %v", time.Since(begun), err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(text)
}
