package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/domain/intake"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

func (p *program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		GroupID: groupAbout,
		Short:   "Examine the data folder and the log",
		Long: `Doctor looks at the data folder, its permissions and its disk, at the server and
the streams and their settings, and reads the log of every negotiation from the
beginning. It says what is well and what is not, and changes nothing.

Of servers that others run (--nats, --context) it says what they lack: a version
with published security faults, JetStream, permissions, replicas, syncing.

Entries that are no events ("parked") are listed with their position and what is
wrong with them, and so are those under subjects that are no negotiation's. The exit code is 7 if something is damaged or not set up as it
must be.`,
		Example: "  parley doctor\n  parley doctor --data .parley --json\n  parley doctor --nats nats://writer@10.0.0.1:4222",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.doctor(cmd)
		},
	}
}

// state of a check.
const (
	wellState = "ok"
	noteState = "note" // worth knowing
	badState  = "bad"
)

// check is one thing that was examined.
type check struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Detail string `json:"detail"`
}

// examined is one negotiation as doctor found it.
type examined struct {
	ID      string `json:"id"`
	Title   string `json:"title,omitzero"`
	Head    uint64 `json:"position"`
	Entries int    `json:"entries"`
	Events  int    `json:"events"` // each counted once
	Parked  int    `json:"parked"`
}

// parkedEntry is an entry that is no event.
type parkedEntry struct {
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position"`
	Fault       string `json:"fault"`
}

// examination is all that doctor found.
type examination struct {
	Well         bool          `json:"ok"`
	Where        string        `json:"where"`
	Checks       []check       `json:"checks"`
	Negotiations []examined    `json:"negotiations"`
	Parked       []parkedEntry `json:"parked"`

	Foreign []eventstore.Foreign `json:"foreign"` // subjects that are no negotiation's

	Limits map[string]int64 `json:"limits"`

	broken error // the first thing that is damaged
	lesser error // the first of which no event depends on it
}

func (x *examination) add(state, name, detail string, args ...any) {
	x.Checks = append(x.Checks, check{name, state, fmt.Sprintf(detail, args...)})
	x.Well = x.Well && state != badState
}

// bad notes what is damaged. The report is given before the error.
func (x *examination) bad(name string, err error) {
	x.add(badState, name, "%v", err)
	if x.broken == nil {
		x.broken = &brokenError{Reason: name + ": " + err.Error()}
	}
}

func (p *program) doctor(cmd *cobra.Command) error {
	if err := p.mustExist(); err != nil {
		return err
	}
	x := &examination{Well: true, Where: p.data, Negotiations: []examined{}, Parked: []parkedEntry{}, Foreign: []eventstore.Foreign{}, Limits: limits()}
	var err error
	unfit := false // what is not set up as it must be is not opened
	if p.data != "" {
		x.folder(p.data)
	} else {
		err = x.servers(cmd.Context(), p.options(cmd))
		unfit = x.broken != nil
	}
	if err == nil && !unfit {
		err = p.examine(cmd, x)
	}
	if err != nil && problem.Of(err).Exit == exitUnreachable {
		x.add(badState, "server", "%v", err)
	} else if err != nil {
		return err
	}
	if sayErr := p.say(x.answer()); sayErr != nil {
		return sayErr
	}
	return cmp.Or(err, x.broken, x.lesser)
}

