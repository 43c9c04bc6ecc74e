package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"parley/eventstore"
)

// Versions of nats-server. Below the first ones, faults are published through
// which others can crash a server or read what is not theirs (advisories of
// nats-io up to June 2026). The latter are the ones that were tested with Parley.
var (
	safeVersions      = [][3]int{{2, 12, 12}, {2, 14, 3}} // of their minor versions
	preferredVersions = [][3]int{{2, 14, 9}, {2, 15, 2}}
)

// docsCluster is where it is told how to set servers up.
const docsCluster = "docs/cluster.md"

// servers examines servers that are not ours, from what they say of themselves.
func (x *examination) servers(ctx context.Context, o eventstore.Options) error {
	f, err := eventstore.Inspect(ctx, o)
	if err != nil {
		return err
	}
	for _, n := range f.Nodes {
		of := "" // a single one needs no name, and may have none that is for people
		if len(f.Nodes) > 1 || f.Cluster != "" {
			of = " " + n.Name
		}
		x.version("version"+of, n.Version)
		x.syncing("sync"+of, n.Sync, f.Cluster != "")
	}
	if f.JetStream != nil {
		x.unfit("jetstream", "the account cannot use it: %v; enable it for the server and the account", f.JetStream)
		return nil
	}
	x.add(wellState, "jetstream", "the account can use it")
	x.rights(f.Rights)
	for _, s := range f.Streams {
		x.stream(s)
	}
	x.replicas(f)
	return nil
}

// unfit notes what is not set up as it must be.
func (x *examination) unfit(name, detail string, args ...any) {
	x.add(badState, name, detail, args...)
	if x.broken == nil {
		x.broken = &unfitError{Reason: name + ": " + fmt.Sprintf(detail, args...)}
	}
}

func (x *examination) version(name, version string) {
	safe, preferred := versionFacts(version)
	switch {
	case !safe:
		x.unfit(name, "nats-server %s has published security faults; take %s", version, versionList(preferredVersions))
	case !preferred:
		x.add(noteState, name, "nats-server %s; %s are tested with parley", version, versionList(preferredVersions))
	default:
		x.add(wellState, name, "nats-server %s", version)
	}
}

// versionFacts tells whether a version is without published faults, and whether it
// is one that is preferred or newer. A version that does not read is neither.
func versionFacts(version string) (safe, preferred bool) {
	v, ok := readVersion(version)
	return ok && reaches(v, safeVersions), ok && reaches(v, preferredVersions)
}

func readVersion(s string) (v [3]int, ok bool) {
	s, _, before := strings.Cut(strings.TrimPrefix(s, "v"), "-") // 2.14.3-RC.1 comes before 2.14.3
	parts := strings.Split(s, ".")
	if len(parts) != len(v) {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return v, false
		}
		v[i] = n
	}
	if before {
		v[2]--
	}
	return v, true
}

// reaches tells whether a version is at least the one of its minor version in the
// list, which is in order; between minor versions of the list it is not, and after
// the last it is.
func reaches(v [3]int, list [][3]int) bool {
	for _, l := range list {
		if v[0] == l[0] && v[1] == l[1] {
			return v[2] >= l[2]
		}
	}
	last := list[len(list)-1]
	return v[0] > last[0] || v[0] == last[0] && v[1] > last[1]
}

func versionList(list [][3]int) string {
	var words []string
	for _, v := range list {
		words = append(words, fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]))
	}
	return strings.Join(words, " or ")
}

// syncing says when a server syncs. Three servers that sync late still keep what
// was acknowledged unless all lose power at once; one that does loses it.
func (x *examination) syncing(name string, sync *eventstore.SyncFacts, clustered bool) {
	switch {
	case sync == nil:
		x.add(noteState, name, "it is not known whether it syncs before it acknowledges; its configuration must say sync_interval: always, and %s how it can tell", docsCluster)
	case sync.Always:
		x.add(wellState, name, "every write, before it is acknowledged")
	case clustered:
		x.add(noteState, name, "every %s only: if all servers lose power at once, acknowledged events are lost; set sync_interval: always", sync.Interval)
	default:
		x.unfit(name, "every %s only: if the server loses power, acknowledged events are lost; set sync_interval: always", sync.Interval)
	}
}

func (x *examination) rights(r *eventstore.RightsFacts) {
	const name = "permissions"
	switch {
	case r == nil:
		x.add(noteState, name, "the server does not say what this connection may do")
	case len(r.Denied) > 0:
		x.add(noteState, name, "%s cannot write; denied: %s", whoever(r.User), strings.Join(r.Denied, ", "))
	default:
		x.add(wellState, name, "%s may do all that a writer needs", whoever(r.User))
	}
}

func whoever(user string) string {
	if user == "" {
		return "whoever connects without credentials"
	}
	return "user " + user
}

func (x *examination) stream(s eventstore.StreamFacts) {
	name := "settings " + s.Name
	switch {
	case s.Fault != nil:
		x.add(noteState, name, "cannot be asked: %v", s.Fault)
	case s.Missing:
		x.add(noteState, name, "the stream is not there yet; it is made when the record is first used")
	case len(s.Wrong) > 0:
		var parts []string
		for _, w := range s.Wrong {
			parts = append(parts, fmt.Sprintf("%s is %s, must be %s", w.Name, w.Have, w.Want))
		}
		x.unfit(name, "%s; the stream is neither used nor changed", strings.Join(parts, "; "))
	default:
		x.add(wellState, name, "as they must be")
	}
}

func (x *examination) replicas(f *eventstore.Facts) {
	const name = "replicas"
	if f.Cluster == "" {
		x.add(noteState, name, "a single server: what its disk loses is lost; a cluster of three keeps three replicas (%s)", docsCluster)
		return
	}
	for _, s := range f.Streams {
		switch {
		case s.Replicas == 0: // missing, or it cannot be asked
		case s.Leader == "":
			x.add(noteState, name, "%s has no leader just now: nothing can be appended", s.Name)
		case len(s.Lagging) > 0:
			x.add(noteState, name, "%s of %s: away or behind: %s", count(s.Replicas, "replica", "replicas"), s.Name, strings.Join(s.Lagging, ", "))
		case s.Replicas < 3:
			x.unfit(name, "%s of %s, must be three", count(s.Replicas, "replica", "replicas"), s.Name)
		default:
			x.add(wellState, name, "%s of %s, led by %s", count(s.Replicas, "replica", "replicas"), s.Name, s.Leader)
		}
	}
}
