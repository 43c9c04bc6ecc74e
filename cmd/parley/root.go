package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/eventstore"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// program is one run of the command line: its streams and its global flags.
type program struct {
	streams
	jsonErrors bool // errors are told as JSON

	data, natsURL, natsContext  string
	wait                        time.Duration
	format                      format
	asJSON                      bool
	noColor, quiet, explanatory bool

	damaged bool                    // a damaged folder is read
	damage  *eventstore.DamageError // of the folder that was read
}

// Headings under which `parley help` lists the commands.
const (
	groupBegin   = "begin"
	groupRecord  = "record"
	groupAsk     = "ask"
	groupSuppose = "suppose"
	groupKeep    = "keep"
	groupAbout   = "about"
)

// newRoot puts the commands together.
func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:   "parley",
		Short: "An event-sourced record of negotiations",
		Long: `Parley keeps what was said and done in a negotiation as events: a draft
finalized, a verbal confirmation, its retraction, the status of a ceasefire.
From that record it shows every round, draft and party position as it happened,
as it was known and as it was recorded. Where sources contradict each other, the
value is shown as contested, with the events behind each version.`,
		Example: `  parley demo --once
  parley import docs/examples/istanbul-2025/*.csv --data .parley
  parley state pak-afg-2025 drafts --as-of @s1-verbal-confirmation --data .parley`,
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.ArbitraryArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return p.settle(cmd)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.AddGroup(
		&cobra.Group{ID: groupBegin, Title: "To begin:"},
		&cobra.Group{ID: groupRecord, Title: "To record:"},
		&cobra.Group{ID: groupAsk, Title: "To ask:"},
		&cobra.Group{ID: groupSuppose, Title: "To suppose:"},
		&cobra.Group{ID: groupKeep, Title: "To keep and to prove:"},
		&cobra.Group{ID: groupAbout, Title: "To know more:"},
	)
	p.globalFlags(root.PersistentFlags())
	_ = root.RegisterFlagCompletionFunc("output", completeFormat) // it fails on unknown flags only
	root.AddCommand(
		p.demoCommand(), p.serveCommand(),
		p.importCommand(), p.appendCommand(),
		p.eventsCommand(), p.stateCommand(), p.replayCommand(), p.diffCommand(), p.whyCommand(), p.exportCommand(),
		p.branchCommand(), p.whatifCommand(), p.simulateCommand(),
		p.verifyCommand(), p.checkpointCommand(), p.proofCommand(), p.backupCommand(), p.restoreCommand(), p.repairCommand(), p.accessCommand(),
		p.schemaCommand(), p.projectionCommand(), p.doctorCommand(), p.completionCommand(), p.versionCommand(), p.docsCommand(),
		lensesTopic(),
	)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(helpCommand())
	root.SetFlagErrorFunc(flagError)
	return root
}

func (p *program) globalFlags(flags *pflag.FlagSet) {
	flags.StringVar(&p.data, "data", "", "`folder` that holds the record (default $PARLEY_DATA, else parley in the user's data folder)")
	flags.StringVar(&p.natsURL, "nats", "", "`address` of a NATS server that holds the record, in place of a folder; parley serve lets whoever has no credentials only read")
	flags.StringVar(&p.natsContext, "context", "", "`name` of a context of the nats command line, in place of a folder")
	flags.DurationVar(&p.wait, "wait", 10*time.Second, "how long to wait for a folder that another process has")
	flags.VarP(&p.format, "output", "o", "`format` of the answer: table, json, ndjson or csv")
	flags.BoolVar(&p.asJSON, "json", false, "short for --output json; errors are JSON as well")
	flags.BoolVar(&p.noColor, "no-color", false, "no colours (also with $NO_COLOR)")
	flags.BoolVarP(&p.quiet, "quiet", "q", false, "no messages and no progress, only answers and errors")
	flags.BoolVar(&p.explanatory, "verbose", false, "log what the program does to standard error")
	flags.SortFlags = false
}

