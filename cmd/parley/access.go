package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

func (p *program) accessCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "access",
		GroupID: groupKeep,
		Short:   "Say who may do what",
		Long: `Access grants roles in the record of a data folder. An analyst records and reads, a
simulator reads and opens branches and sessions, a dashboard reads and watches.

Each name has a secret: the bearer token of HTTP, and the password of the NATS user
of that name. It is shown once, and only hashes of it are kept. What is granted or
revoked is in force within a second where parley serve runs; revoking cuts
connections.

Once something was granted, whoever shows no secret may only read, and only from this
machine; --anonymous of parley serve says otherwise. Then it may listen at other
addresses too. On other servers roles are users that their operator configures:
docs/cluster.md.`,
		Example: `  parley access add alice --role analyst
  parley access list
  parley access revoke alice`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.accessAddCommand(), p.accessListCommand(), p.accessRevokeCommand())
	return cmd
}

// accessFolder is the folder whose grants a command is about.
func (p *program) accessFolder() (string, error) {
	if p.data == "" {
		return "", &usageError{Reason: "roles are granted in a data folder", Hint: "on other servers they are users that their operator configures: " + docsCluster}
	}
	return p.data, p.mustExist()
}

// grantError says what stands in the way of a grant.
type grantError struct{ *eventstore.GrantError }

// Explain says what it means to the caller.
func (e grantError) Explain() (problem.Kind, string) {
	if e.Taken {
		return problem.Conflict, "revoke it first, or choose another name"
	}
	return problem.NotFound, "parley access list shows what is granted"
}

func explainGrant(err error) error {
	if e, ok := errors.AsType[*eventstore.GrantError](err); ok {
		return grantError{e}
	}
	return err
}

// grantLine is a grant as it is listed.
type grantLine struct {
	Name   string `json:"name"`
	Role   string `json:"role"`
	Since  string `json:"since,omitzero"`
	Inbox  string `json:"inboxPrefix"` // that its clients of NATS have to use
	Secret string `json:"secret,omitzero"`
	ID     string `json:"id,omitzero"` // of the grant, in the opener of its branches
}

func (l grantLine) cells() []string {
	return []string{l.Name, l.Role, l.Since, l.Inbox, l.Secret, l.ID}
}

var grantHead = []string{"name", "role", "since", "inboxPrefix", "secret", "id"}

func grantAnswer(lines []grantLine, table func(*screen)) answer {
	return answer{
		json: func() any {
			if len(lines) == 1 && lines[0].Since == "" {
				return lines[0]
			}
			return lines
		},
		ndjson: func() iter.Seq[any] { return each(lines, func(l grantLine) any { return l }) },
		csv:    func() iter.Seq[[]string] { return withHead(grantHead, each(lines, grantLine.cells)) },
		table:  table,
	}
}

func (p *program) accessAddCommand() *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "add NAME --role ROLE",
		Short: "Grant a role to a name, and show its secret once",
		Long: `Add grants a role: analyst, dashboard or simulator. The secret is written to standard
output and kept nowhere.`,
		Example: `  parley access add alice --role analyst
  parley access add wall --role dashboard --json`,
		Args:                  takes("NAME"),
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&role, "role", "", "`role`: "+strings.Join(eventstore.Roles(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(eventstore.Roles(), cobra.ShellCompDirectiveNoFileComp)) // it fails on unknown flags only
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(eventstore.Roles(), role) {
			return &usageError{Reason: fmt.Sprintf("%q is no role", role), Hint: guess(role, eventstore.Roles(), "write --role "+strings.Join(eventstore.Roles(), ", --role "))}
		}
		dir, err := p.accessFolder()
		if err != nil {
			return err
		}
		secret, err := eventstore.AddGrant(dir, args[0], role, time.Now())
		if err != nil {
			return explainGrant(err)
		}
		l := grantLine{Name: args[0], Role: role, Inbox: eventstore.InboxPrefix(args[0]), Secret: secret}
		return p.say(grantAnswer([]grantLine{l}, func(s *screen) {
			s.line(fmt.Sprintf("%s is %s %s from now on.", l.Name, article(l.Role), l.Role))
			s.line("Secret, shown only now: " + l.Secret)
			s.line("HTTP: the header Authorization: Bearer SECRET")
			s.line("NATS: the user " + l.Name + " with the secret as its password, and the inbox prefix " + l.Inbox)
		}))
	}
	return cmd
}

func article(role string) string {
	if strings.HasPrefix(role, "a") {
		return "an"
	}
	return "a"
}

func (p *program) accessListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who may do what",
		Long: `List shows what is granted, without secrets, for these are kept nowhere. The branches
of a grant have its name and its id in their opener: parley:grant/NAME/ID.`,
		Example: "  parley access list\n  parley access list --json",
		Args:    takes(),
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		dir, err := p.accessFolder()
		if err != nil {
			return err
		}
		g, err := eventstore.ReadGrants(dir)
		if err != nil {
			return err
		}
		lines := []grantLine{}
		for _, one := range g.All {
			lines = append(lines, grantLine{Name: one.Name, Role: one.Role, Since: one.Since.UTC().Format(time.RFC3339), Inbox: eventstore.InboxPrefix(one.Name), ID: one.ID})
		}
		return p.say(grantAnswer(lines, func(s *screen) {
			t := &sheet{head: []string{"name", "role", "since", "id"}, empty: "nothing is granted; parley access add grants a role"}
			for _, l := range lines {
				t.row(l.Name, l.Role, l.Since, l.ID)
			}
			s.show(t)
		}))
	}
	return cmd
}

func (p *program) accessRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Take back what was granted to a name",
		Long: `Revoke takes back what was granted. Where parley serve runs, the secret is refused
within a second, and connections that were made with it are cut. What the name opened
stays; whoever is granted the name later has none of these branches, and analysts
drop them.`,
		Example: "  parley access revoke alice",
		Args:    takes("NAME"),
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		dir, err := p.accessFolder()
		if err != nil {
			return err
		}
		if err := eventstore.RevokeGrant(dir, args[0]); err != nil {
			return explainGrant(err)
		}
		p.tell("parley: nothing is granted to %s any more", args[0])
		return nil
	}
	return cmd
}
