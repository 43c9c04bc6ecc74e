package domain

// Both ways of the codec, for tests that compare them.
var (
	QuickEncode    = quickEncode
	QuickDecode    = quickDecode
	ThoroughEncode = thoroughEncode
	ThoroughDecode = thoroughDecode
	AppendTime     = appendTime
	KeySpace       = keySpace
)

// Plain is plain for texts.
func Plain(s string) (plainText, ascii bool) { return plain(s) }

// ContentBothWays is the canonical content, found in both ways.
func ContentBothWays(e *Event) (quick []byte, ok bool, thorough []byte, err error) {
	w := &pen{}
	ok = w.content(e.Negotiation, &e.Body)
	thorough, err = thoroughContent(e.Negotiation, &e.Body)
	return w.out, ok, thorough, err
}
