package projections

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"parley/domain"
)

// printDisagreements is the board of what accounts dispute: the fields in which
// accounts of one happening differ, acts that somebody denies, and events that are
// linked by contradicts, and values that are contested because the order of what
// they follow from is not known. Each lists its values with the events, sides and
// independent origins behind them.
//
// What differs only in scope, wording or date of telling is no disagreement: such
// events are separate happenings, or linked by refines-scope or same-statement.
func (p *Picture) printDisagreements() *Node {
	printed := object().put("rounds", p.printRounds()).put("process", p.printProcess()).put("drafts", p.printDrafts())
	printed.put("positions", p.printPositions()).put("mandates", p.printMandates())
	return p.disagreements(printed.put("ceasefires", p.printCeasefires()).put("evidence", p.printEvidence()))
}

// disagreements is the board, from the other projections as they are printed.
func (p *Picture) disagreements(printed *Node) *Node {
	out := list()
	for _, h := range p.Happenings {
		if h.Moves() {
			p.differences(out, h)
		}
	}
	p.contradictions(out)
	for _, name := range []string{"rounds", "process", "drafts", "positions", "mandates", "ceasefires", "evidence"} {
		if n, ok := printed.Get(name); ok {
			p.unordered(out, name, n)
		}
	}
	return out
}

// unordered adds the values of a projection that are contested because the order of
// what they follow from is not known.
func (p *Picture) unordered(out *Node, path string, n *Node) {
	if beside, ok := n.Get("contested"); ok && beside.kind == objectNode {
		for _, m := range beside.members {
			if !slices.ContainsFunc(m.node.items, isUnordered) {
				continue
			}
			by := m.node.Because()
			item := object().put("subject", leaf(path, "")).put("field", leaf(m.name, ""))
			item.put("reason", leaf(string(Unordered), "")).put("values", m.node)
			item.put("sides", words(p.sides(by), "sides of all accounts", by...))
			item.put("origins", leaf(p.links.origins(by, p.Registry), "named speakers, else document and label; same statements count once", by...))
			out.append(path+":"+m.name, item)
		}
	}
	for _, m := range n.members {
		if m.name != "contested" && !traces[m.name] {
			p.unordered(out, path+"/"+m.name, m.node)
		}
	}
	for i, item := range n.items {
		p.unordered(out, path+"/"+cmp.Or(item.id, strconv.Itoa(i)), item)
	}
}

func isUnordered(claim *Node) bool {
	reason, ok := claim.Get("reason")
	return ok && reason.Text() == string(Unordered)
}

// dispute adds an entry of the board.
func (p *Picture) dispute(out *Node, subject, field string, reason Reason, r reading) {
	n := object().put("subject", leaf(subject, "")).put("field", leaf(field, ""))
	n.put("reason", leaf(string(reason), "")).put("values", p.values(r))
	var all []*Account
	for _, c := range r {
		all = append(all, c.by...)
	}
	n.put("sides", words(p.sides(all), "sides of all accounts", all...))
	n.put("origins", leaf(p.links.origins(all, p.Registry), "named speakers, else document and label; same statements count once", all...))
	out.append(subject+":"+field, n)
}

// differences adds the fields in which accounts of one happening differ, and
// whether it is denied. A field that an account leaves out is not disputed by it.
func (p *Picture) differences(out *Node, h *Happening) {
	fields := map[string]reading{}
	for _, a := range h.Accounts {
		if len(h.Accounts) == 1 {
			break // nobody to differ from
		}
		for _, v := range domain.Unbind(a.Event) {
			if !disputable(v.Path) {
				continue
			}
			slices.Sort(v.Items)
			r := fields[v.Path]
			r.add(strings.Join(v.Items, "|"), Accounts, a)
			fields[v.Path] = r
		}
	}
	for _, path := range sortedKeys(fields) {
		r := fields[path]
		if !r.contested() || path == "occurred" && compatible(h) {
			continue
		}
		r[0].reason = ""
		p.dispute(out, h.Name(), path, Accounts, r)
	}
	if len(h.Denials) > 0 {
		var r reading
		r.add("asserted", "", h.Accounts...)
		r.add("negated", Denied, h.Denials...)
		p.dispute(out, h.Name(), "modality", Denied, r)
	}
}

// disputable are when it was, how long it lasted, who did it to whom, what type of
// act it was, and what the act says. The rest tells of the account, not of the act.
func disputable(path string) bool {
	switch path {
	case "occurred", "duration.value", "actors", "recipients", "type":
		return true
	}
	return strings.HasPrefix(path, "act.")
}

// compatible tells whether the dates of all accounts can be true together: a vague
// date does not dispute an exact one that lies in it.
func compatible(h *Happening) bool {
	common := domain.Bounds{Earliest: domain.Past, Latest: domain.Future}
	for _, a := range h.Accounts {
		common.Earliest = max(common.Earliest, a.Occurred.Earliest)
		common.Latest = min(common.Latest, a.Occurred.Latest)
	}
	return common.Earliest <= common.Latest
}

// contradictions adds the pairs of events that are linked by contradicts, each
// pair once. The value of an event is its type with what its quote says.
func (p *Picture) contradictions(out *Node) {
	for _, a := range slices.SortedFunc(slices.Values(p.Accounts), byName) {
		for _, id := range p.links.contradict[a.ID] {
			b, ok := p.visible(id)
			if !ok || a.Modality == domain.Negated || b.Modality == domain.Negated || a.ID.String() > b.ID.String() {
				continue
			}
			first, second := a, b
			if byWeight(b, a) < 0 {
				first, second = b, a
			}
			var r reading
			r.add(saying(first), "", first)
			r.add(saying(second), Contradicts, second)
			p.dispute(out, first.Name(), second.Name(), Contradicts, r)
		}
	}
}

// visible finds an account of the view.
func (p *Picture) visible(id [16]byte) (*Account, bool) {
	i := slices.IndexFunc(p.Accounts, func(a *Account) bool { return a.ID == id })
	if i < 0 {
		return nil, false
	}
	return p.Accounts[i], true
}

// saying is what an account says, shortly: its type and quote.
func saying(a *Account) string {
	if a.Source != nil && a.Source.Quote != "" {
		return a.Type() + ": " + a.Source.Quote
	}
	return a.Type() + " " + a.Name()
}
