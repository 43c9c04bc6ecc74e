package projections

import (
	"slices"
	"strconv"
	"sync"

	"parley/domain"
)

// heldText is what a base knows of a draft.
type heldText struct {
	issues []domain.IssueID // that it is said to settle
	movers []domain.ActorID // whom what is done to it moves on them
	top    int              // the highest rung at which a version stands
	ladder func() *heldLadder
}

// heldLadder is what a base knows of the versions of a draft. It is made when a
// continuation first touches the draft.
type heldLadder struct {
	versions map[int]*heldVersion
	other    *heldVersion // of which the base knows nothing
}

// heldVersion is what a base knows of one version.
type heldVersion struct {
	top     int // the rung at which it stands
	steps   []heldRung
	reached bool // any rung, so that tabled is left of it at least
	takers  takers
}

// heldRung is what stands at a rung above tabled.
type heldRung struct {
	rung int
	class
}

// noText is a draft of which a base knows nothing.
var noText = &heldText{ladder: sync.OnceValue(func() *heldLadder { return &heldLadder{other: &heldVersion{}} })}

func (p *Picture) heldText(filed []*Happening) *heldText {
	t := &heldText{issues: issuesSettled(filed), ladder: sync.OnceValue(func() *heldLadder { return p.heldLadder(filed) })}
	movers := map[domain.ActorID]bool{}
	for _, h := range filed {
		for _, a := range h.Accounts {
			if movesDraft(a.Act) {
				for _, party := range a.Actors {
					movers[party] = true
				}
			}
		}
	}
	t.movers = sortedKeys(movers)
	return t
}

func (p *Picture) heldLadder(filed []*Happening) *heldLadder {
	byVersion := p.versions(filed)
	l := &heldLadder{versions: map[int]*heldVersion{}}
	for v, of := range byVersion {
		l.versions[v] = p.heldVersion(v, of)
	}
	// Retractions that name no version bear on every one, also on those to come.
	l.other = &heldVersion{takers: takersOf(ofType[domain.CommitmentRetracted](byVersion[0]))}
	return l
}

func (p *Picture) heldVersion(version int, filed []*Happening) *heldVersion {
	v := &heldVersion{}
	a := p.inquire().climb(climber{version, ""}, filed)
	at := make([][]*Happening, len(rungs))
	for _, s := range a.line {
		left := leftOf(s.rung, s.taken(none))
		at[left] = append(at[left], s.Happening)
	}
	v.reached, v.top = len(a.line) > 0, a.base.stand
	for rung := len(rungs) - 1; rung > 1; rung-- {
		for _, of := range classes(at[rung], func(*Happening) string { return strconv.Itoa(rung) }) {
			v.steps = append(v.steps, heldRung{rung, of})
		}
	}
	v.takers = takersOf(a.all)
	return v
}

// draftTop is the highest rung at which a version of a draft stands now.
func (b *Base) draftTop(p *Picture, d domain.DraftID, was *heldText, own []*Happening) int {
	ladder, byVersion := was.ladder(), map[int][]*Happening{}
	var loose []*Happening // retractions that may mean any version
	retracted := false
	for _, h := range own {
		act, back := h.Act().(domain.CommitmentRetracted)
		retracted = retracted || back
		versions := []int{identityOf(h.Act()).version}
		if back && versions[0] == 0 {
			if versions = b.versionsNamed(act, d, own); len(versions) == 0 {
				versions, loose = []int{0}, append(loose, h)
			}
		}
		for _, v := range versions {
			byVersion[v] = append(byVersion[v], h)
		}
	}
	top := was.top
	if retracted {
		top = 0
		for v, held := range ladder.versions {
			if _, touched := byVersion[v]; !touched && len(loose) == 0 {
				top = max(top, held.top)
			} else if !touched {
				byVersion[v] = nil
			}
		}
	}
	for v, filed := range byVersion {
		if v > 0 {
			filed = append(filed, loose...)
		}
		held, ok := ladder.versions[v]
		if !ok {
			held = ladder.other
		}
		top = max(top, b.versionTop(p, held, filed))
	}
	return top
}

// versionsNamed lists the versions that a retraction of a continuation bears on
// through the acts that it names.
func (b *Base) versionsNamed(act domain.CommitmentRetracted, d domain.DraftID, own []*Happening) (out []int) {
	for _, ref := range act.Retracts {
		id := ref.Resolve(b.pic.Negotiation)
		named := b.namedBy(id)
		if i := slices.IndexFunc(own, func(h *Happening) bool { return h.has(id) }); i >= 0 {
			named = own[i : i+1]
		}
		for _, h := range named {
			if !slices.ContainsFunc(h.Accounts, func(a *Account) bool { return identityOf(a.Act).draft == d }) {
				continue
			}
			for _, a := range h.Accounts {
				if v := identityOf(a.Act).version; v > 0 && !slices.Contains(out, v) {
					out = append(out, v)
				}
			}
		}
	}
	return out
}

// versionTop is the rung at which a version stands, with what is new on it.
func (b *Base) versionTop(p *Picture, held *heldVersion, own []*Happening) int {
	top, retractions := 0, ofType[domain.CommitmentRetracted](own)
	if held.reached {
		top = 1
	}
	if len(retractions) == 0 {
		top = held.top
	}
	named := b.named(retractions)
	for _, s := range held.steps { // the highest first
		if s.rung <= top {
			break
		}
		if s.last(s.removalFrom(retractions, named, func(act domain.CommitmentRetracted) bool { return takesRung(act, s.rung) })) != nil {
			top = s.rung
		}
	}
	for _, h := range own {
		rung := rungOf(h.Act())
		if rung > 1 && held.takers.take(h, func(act domain.CommitmentRetracted) bool { return takesRung(act, rung) }) {
			rung = 1
		}
		if rung > top {
			rung = p.left(h, rung, retractions)
		}
		top = max(top, rung)
	}
	return top
}
