package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// contents is what the files below a folder hold, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sameContents demands that files hold what they held, but for the lock, which says
// who has it.
func sameContents(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	have := contents(t, dir)
	delete(have, filepath.Join(dir, "lock"))
	delete(want, filepath.Join(dir, "lock"))
	for name, text := range want {
		if have[name] != text {
			t.Errorf("%s was changed", name)
		}
		delete(have, name)
	}
	for name := range have {
		t.Errorf("%s was left", name)
	}
}

// reading is what only reads, and what is in the answer.
var reading = []struct {
	args []string
	want string
}{
	{[]string{"verify"}, "read; "},
	{[]string{"events", "talks"}, "of talks"},
	{[]string{"events", "talks", "--branch", "guess"}, "of talks"},
	{[]string{"state", "talks"}, "talks"},
	{[]string{"export", "talks", "--as", "cloudevents"}, `"specversion":"1.0"`},
	{[]string{"export", "talks", "--as", "csv"}, "NegotiationRegistered"},
	{[]string{"branch", "list"}, "guess"},
	{[]string{"checkpoint"}, "parley/"},
	{[]string{"backup", "-"}, ""},
	{[]string{"doctor"}, "cannot be written to"},
}

// recordToProtect makes a folder with a record, a branch and a key.
func recordToProtect(t *testing.T, data string) {
	t.Helper()
	runProgram(t, "import", "testdata/talks.csv", "--data", data)
	runProgram(t, "branch", "open", "guess", "--on", "talks", "--author", "A. Reader", "--purpose", "to see", "--data", data)
	runProgram(t, "checkpoint", "--data", data)
}

// readsAsBefore runs everything that only reads, and compares the answers with those
// from before the folder was protected.
func readsAsBefore(t *testing.T, data string, before []string) {
	t.Helper()
	for i, r := range reading {
		cmd := process(append(r.args, "--data", data)...)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%v: %v\n%s", r.args, err, said.String())
			continue
		}
		if !strings.Contains(said.String(), data+" cannot be written to: ") || !strings.Contains(said.String(), "it is read from its files") {
			t.Errorf("%v says %q, want that the folder cannot be written to", r.args, said.String())
		}
		if !strings.Contains(string(out), r.want) {
			t.Errorf("%v answers %q, want %q in it", r.args, out, r.want)
		}
		if r.args[0] != "doctor" && r.args[0] != "backup" && string(out) != before[i] {
			t.Errorf("%v answers\n%s\nbefore it was\n%s", r.args, out, before[i])
		}
	}
}

// answersOf is what everything that only reads answers.
func answersOf(t *testing.T, data string) (answers []string) {
	t.Helper()
	for _, r := range reading {
		out, err := process(append(r.args, "--data", data)...).Output()
		if err != nil {
			t.Fatalf("%v: %v", r.args, err)
		}
		answers = append(answers, string(out))
	}
	return answers
}

// writing is what writes: it is refused, and says where and why.
var writing = [][]string{
	{"import", "testdata/talks.csv"},
	{"branch", "open", "another", "--on", "talks", "--author", "A. Reader", "--purpose", "to see"},
	{"branch", "drop", "guess", "--on", "talks"},
	{"projection", "list"},
}

func refusesToWrite(t *testing.T, data, path, reason string) {
	t.Helper()
	for _, args := range writing {
		said := failProgram(t, process(append(args, "--data", data)...), exitFailure)
		for _, want := range []string{data + " cannot be written to: ", path, reason, "nothing was changed", "chmod -R u+w"} {
			if !strings.Contains(said, want) {
				t.Errorf("%v says %q, want %q in it", args, said, want)
			}
		}
		if args[0] == "projection" && strings.Contains(said, "it is read from its files") {
			t.Errorf("%v says that it is read, and refuses: %q", args, said)
		}
	}
}

// A folder on a disk that is write-protected is read from its files, and nothing is
// written to it.
func TestReadOnlyDisk(t *testing.T) {
	if !withMounts(t) {
		return
	}
	disk := mount(t, "size=64m")
	data := filepath.Join(disk, "data")
	recordToProtect(t, data)
	answers, before := answersOf(t, data), contents(t, data)
	remount(t, disk, "size=64m", unix.MS_RDONLY)
	readsAsBefore(t, data, answers)
	refusesToWrite(t, data, data, "read-only file system")
	said := failProgram(t, process("import", "testdata/talks.csv", "--data", filepath.Join(disk, "new")), exitFailure)
	if !strings.Contains(said, "is not there, and cannot be made") || !strings.Contains(said, "--data") || strings.Contains(said, "chmod") {
		t.Errorf("of a folder that is not there it says %q", said)
	}
	sameContents(t, data, before)
	remount(t, disk, "size=64m", 0)
	if out := runProgram(t, "import", "testdata/talks.csv", "--data", data); !strings.Contains(out, "Nothing changed") {
		t.Errorf("it was changed: %s", out)
	}
}

