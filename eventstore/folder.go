package eventstore

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"parley/eventstore/unfinished"

	"github.com/go-json-experiment/json"
)

// folder is a data folder. In it stand:
//
//	lock          taken by the one process that runs the server; says who it is
//	head          the high-water marks of the record and the branches
//	hashes        the hash of every entry, as it was recorded; its end is a second mark
//	dropped       which positions of the branches were freed by dropping branches
//	checkpoint.key  the key that signs checkpoints, once one was made
//	secrets.json  passwords of the server's users, readable by the owner only
//	server.json   where the server listens, while it does
//	losses.ndjson what was lost and accepted, if anything ever was
//	jetstream/    the streams, as the server keeps them
type folder struct{ dir string }

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) String() string { return f.dir }

// create makes the folder, for its owner only.
func (f folder) create() error {
	err := os.MkdirAll(f.dir, 0o700)
	if isDenied(err) {
		return f.unmade(err)
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	info, err := os.Stat(f.dir)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("data folder: %s is not a folder", f.dir)
	}
	return nil
}

// secrets are the passwords of the users that need one.
type secrets struct {
	Owner string `json:"owner"`
}

const secretsFile = "secrets.json"

// readSecrets reads the secrets of a folder that has some.
func (f folder) readSecrets() (secrets, error) {
	var s secrets
	b, err := os.ReadFile(f.path(secretsFile))
	if err != nil {
		return s, fmt.Errorf("secrets: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil || len(s.Owner) < 32 {
		return s, fmt.Errorf("secrets: %s is damaged; remove it to have new ones made", f.path(secretsFile))
	}
	return s, nil
}

// ensureSecrets reads the secrets, and makes them first where there are none.
// Only the holder of the lock may call it.
func (f folder) ensureSecrets() (secrets, error) {
	s, err := f.readSecrets()
	switch {
	case err == nil:
		// A copy or a restore may have opened them to others.
		if err := os.Chmod(f.path(secretsFile), 0o600); err != nil {
			return s, fmt.Errorf("secrets: %w", err)
		}
		return s, nil
	case !errors.Is(err, fs.ErrNotExist):
		return s, err
	}
	if s.Owner, err = newSecret(); err != nil {
		return s, err
	}
	b, err := json.Marshal(s)
	if err != nil {
		return s, fmt.Errorf("secrets: %w", err)
	}
	return s, f.write(secretsFile, b)
}

// newSecret is a password that nobody guesses.
func newSecret() (string, error) {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("secrets: %w", err)
	}
	return hex.EncodeToString(random), nil
}

// serverNote says where the folder's server listens.
type serverNote struct {
	URL string `json:"url"`
	ID  string `json:"id"` // of the server, so that another one on the same port is noticed
	PID int    `json:"pid"`
}

const serverFile = "server.json"

func (f folder) readServerNote() (serverNote, error) {
	var n serverNote
	b, err := os.ReadFile(f.path(serverFile))
	if err != nil {
		return n, err
	}
	return n, json.Unmarshal(b, &n)
}

func (f folder) writeServerNote(n serverNote) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return f.write(serverFile, b)
}

func (f folder) removeServerNote() error {
	if err := os.Remove(f.path(serverFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// write puts a small private file in place as a whole: readers see the old one or
// the new one, also after a loss of power.
func (f folder) write(name string, content []byte) error {
	file, err := unfinished.Create(f.path(name)) // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err = file.Write(append(content, '\n')); err != nil {
		err = errors.Join(err, file.Discard())
	} else {
		err = file.Place()
	}
	if err == nil {
		err = f.sync()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// salvagedDir is where what can be saved of damaged streams is put together.
const salvagedDir = "salvaged"

// sweep removes what killed processes have left in the folder. Only the holder of the
// lock may call it. A folder without a record may have lost them between two steps of a
// repair, and then they are in what was left.
func (f folder) sweep() {
	if _, err := os.Stat(f.streamDir(RecordStream)); err == nil {
		unfinished.Sweep(f.dir, "")
	}
}

// sync makes the names in the folder durable.
func (f folder) sync() error {
	d, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
