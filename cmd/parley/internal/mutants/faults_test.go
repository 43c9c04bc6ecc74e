package mutants

// faults are the deliberate ones. Each breaks one rule of the design.
var faults = []mutant{
	{
		"skip the recorded-by cut", "projections/branch.go",
		"log := l.Compose(s.Negotiation, cut)", "log := l.Compose(s.Negotiation, nil)",
	},
	{
		"skip the known-by cut", "projections/select.go",
		"\tif cut.IsZero() {\n\t\ts.known = all", "\tif true {\n\t\ts.known = all",
	},
	{
		"drop the lens", "projections/select.go",
		"return !s.lens.believes(a)", "return false",
	},
	{
		"skip the as-of cut", "projections/select.go",
		"if s.within(a, a.Occurred, at, KeyAsOf) {", "if _ = at; true {",
	},
	{
		"admit what straddles a cut", "projections/select.go",
		"\treturn s.View.Possibly\n}", "\treturn true\n}",
	},
	{
		"ignore a withdrawal", "projections/select.go",
		"if w.Withdrawn {\n\t\t\t\ts.withdrawn[e.Event.ID] = w.By\n\t\t\t\tcontinue\n\t\t\t}",
		"if w.Withdrawn {\n\t\t\t\tw.Body = &e.Event.Body\n\t\t\t}",
	},
	{
		"a withdrawn correction still counts", "domain/repairs.go",
		"if w.Withdrawn {\n\t\t\t\tcontinue\n\t\t\t}", "if w.Withdrawn {\n\t\t\t\tw.Body = &Body{Act: e.act}\n\t\t\t}",
	},
	{
		"the first word counts, not the last", "domain/repairs.go",
		"if _, spoken := r.words[id]; !spoken && id != e.id {", "if id != e.id {",
	},
	{
		"a correction loses the date of the report", "domain/repairs.go",
		"if c.Reported.IsZero() {", "if false {",
	},
	{
		"fold a duplicate", "projections/select.go",
		"if _, twice := ordinals[e.Event.ID]; twice {\n\t\t\tcontinue\n\t\t}", "",
	},
	{
		"order by id instead of by date", "projections/order.go",
		"if q.bounds[a].Earliest != q.bounds[b].Earliest {", "if false {",
	},
	{
		"order what is unordered", "projections/order.go",
		"(a.Bounds.Precedes(b.Bounds) ||", "(a.Bounds.Earliest < b.Bounds.Earliest ||",
	},
	{
		"ignore the order that is stated", "projections/order.go",
		"|| p.order.reaches(a.group, b.group))", "|| false)",
	},
	{
		"let order pass through what is not known yet", "projections/order.go",
		"if j, isKnown := at[b]; isKnown && j != i {\n\t\t\t\t\tedges = append(edges, [2]int{j, i})\n\t\t\t\t}",
		"if j, isKnown := at[b]; isKnown && j != i {\n\t\t\t\t\tedges = append(edges, [2]int{j, i})\n\t\t\t\t} else if !isKnown {\n\t\t\t\t\tbounds0 := b.Occurred\n\t\t\t\t\ta.Occurred.Earliest = max(a.Occurred.Earliest, bounds0.Earliest)\n\t\t\t\t}",
	},
	{
		"keep the edges of a cycle", "projections/graph.go",
		"if component[e[0]] == component[e[1]] {", "if component[e[0]] == component[e[1]] && e[0] > e[1] {",
	},
	{
		"do not tighten bounds", "projections/order.go",
		"bounds[i].Earliest = max(bounds[i].Earliest, bounds[p].Earliest)", "_ = p",
	},
	{
		"take the last account as leading", "projections/merge.go",
		"\t\tslices.SortFunc(h.Accounts, byWeight)\n", "\t\tslices.SortFunc(h.Accounts, func(a, b *Account) int { return byWeight(b, a) })\n",
	},
	{
		"a grade that cannot be judged comes first", "projections/grade.go",
		"return '~'", "return ' '",
	},
	{
		"do not join accounts", "projections/links.go",
		"same.join(i, j)", "_ = j",
	},
	{
		"treat a negation as an assertion", "domain/enums.go",
		"return m == \"\" || m == Asserted || m == Historical", "return m == \"\" || m == Asserted || m == Historical || m == Negated",
	},
	{
		"treat a plan as an assertion", "domain/enums.go",
		"return m == \"\" || m == Asserted || m == Historical", "return m == \"\" || m == Asserted || m == Historical || m == Planned",
	},
	{
		"a denial contests nothing", "projections/merge.go",
		"h.Denials = append(h.Denials, denials...)", "_ = denials",
	},
	{
		"a retraction takes back nothing", "projections/ascent.go",
		"return min(rung, 1)", "return rung",
	},
	{
		"a near-final text is final", "projections/ladder.go",
		"if a.Completeness == domain.Final {", "if true {",
	},
	{
		"verbal and written are one", "projections/commitment.go",
		"return \"none\", act.Form == domain.AnyForm", "return \"none\", true",
	},
	{
		"unknown reads as holding", "domain/acts_ground.go",
		"const CeasefireUnknown CeasefireStatus = \"unknown\"", "const CeasefireUnknown CeasefireStatus = \"holding\"",
	},
	{
		"one origin for each outlet", "projections/links.go",
		"l.origin.join(i, j)", "_ = j",
	},
	{
		"evolve in place", "projections/fold.go",
		"return &pile{f, h, f.length + 1}", "*f = pile{&pile{f.before, f.last, f.length}, h, f.length + 1}\n\treturn f",
	},
	{
		"a retraction takes back what others gave", "projections/recall.go",
		"r.first(sharing(whats, h.Lead.Actors), ", "r.first(sharing(whats, nil), ",
	},
	{
		"an order that is possible contests nothing", "projections/doubts.go",
		"loose: q.looseRetractions(filed)", "loose: q.looseRetractions(nil)",
	},
	{
		"checkpoints forget what comes late", "projections/late.go",
		"s.checkpoint(i/stride, s.states[i/stride])", "_ = i",
	},
	{
		"a warm view admits a happening in part as if it were whole", "projections/stage.go",
		"if a.whole <= c.until || a.begun > c.until || c.groups[a.group] {", "if true {",
	},
	{
		"a date means its start", "projections/view.go",
		"return c.Date.Bounds(zone).Latest\n", "return c.Date.Bounds(zone).Earliest\n",
	},
	{
		"a report without a latest date is never certainly known", "projections/select.go",
		"if a.Known.Latest == domain.Future {", "if false {",
	},
	{
		"leak a branch into the record", "projections/branch.go",
		"\tif s.View.Branch == \"\" {\n\t\tl.Branches = nil\n\t}\n", "",
	},
	{
		"a branch sees what its parent records later", "domain/lineage.go",
		"if b.Opened.FollowParent || err == nil && at.reaches(e) {", "if _ = at; err == nil {",
	},
	{
		"what is observed since takes the place of what is supposed", "domain/overrule.go",
		"return !same && settle(Overruled{Observed: e, Own: by})", "return settle(Overruled{}) && false && same",
	},
	{
		"leave out one account, not the happening", "domain/lineage.go",
		"k.parent[max(a, b)] = min(a, b)", "_ = min(a, b)",
	},
	{
		"a lens applies to what is supposed", "projections/lens.go",
		"if a.Hypothetical() {\n\t\treturn l.AdmitsSupposed(a)\n\t}\n", "",
	},
	{
		"what is supposed is known only when it is recorded", "projections/select.go",
		"a.Known = a.Occurred\n", "_ = a.Occurred\n",
	},
}
