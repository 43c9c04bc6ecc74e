package mutants

// outsideFaults are those of the store, of what is live and of who may do what.
var outsideFaults = []outside{
	{mutant{
		"append whatever was appended since", "eventstore/publish.go",
		"if !seen[m.Subject] {", "if false && !seen[m.Subject] {",
	}, "./eventstore", "TestRacing|TestConflicts"},
	{mutant{
		"free what a branch stands on", "eventstore/branch_drop.go",
		"if err != nil || len(children) > 0 {\n\t\treturn err\n\t}\n\tif b.Begun > 0 {", "if err != nil || len(children) < 0 {\n\t\treturn err\n\t}\n\tif b.Begun > 0 {",
	}, "./eventstore", "Drop|Kept"},
	{mutant{
		"a branch that was read is not read on", "eventstore/branch_cache.go",
		"if from > head {", "if from > 1 {",
	}, "./eventstore", "BranchIsReadOn"},
	{mutant{
		"what may change what came before it comes late", "eventstore/branch_ground.go",
		"len(below) > 0 && !k.takesLate(below, own)", "len(below) < 0 && !k.takesLate(below, own)",
	}, "./eventstore", "LawReadOn"},
	{mutant{
		"believe the end of a backup", "eventstore/backup_read.go",
		"if text != b.end.manifest(c, branches) {", "if text == \"\" {",
	}, "./eventstore", "Manifest"},
	{mutant{
		"listeners may speak", "eventstore/access.go",
		"permissions: {publish: {deny: [ \\\">\\\" ]}, subscribe", "permissions: {publish: {deny: [ \\\"x\\\" ]}, subscribe",
	}, "./eventstore", "Listener"},
	{mutant{
		"publish an older state over a newer one", "projections/live/batch.go",
		"msg.Header[jetstream.ExpectedLastSubjSeqHeader] = []string{strconv.FormatUint(expected, 10)}", "_ = expected",
	}, "./projections/live", "TestFence|TestTwoProcesses"},
	{mutant{
		"believe the id of another log", "projections/live/trail.go",
		"append(t.sums, sumOf(h.Sum(nil)))", "append(t.sums, 1)",
	}, "./projections/live", "Trail|AnotherLog"},
	{mutant{
		"whoever supposes changes the branches of others", "cmd/parley/internal/server/access.go",
		"if w.Role.May(Append) || w.Name", "if true || w.Name",
	}, "./cmd/parley", "TestWhoseBranch"},
	{mutant{
		"a name has the branches of its former bearer", "cmd/parley/internal/server/access.go",
		"if w.Grant != \"\" {", "if w.Grant == \"-\" {",
	}, "./cmd/parley", "TestNameOfAnother"},
}