// examine opens the store and reads it. A store that cannot be opened because it
// is damaged is a finding; any other reason is an error.
func (p *program) examine(cmd *cobra.Command, x *examination) (err error) {
	o := p.options(cmd)
	o.OnDamage, o.Reads = eventstore.ReadDamaged, true
	s, err := eventstore.Open(cmd.Context(), o)
	if err != nil && problem.Of(err).Exit == exitIntegrity {
		x.bad("log", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	x.Where = s.Where()
	if err := x.server(cmd.Context(), s, p.data != ""); err != nil {
		return err
	}
	if d := s.Damage(); d != nil {
		x.bad("log", d)
	}
	known, err := s.Negotiations(cmd.Context())
	if err != nil {
		return err
	}
	if err := x.read(s.ReadAll(cmd.Context()), known); err != nil {
		return err
	}
	x.unread(cmd.Context(), s, known)
	unread, err := s.UnreadBranches(cmd.Context())
	if err != nil {
		return err
	}
	if unread != nil {
		x.bad("branches", unread)
	}
	x.entries()
	foreign, err := s.Foreign(cmd.Context())
	if err != nil {
		return err
	}
	x.foreign(foreign)
	orphans, err := s.Orphans(cmd.Context())
	if err != nil {
		return err
	}
	for _, b := range orphans {
		x.add(noteState, "branches", "branch %s of %s cannot be read, for branch %s, on which it stands, was dropped before it was opened; parley branch drop %s --on %s takes it away",
			b.Branch, b.Negotiation, b.Parent, b.Branch, b.Negotiation)
	}
	return nil
}

// read goes through the log once, for all negotiations.
func (x *examination) read(log iter.Seq2[eventstore.Located, error], known []eventstore.Negotiation) error {
	entries, ledgers := map[string]int{}, map[string]*domain.Ledger{}
	for _, n := range known {
		ledgers[n.ID] = domain.NewLedger(n.ID)
	}
	for e, err := range log {
		if err != nil && problem.Of(err).Exit == exitIntegrity {
			x.bad("log", err)
			break
		}
		if err != nil {
			return err
		}
		ledger := ledgers[e.Negotiation]
		if ledger == nil {
			continue // begun just now
		}
		entries[e.Negotiation]++
		ledger.Apply(e.Entry)
		if e.Parked() {
			x.Parked = append(x.Parked, parkedEntry{e.Negotiation, e.Position, fmt.Sprint(e.Fault)})
		}
	}
	now := time.Now()
	for _, n := range known {
		l := ledgers[n.ID]
		x.clock(n.ID, l.LastRecorded().Sub(now))
		x.Negotiations = append(x.Negotiations, examined{
			ID: n.ID, Title: l.Registry().Title, Head: n.Head, Entries: entries[n.ID], Events: l.Len(), Parked: l.Parked(),
		})
	}
	return nil
}

// unread tells of entries that the server counts and does not show: they became damaged
// while it has the folder. Of a damaged folder as much is counted as reads.
func (x *examination) unread(ctx context.Context, s *eventstore.Store, known []eventstore.Negotiation) {
	if slices.ContainsFunc(x.Checks, func(c check) bool { return c.Name == "log" && c.State == badState }) {
		return // why is told
	}
	for i, n := range known {
		if read := uint64(x.Negotiations[i].Entries); read < n.Count {
			x.bad("log", s.Unread(ctx, n.ID, read, n.Count))
		}
	}
}

// clockAhead is by how much a log may be ahead of this clock without a note.
const clockAhead = 5 * time.Minute

// clock notes a log whose last event says that it was recorded later than now: some
// clock was wrong, and the stamps of what follows say nothing until then.
func (x *examination) clock(negotiation string, ahead time.Duration) {
	if ahead > clockAhead {
		x.add(noteState, "clock", "the last event of %s says that it was recorded %s after this clock; what is recorded until then gets the same time", negotiation, ahead.Round(time.Minute))
	}
}

// foreign notes what stands where no command but this one and verify looks.
func (x *examination) foreign(found []eventstore.Foreign) {
	x.Foreign = append(x.Foreign, found...)
	total := uint64(0)
	for _, f := range found {
		total += f.Entries
	}
	if total > 0 {
		x.add(noteState, "subjects", "%s under no negotiation, as shown below; they are no events, and no other command shows them",
			count(total, "entry stands", "entries stand"))
	}
}

// entries says whether everything in the log could be read.
func (x *examination) entries() {
	total := 0
	for _, n := range x.Negotiations {
		total += n.Entries
	}
	read := fmt.Sprintf("%s of %s read", count(total, "entry", "entries"), count(len(x.Negotiations), "negotiation", "negotiations"))
	if len(x.Parked) > 0 {
		x.add(noteState, "entries", "%s; %s and parked, as shown below: they change no state", read, count(len(x.Parked), "is no event", "are no events"))
		return
	}
	x.add(wellState, "entries", "%s, all are events", read)
}

// limits are the sizes that are refused.
func limits() map[string]int64 {
	return map[string]int64{
		"eventBytes": domain.MaxEventBytes, "quoteCharacters": domain.MaxQuoteRunes, "idBytes": domain.MaxIDLength,
		"lineBytes": intake.MaxLine, "batchEvents": eventstore.MaxBatch, "batchBytes": eventstore.MaxBatchBytes,
		"branches": eventstore.MaxBranches, "branchEvents": eventstore.MaxBranchEvents, "branchBytes": eventstore.MaxBranchBytes,
	}
}

func (x *examination) answer() answer {
	head := []string{"check", "state", "detail"}
	row := func(c check) []string { return []string{c.Name, c.State, c.Detail} }
	return answer{
		json:   func() any { return x },
		ndjson: func() iter.Seq[any] { return each(x.Checks, func(c check) any { return c }) },
		csv:    func() iter.Seq[[]string] { return withHead(head, each(x.Checks, row)) },
		table:  func(s *screen) { x.show(s) },
	}
}

func (x *examination) show(s *screen) {
	t := &sheet{title: "Examined: " + x.Where, head: []string{"", "check", "detail"}}
	for _, c := range x.Checks {
		t.row(c.State, c.Name, c.Detail)
	}
	s.show(t)
	s.line("")
	n := &sheet{title: "Negotiations", head: []string{"negotiation", "title", "position", "events", "parked"}, empty: "none yet"}
	for _, e := range x.Negotiations {
		n.row(e.ID, e.Title, "#"+strconv.FormatUint(e.Head, 10), strconv.Itoa(e.Events), strconv.Itoa(e.Parked))
	}
	s.show(n)
	if len(x.Parked) > 0 {
		s.line("")
		k := &sheet{title: "Parked", head: []string{"negotiation", "position", "fault"}}
		for _, e := range x.Parked {
			k.row(e.Negotiation, "#"+strconv.FormatUint(e.Position, 10), e.Fault)
		}
		s.show(k)
	}
	if len(x.Foreign) > 0 {
		s.line("")
		f := &sheet{title: "Under no negotiation", head: []string{"subject", "entries", "positions"}}
		for _, e := range x.Foreign {
			f.row(e.Subject, strconv.FormatUint(e.Entries, 10), positionsText(e))
		}
		s.show(f)
	}
	s.line("")
	s.paragraph(fmt.Sprintf("Limits: an event takes at most %s, a quote %d characters, an id %d; up to %s events or %s are recorded whole or not at all.",
		bytesText(domain.MaxEventBytes), domain.MaxQuoteRunes, domain.MaxIDLength, thousands(eventstore.MaxBatch), bytesText(eventstore.MaxBatchBytes)), "  ")
	notes := slices.ContainsFunc(x.Checks, func(c check) bool { return c.State == noteState })
	switch {
	case x.Well && notes:
		s.line("Nothing is damaged; see the notes above.")
	case x.Well:
		s.line("All is well.")
	}
}

// positionsShown is how many positions of a subject a person is shown.
const positionsShown = 10

// positionsText lists the first positions of a foreign subject: #3, #9 and 4 more.
func positionsText(f eventstore.Foreign) string {
	var parts []string
	for _, at := range f.Positions[:min(positionsShown, len(f.Positions))] {
		parts = append(parts, "#"+strconv.FormatUint(at, 10))
	}
	text := strings.Join(parts, ", ")
	if more := int(f.Entries) - len(parts); more > 0 && len(parts) > 0 {
		text += fmt.Sprintf(" and %s more", thousands(more))
	}
	return text
}
