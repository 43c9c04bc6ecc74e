package export

import (
	"slices"
	"strings"
	"unicode"

	"parley/domain"
	"parley/projections"
)

// Groups of acts, as figures mark them.
const (
	groupRounds    = "rounds"
	groupDrafts    = "drafts"
	groupPositions = "positions"
	groupEvidence  = "evidence"
	groupVoices    = "voices"
	groupGround    = "ground"
)

// groups are all of them, in the order of a legend.
var groups = []string{groupRounds, groupPositions, groupDrafts, groupEvidence, groupVoices, groupGround}

// groupOf is the group of an act: that of the catalogue, with the small ones joined
// to their neighbours.
func groupOf(a domain.Act) string {
	spec, ok := domain.SpecOf(domain.TypeOf(a))
	if !ok {
		return groupVoices
	}
	switch spec.Group {
	case "rounds", "delegations":
		return groupRounds
	case "agenda and positions", "proposals and assurances":
		return groupPositions
	case "drafts", "evidence", "ground":
		return spec.Group
	default:
		return groupVoices
	}
}

// spaced is the type of an act in words: Draft finalized.
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// about is what a happening is about, in few words: the round that it opens, holds
// or ends, what its act names, else what the act says, else the words of the source.
func about(h *projections.Happening) string {
	said := detail(h.Act())
	switch h.Act().(type) {
	case domain.RoundOpened, domain.SessionHeld, domain.RoundConcluded:
		round := string(h.Round())
		if h.Lead.Session != "" {
			round += "/" + string(h.Lead.Session)
		}
		said = strings.Trim(round+", "+said, ", ")
	default:
	}
	if s := h.Lead.Source; said == "" && s != nil {
		return quoted(s.Quote)
	}
	return said
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

// detail is what an act names, its closed words, and, where it names nothing, its
// first text.
func detail(a domain.Act) string {
	values := domain.Unbind(&domain.Event{Body: domain.Body{Act: a}})
	kinds := kindsOf(values)
	var names, words []string
	polarity, text := "", ""
	for _, v := range values {
		name, ok := strings.CutPrefix(v.Path, "act.")
		if !ok {
			continue
		}
		said := strings.Join(strings.Fields(strings.Join(v.Items, ", ")), " ")
		switch kind := kinds[v.Path]; {
		case name == "previousRound": // it is not the round that this is about
		case name == "version":
			names = append(names, "v"+said)
		case name == "polarity":
			polarity = said + " "
		case kind == domain.Name, kind == domain.Issue, kind == domain.Ceasefire:
			names = append(names, said)
		case kind == domain.Word && (said == "yes" || said == "no" || said == "unknown"):
			words = append(words, strings.ToLower(spaced(name))+" "+said)
		case kind == domain.Word:
			words = append(words, said)
		case kind == domain.Text && text == "":
			text = said
		}
	}
	if len(names) == 0 && text != "" {
		return strings.Join(append(words, text), ", ")
	}
	return strings.Trim(polarity+strings.Join(append([]string{strings.Join(names, " ")}, words...), ", "), ", ")
}

// modalityOf is in which way a happening is told, empty if somebody asserts it.
func modalityOf(h *projections.Happening) string {
	if h.Moves() {
		return ""
	}
	return string(h.Lead.Modality)
}

// shorten cuts a text to a number of letters.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return strings.TrimRight(string(r[:most-1]), " ,.;") + "…"
}

// How a happening is disputed other than in a field.
const (
	hasDenial        = "denied"
	hasContradiction = "contradicted"
)

// contests maps the names of events to how they are disputed, as the board of
// disagreements has it: the fields in which accounts differ, denied, contradicted.
func contests(pic *projections.Picture) (map[string][]string, error) {
	all, err := pic.Print("disagreements")
	if err != nil {
		return nil, err
	}
	board, err := all.Walk("disagreements")
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	add := func(event, how string) {
		if !slices.Contains(out[event], how) {
			out[event] = append(out[event], how)
		}
	}
	for _, item := range board.Items() {
		subject, _ := item.Get("subject")
		field, _ := item.Get("field")
		switch reason, _ := item.Get("reason"); projections.Reason(reason.Text()) {
		case projections.Contradicts: // of the two events that cannot both be true
			add(subject.Text(), hasContradiction)
			add(field.Text(), hasContradiction)
		case projections.Denied:
			add(subject.Text(), hasDenial)
		default:
			add(subject.Text(), strings.TrimPrefix(field.Text(), "act."))
		}
	}
	return out, nil
}

// contested lists how a happening is disputed.
func contested(board map[string][]string, h *projections.Happening) []string {
	var out []string
	for _, a := range slices.Concat(h.Accounts, h.Plans) {
		for _, how := range board[a.Name()] {
			if !slices.Contains(out, how) {
				out = append(out, how)
			}
		}
	}
	slices.Sort(out)
	return out
}

// disputedText says how a happening is disputed.
func disputedText(disputed []string) string {
	fields := slices.DeleteFunc(slices.Clone(disputed), func(how string) bool { return how == hasDenial || how == hasContradiction })
	var words []string
	if len(fields) > 0 {
		for i, f := range fields {
			fields[i] = strings.ToLower(spaced(f))
		}
		words = append(words, "contested: "+strings.Join(fields, ", "))
	}
	for _, how := range []string{hasDenial, hasContradiction} {
		if slices.Contains(disputed, how) {
			words = append(words, how)
		}
	}
	return strings.Join(words, "; ")
}
