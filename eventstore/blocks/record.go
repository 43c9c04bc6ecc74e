package blocks

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/minio/highwayhash"
)

// The layout of a record.
const (
	headerSize   = 22
	checkSize    = 8
	recordMax    = 32 << 20
	headersBit   = 1 << 31
	erasedBit    = 1 << 63
	tombstoneBit = 1 << 62
)

// record is a record as it stands in a block.
type record struct {
	size    int
	seq     uint64 // with its bits
	subject []byte
	data    []byte
}

func (r record) position() uint64 { return r.seq &^ (erasedBit | tombstoneBit) }

func (r record) tombstone() bool { return r.seq&tombstoneBit != 0 }

func (r record) erased() bool { return r.seq&erasedBit != 0 }

// What is wrong with a record whose length may be right.
const wrongSum = "the check sum of a record is wrong"

// digest makes the check sums of the records of one block.
func digest(stream string, block int) *highwayhash.Digest64 {
	sum := sha256.Sum256([]byte(stream + "-" + strconv.Itoa(block)))
	h, err := highwayhash.NewDigest64(sum[:])
	if err != nil {
		panic("blocks: " + err.Error()) // the key has the right length
	}
	return h
}

// subjectAt is the subject of a record that does not read, as far as it is there.
func subjectAt(buf []byte) string {
	if len(buf) < headerSize {
		return ""
	}
	end := headerSize + int(binary.LittleEndian.Uint16(buf[20:]))
	if end > len(buf) {
		return ""
	}
	return string(buf[headerSize:end])
}

// parse reads the record at the beginning of what is left of a block.
func parse(buf []byte, h *highwayhash.Digest64) (record, string) {
	if len(buf) < headerSize+checkSize {
		return record{}, "the file ends within a record"
	}
	length := binary.LittleEndian.Uint32(buf)
	size, slen := int(length&^headersBit), int(binary.LittleEndian.Uint16(buf[20:]))
	r := record{size: size, seq: binary.LittleEndian.Uint64(buf[4:])}
	if size < headerSize+checkSize || size > recordMax || slen > size-headerSize-checkSize {
		return record{}, "the length of a record is damaged"
	}
	if size > len(buf) {
		return record{}, "the file ends within a record"
	}
	r.subject = buf[headerSize : headerSize+slen]
	r.data = buf[headerSize+slen : size-checkSize]
	h.Reset()
	_, _ = h.Write(buf[4:20])
	_, _ = h.Write(r.subject)
	if length&headersBit != 0 {
		if len(r.data) < 4 {
			return record{}, "the length of a record is damaged"
		}
		// The length of the headers is not covered by the check sum.
		headers := int(binary.LittleEndian.Uint32(r.data))
		r.data = r.data[4:]
		if headers > len(r.data) || headers > 0 && !bytes.HasSuffix(r.data[:headers], []byte("\r\n\r\n")) {
			return record{}, "the length of a record's headers is damaged"
		}
		_, _ = h.Write(r.data)
		r.data = r.data[headers:]
	} else {
		_, _ = h.Write(r.data)
	}
	if !bytes.Equal(h.Sum(nil), buf[size-checkSize:size]) {
		return r, wrongSum
	}
	return r, ""
}
