package intake

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"parley/domain"
)

// packings are the forms of compressed files, by how they begin, and what makes text of
// them.
var packings = []struct{ begins, name, hint string }{
	{"\x1f\x8b", "gzip", "gunzip -c"},
	{"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
	{"\xfd7zXZ\x00", "xz", "xz -dc"},
	{"BZh91AY", "bzip2", "bunzip2 -c"},
	{"PK\x03\x04", "zip", "unzip -p"},
}

const longestPacking = 7

// Unpacked looks at how an input begins, and gives all of it to be read on. Where it is
// compressed there is a fault instead of one for each line that is none.
func Unpacked(file string, r io.Reader) (io.Reader, *domain.Fault) {
	in := bufio.NewReaderSize(r, 16) // whoever reads more at once reads past it
	begins, err := in.Peek(longestPacking)
	if err != nil { // that is all there is; whoever asks again may have to wait again
		return io.MultiReader(bytes.NewReader(bytes.Clone(begins)), ended{err}), nil
	}
	for _, p := range packings {
		if !strings.HasPrefix(string(begins), p.begins) {
			continue
		}
		hint := "unpack it first, as with " + p.hint
		if p.name == "zip" {
			hint += "; of a workbook, save the sheet as CSV"
		}
		return in, &domain.Fault{Place: domain.Place{File: file}, Problem: domain.Malformed, Reason: "is compressed with " + p.name + ", and not read as it is", Hint: hint}
	}
	return in, nil
}

// ended is the end of an input, or why there is no more of it.
type ended struct{ err error }

func (e ended) Read([]byte) (int, error) { return 0, e.err }
