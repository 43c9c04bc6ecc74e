package main

import (
	"bytes"
	"sync"
)

// lockedText is what a process writes while the test reads it.
type lockedText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// firstLine passes on the first line that a process writes, which says that it is
// ready, and keeps all.
type firstLine struct {
	lockedText
	line chan string
	told bool
}

func (f *firstLine) Write(b []byte) (int, error) {
	n, err := f.lockedText.Write(b)
	if line, _, whole := bytes.Cut([]byte(f.String()), []byte("\n")); whole && !f.told {
		f.told = true
		f.line <- string(line)
	}
	return n, err
}
