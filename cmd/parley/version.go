package main

import (
	"cmp"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: groupAbout,
		Short:   "Print the version of parley and of what it is built with",
		Long:    "Version prints which parley this is, and the versions of Go, of the embedded NATS server and of its client.",
		Example: "  parley version\n  parley version --json",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			return p.say(buildOf().answer())
		},
	}
}

// build says what this program was built from.
type build struct {
	Version    string `json:"version"`
	Revision   string `json:"revision,omitzero"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
	NATSServer string `json:"natsServer"`
	NATSClient string `json:"natsClient"`
}

func buildOf() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		b.Version = cmp.Or(b.Version, "unknown")
		return b
	}
	b.Version = cmp.Or(b.Version, info.Main.Version, "unknown")
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/nats-io/nats-server/v2":
			b.NATSServer = m.Version
		case "github.com/nats-io/nats.go":
			b.NATSClient = m.Version
		}
	}
	return b
}

func (b build) answer() answer {
	rows := [][]string{
		{"parley", b.Version},
		{"revision", b.Revision},
		{"go", b.Go},
		{"platform", b.Platform},
		{"nats-server", b.NATSServer},
		{"nats.go", b.NATSClient},
	}
	return answer{
		json:   func() any { return b },
		ndjson: func() iter.Seq[any] { return each([]build{b}, func(b build) any { return b }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"part", "version"}, each(rows, func(r []string) []string { return r }))
		},
		table: func(s *screen) {
			for _, r := range rows {
				if r[1] != "" {
					s.line(fmt.Sprintf("%-12s %s", r[0], r[1]))
				}
			}
		},
	}
}
