package eventstore

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"sync"
)

// noteDialer connects to whoever serves a folder now. The server of a folder may
// end and another take its place, at another port: each connection looks anew at
// the note that it left.
type noteDialer struct {
	folder folder

	mu     sync.Mutex
	dialed serverNote // what was connected to last
}

// Dial connects to the server that the note names, whatever the address.
func (d *noteDialer) Dial(network, _ string) (net.Conn, error) {
	note, err := d.folder.readServerNote()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("nobody serves the folder %s now: %w", d.folder, err)
	}
	if err != nil {
		return nil, fmt.Errorf("server of the folder %s: %w", d.folder, err)
	}
	address, err := url.Parse(note.URL)
	if err != nil {
		return nil, fmt.Errorf("server of the folder %s: %w", d.folder, err)
	}
	conn, err := net.DialTimeout(network, address.Host, connectTimeout)
	if err == nil {
		d.mu.Lock()
		d.dialed = note
		d.mu.Unlock()
	}
	return conn, err
}

// last is the note of the server that was connected to last.
func (d *noteDialer) last() serverNote {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dialed
}
