package live

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

const (
	// keyPartMax bounds what stands of an id in a key, in characters. A key is a
	// subject of NATS, and a server ends the connection of whoever sends a longer line
	// than it takes: with the longest negotiation, bucket and inbox there is room for
	// the line in 512 bytes, an eighth of what servers take that are not told
	// otherwise.
	keyPartMax = 160
	// keySumLength is how many hexadecimal digits of its SHA-256 end a shortened id.
	keySumLength = 32
)

// FormatKey is the key of an entity in a bucket: of [Envelope.Key], which has the id
// whole, to be compared with what the key is expected to be of.
func FormatKey(k Key) string {
	return k.Negotiation + "." + k.Projection + "." + FormatID(k.ID)
}

// FormatID is an id as it stands in a key. What a key cannot hold is written as = and
// two hexadecimal digits. If that takes more than 160 characters, its first 127 stand
// there, without an = whose digits are cut off, then _ and the first 32 hexadecimal
// digits of the SHA-256 of the id. No other id has an _ there.
func FormatID(id string) string {
	escaped := escapeID(id[:min(len(id), keyPartMax+1)]) // no more than is looked at
	if len(escaped) <= keyPartMax {
		return escaped
	}
	n := keyPartMax - keySumLength - 1
	for i := n - 2; i < n; i++ {
		if escaped[i] == '=' {
			n = i
		}
	}
	sum := sha256.Sum256([]byte(id))
	return escaped[:n] + "_" + hex.EncodeToString(sum[:])[:keySumLength]
}

// isNamed tells whether an entity is the one that somebody names, by its id or by what
// a key has in its place.
func (k Key) isNamed(id string) bool {
	return k.ID == id || isShortened(id) && FormatID(k.ID) == id
}

// isShortened tells whether the id itself has to be looked up in the value.
func isShortened(part string) bool { return strings.Contains(part, "_") }

// ParseKey reads the key of an entity, or of one of its pages: page is 0 for the
// entity itself. The id of a key that was shortened is as it stands in the key.
func ParseKey(s string) (k Key, page int, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 && len(parts) != 4 {
		return Key{}, 0, fmt.Errorf("key %q is none of an entity", s)
	}
	id, ok := unescapeID(parts[2])
	if len(parts) == 4 {
		page, err = strconv.Atoi(parts[3])
		ok = ok && err == nil && page > 0
	}
	if !ok {
		return Key{}, 0, fmt.Errorf("key %q is none of an entity", s)
	}
	return Key{parts[0], parts[1], id}, page, nil
}

func pageKey(key string, page int) string { return key + "." + strconv.Itoa(page) }

func escapeID(id string) string {
	var b strings.Builder
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '/':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

func unescapeID(s string) (string, bool) {
	if before, sum, ok := strings.Cut(s, "_"); ok {
		_, notHex := hex.DecodeString(sum)
		_, whole := unescapeID(before)
		return s, whole && notHex == nil && len(sum) == keySumLength && strings.ToLower(sum) == sum
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		if i+3 > len(s) {
			return "", false
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), escapeID(b.String()) == s
}