// settle brings the global flags into their final form, once they are read.
func (p *program) settle(cmd *cobra.Command) error {
	if p.asJSON {
		if p.format != "" && p.format != formatJSON {
			return &usageError{Reason: fmt.Sprintf("--json and --output %s exclude each other", p.format)}
		}
		p.format = formatJSON
	}
	p.format = cmp.Or(p.format, formatTable)
	p.noColor = p.noColor || os.Getenv("NO_COLOR") != ""
	remote := p.natsURL != "" || p.natsContext != ""
	switch {
	case p.natsURL != "" && p.natsContext != "", remote && cmd.Flags().Changed("data"):
		return &usageError{Reason: "--data, --nats and --context exclude each other", Hint: "give one of them"}
	case p.wait < 0:
		return &usageError{Reason: "--wait is less than nothing", Hint: "write a duration such as 10s or 2m"}
	case !remote && p.data == "":
		p.data = defaultData()
	}
	return checkAddresses(p.natsURL)
}

// checkAddresses refuses what can be no address of a NATS server. A server that
// only fails to answer is another matter. Passwords are not repeated.
func checkAddresses(addresses string) error {
	if addresses == "" {
		return nil
	}
	for a := range strings.SplitSeq(addresses, ",") {
		a = strings.TrimSpace(a)
		full := a
		if !strings.Contains(a, "://") {
			full = "nats://" + a
		}
		u, err := url.Parse(full)
		if err == nil && u.Host != "" && slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			continue
		}
		return &usageError{
			Reason: fmt.Sprintf("--nats: %q is no address of a NATS server", a[strings.LastIndexByte(a, '@')+1:]),
			Hint:   "write nats://HOST:PORT",
		}
	}
	return nil
}

// defaultData is where the record is kept if nobody says where.
func defaultData() string {
	if dir := os.Getenv("PARLEY_DATA"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "parley")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "parley-data"
	}
	return filepath.Join(home, ".local", "share", "parley")
}

// logger writes for those who run the program; without --verbose nobody reads it.
func (p *program) logger() *slog.Logger {
	if !p.explanatory {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// tell says something to the person who waits, unless he wants quiet.
func (p *program) tell(text string, args ...any) {
	if !p.quiet {
		fmt.Fprintln(p.err, printable(fmt.Sprintf(text, args...)))
	}
}

// unknownCommand is what the root says to a word that is no command.
func unknownCommand(root *cobra.Command, read string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return &usageError{Reason: fmt.Sprintf("unknown command %q", read), Hint: guess(read, names, "parley help lists the commands")}
}

// flagError explains what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	hint := cmd.CommandPath() + " --help lists the flags"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		hint = guess("--"+strings.TrimLeft(unknown.GetSpecifiedName(), "-"), names, hint)
	}
	return &usageError{Reason: err.Error(), Hint: hint}
}

// takes checks how many arguments a command was given. The names are shown to
// whoever gave another number; those in brackets may be left out.
func takes(names ...string) cobra.PositionalArgs {
	least := 0
	for _, n := range names {
		if !strings.HasPrefix(n, "[") {
			least++
		}
	}
	endless := len(names) > 0 && strings.Contains(names[len(names)-1], "...")
	return func(cmd *cobra.Command, args []string) error {
		usage := "usage: " + cmd.UseLine()
		switch {
		case len(args) < least:
			return &usageError{Reason: cmd.CommandPath() + " needs " + names[len(args)], Hint: usage}
		case len(args) > len(names) && !endless:
			return &usageError{Reason: fmt.Sprintf("%s does not take %q", cmd.CommandPath(), args[len(names)]), Hint: usage}
		}
		return nil
	}
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Help about any command",
		Long:    "Help shows what a command does, its flags and an example.",
		Example: "  parley help import",
		GroupID: groupAbout,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range cmd.Root().Commands() {
				if len(args) == 0 && (c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand()) {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || found == nil || len(rest) > 0 && found == cmd.Root() {
				return unknownCommand(cmd.Root(), slices.Concat(rest, args)[0])
			}
			return found.Help()
		},
	}
}