// One file or folder that the server cannot write to is found before it starts: it
// would wait, and then blame something else.
func TestReadOnlyFile(t *testing.T) {
	if !withMounts(t) {
		return
	}
	data := filepath.Join(t.TempDir(), "data")
	recordToProtect(t, data)
	answers := answersOf(t, data)
	record := filepath.Join(data, "jetstream/parley/streams/PARLEY")
	for _, path := range []string{
		filepath.Join(record, "msgs/1.blk"), filepath.Join(record, "msgs"), record,
		filepath.Join(data, "jetstream/parley/streams/PARLEY_BRANCHES/msgs/1.blk"),
		filepath.Join(data, "hashes"), filepath.Join(data, "head"), filepath.Join(data, "lock"),
	} {
		t.Run(strings.TrimPrefix(path, data), func(t *testing.T) {
			release := protect(t, path)
			defer release()
			before := contents(t, data)
			refusesToWrite(t, data, path, "read-only file system")
			readsAsBefore(t, data, answers)
			sameContents(t, data, before)
		})
	}
	if out := runProgram(t, "import", "testdata/talks.csv", "--data", data); !strings.Contains(out, "Nothing changed") {
		t.Errorf("it was changed: %s", out)
	}
}

// What is damaged in a folder that cannot be written to is told, and the rest can be
// read.
func TestReadOnlyAndDamaged(t *testing.T) {
	if !withMounts(t) {
		return
	}
	disk := mount(t, "size=64m")
	data := filepath.Join(disk, "data")
	recordToProtect(t, data)
	block := filepath.Join(data, "jetstream/parley/streams/PARLEY/msgs/1.blk")
	b, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-20] ^= 1
	if err := os.WriteFile(block, b, 0o600); err != nil {
		t.Fatal(err)
	}
	before := contents(t, data)
	remount(t, disk, "size=64m", unix.MS_RDONLY)
	failProgram(t, process("state", "talks", "--data", data), exitIntegrity)
	said := failProgram(t, process("events", "talks", "--damaged", "--data", data), exitIntegrity)
	if !strings.Contains(said, "what is left of the record") {
		t.Errorf("it says %q", said)
	}
	said = failProgram(t, process("verify", "--data", data), exitIntegrity)
	if !strings.Contains(said, "dropped") {
		t.Errorf("it says %q", said)
	}
	said = failProgram(t, process("repair", "--accept-loss", "--data", data), exitFailure)
	if !strings.Contains(said, "cannot be written to") {
		t.Errorf("it says %q", said)
	}
	sameContents(t, data, before)
}

// Where there is no key, and the folder takes none, that is told, and a key from
// elsewhere does.
func TestNoKeyOnReadOnlyDisk(t *testing.T) {
	if !withMounts(t) {
		return
	}
	disk := mount(t, "size=64m")
	data := filepath.Join(disk, "data")
	runProgram(t, "import", "testdata/talks.csv", "--data", data)
	before := contents(t, data)
	remount(t, disk, "size=64m", unix.MS_RDONLY)
	elsewhere := filepath.Join(t.TempDir(), "my.key")
	for _, args := range [][]string{
		{"checkpoint"}, {"checkpoint", "--public-key"}, {"backup", "-"}, {"proof", "reg-north"},
	} {
		args = append(args, "--data", data)
		said := failProgram(t, process(args...), exitFailure)
		for _, want := range []string{filepath.Join(data, "checkpoint.key"), "there is no key", "read-only file system", "--key"} {
			if !strings.Contains(said, want) {
				t.Errorf("%v says %q, want %q in it", args, said, want)
			}
		}
		if strings.Contains(said, "unfinished") {
			t.Errorf("%v speaks of a file that nobody knows: %q", args, said)
		}
		runProgram(t, append(args, "--key", elsewhere)...)
	}
	sameContents(t, data, before)
}
