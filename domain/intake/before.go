package intake

import "strings"

// before holds what stood last at each path of a file. Most values of a row stand in
// the row above it as well, and need their memory once.
type before map[string]string

// same gives a text that takes no other memory than its own: what stood here before,
// if it is the same, or a copy, for what was read is a part of its whole row.
func (b before) same(path, text string) string {
	if was, ok := b[path]; ok && was == text {
		return was
	}
	text = strings.Clone(text)
	b[path] = text
	return text
}
