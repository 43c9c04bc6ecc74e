package clustertest

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// asNode names the configuration in the environment of a process that is a server.
const asNode = "PARLEY_TEST_NODE_CONFIG"

const soon = time.Minute // far more than is needed, for machines that are busy

// Main makes the process a server if it was started as one, until its standard
// input ends, and returns the code to exit with. In all other processes it returns
// at once, with false.
func Main() (code int, wasServer bool) {
	config := os.Getenv(asNode)
	if config == "" {
		return 0, false
	}
	if err := serve(config); err != nil {
		fmt.Println("error:", err)
		return 1, true
	}
	return 0, true
}

func serve(config string) error {
	o, err := server.ProcessConfigFile(config)
	if err != nil {
		return err
	}
	o.NoSigs, o.NoLog = true, true
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	go s.Start()
	if !s.ReadyForConnections(soon) {
		return errors.New("not ready for connections")
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// Example is the folder docs/examples/cluster, looked for from the current folder
// upwards.
func Example() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "docs", "examples", "cluster"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod in this folder and those above it")
		}
		dir = filepath.Dir(dir)
	}
}

// documented is the environment of node.env with some of it changed. What is
// changed must be there.
func documented(dir string, change map[string]string) (env []string, err error) {
	file, err := os.Open(filepath.Join(dir, "node.env"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for scan := bufio.NewScanner(file); scan.Scan(); {
		name, value, ok := strings.Cut(scan.Text(), "=")
		if ok && !strings.HasPrefix(name, "#") {
			env = append(env, name+"="+cmp.Or(change[name], value))
			delete(change, name)
		}
	}
	for name := range change {
		return nil, fmt.Errorf("node.env does not say %s", name)
	}
	return env, nil
}
