package house

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// tree maps the slash-separated names of files to their content.
type tree map[string]string

// gitTree reads what a commit of everything in the folder would hold.
func gitTree(root string) (tree, error) {
	out, err := run(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	t := tree{}
	for name := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, and the deletion not yet committed
		}
		if err != nil {
			return nil, fmt.Errorf("read a tracked file: %w", err)
		}
		t[name] = string(content)
	}
	return t, nil
}

// names returns the sorted names of the files whose extension is among exts;
// without exts, all.
func (t tree) names(exts ...string) []string {
	all := slices.Sorted(maps.Keys(t))
	if len(exts) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return !slices.Contains(exts, path.Ext(name))
	})
}

// has reports whether name is a file or a folder of the tree.
func (t tree) has(name string) bool {
	if _, ok := t[name]; ok {
		return true
	}
	for file := range t {
		if strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

// lineCount counts a last line without a line end as well.
func lineCount(content string) int {
	n := strings.Count(content, "\n")
	if content != "" && !strings.HasSuffix(content, "\n") {
		n++
	}
	return n
}

// numbered yields the lines of a text without their ends, counted from 1.
func numbered(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			if !yield(n, strings.TrimRight(line, "\r\n")) {
				return
			}
		}
	}
}

// sorted yields a map in the order of its keys.
func sorted[K cmp.Ordered, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

func run(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("run %s %s: %w\n%s", name, args[0], err, stderr.String())
	}
	return string(out), nil
}
