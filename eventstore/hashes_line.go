package eventstore

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"

	"parley/domain"
	"parley/eventstore/seal"
)

const (
	hashesHead  = "parley hashes 1\n"
	checkLength = 9 // a space and eight digits
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// keptLine is a line of the hashes. One that is damaged says nothing.
type keptLine struct {
	seal.Line
	damaged bool
	at      int64 // where it begins in the file
}

// wholeLine tells whether a text ends in a line that was written whole.
func wholeLine(text []byte) bool {
	line := text[bytes.LastIndexByte(text[:len(text)-1], '\n')+1:]
	_, ok := parseKept(line)
	return ok || isRemark(line) || string(line) == hashesHead
}

// lastKept finds the last line of an index.
func lastKept(text []byte) (seal.Line, bool) {
	for end := len(text); end > 0; {
		begin := bytes.LastIndexByte(text[:end-1], '\n') + 1
		if l, ok := parseKept(text[begin:end]); ok {
			return l, true
		}
		end = begin
	}
	return seal.Line{}, false
}

func isRemark(text []byte) bool {
	return len(text) > 2 && text[0] == '#' && text[len(text)-1] == '\n'
}

// appendKept writes a line and its check sum.
func appendKept(b []byte, l seal.Line) []byte {
	begin := len(b)
	b = l.AppendTo(b)
	b = b[:len(b)-1]
	return append(appendCheck(b, b[begin:]), '\n')
}

// appendCheck writes a space and the check sum of a text in eight digits.
func appendCheck(b, text []byte) []byte {
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.Checksum(text, castagnoli))
	return hex.AppendEncode(append(b, ' '), sum[:])
}

func parseKept(text []byte) (seal.Line, bool) {
	text, whole := bytes.CutSuffix(text, []byte("\n"))
	if !whole || len(text) < checkLength {
		return seal.Line{}, false
	}
	content, sum := text[:len(text)-checkLength], text[len(text)-checkLength:]
	if want := appendCheck(make([]byte, 0, checkLength), content); !bytes.Equal(want, sum) {
		return seal.Line{}, false
	}
	l, err := seal.ParseLine(content)
	return l, err == nil
}

// lineOf is the line of the index for a message.
func lineOf(m stored) seal.Line {
	return seal.Line{Position: m.position, Log: logName(m.subject), Leaf: seal.Leaf(m.data)}
}

// logName is the name of a subject of the record in the index.
func logName(subject string) string {
	if len(subject) > len(recordPrefix) && domain.ValidID(subject[len(recordPrefix):]) {
		return subject[len(recordPrefix):]
	}
	return seal.LogName(subject[min(len(recordPrefix), len(subject)):])
}
