package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exitMeanings explains the exit codes, in their order.
var exitMeanings = []struct {
	code    int
	meaning string
}{
	{exitOK, "it worked"},
	{exitFailure, "it did not work"},
	{exitUsage, "the command line is wrong"},
	{exitInvalid, "the input is refused; nothing was written"},
	{exitNotFound, "there is no such negotiation, event, projection, path or file"},
	{exitConflict, "the log is not where it was expected; nothing was written"},
	{exitUnreachable, "the store cannot be reached, or another process has it"},
	{exitIntegrity, "the log is damaged, or its streams are not set up as they must be"},
	{exitInterrupted, "interrupted"},
}

// cliPage is the reference of the command line.
func cliPage(root *cobra.Command) []byte {
	w := &page{}
	w.line("# Command line\n")
	w.line(generatedNote + "\n")
	w.paragraph("`parley help` lists the commands, `parley help COMMAND` shows one.")
	for _, g := range root.Groups() {
		var rows [][]string
		for _, c := range root.Commands() {
			if c.GroupID == g.ID && c.IsAvailableCommand() {
				rows = append(rows, []string{fmt.Sprintf("[`%s`](#%s)", c.Name(), anchor(c)), c.Short})
			}
		}
		w.table([]string{g.Title, ""}, rows)
	}
	w.line("## For all commands\n")
	w.flags(root.PersistentFlags())
	w.paragraph(`Answers go to standard output. Messages, progress and errors go to standard
error; with --json errors are JSON as well: an object as in RFC 9457 with the
members type, title, status, detail, exit, hint and, for refused input, faults.`)
	w.paragraph(`In CSV, text that a spreadsheet would take for a formula has an apostrophe before it.`)
	w.paragraph(`A view says which events count. Its string form, the flags' names and values as a
URL query, stands in every answer. A cut admits what certainly lies within it.`)
	w.line("Exit codes:\n")
	var codes [][]string
	for _, e := range exitMeanings {
		codes = append(codes, []string{fmt.Sprint(e.code), e.meaning})
	}
	w.table([]string{"code", "meaning"}, codes)
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			w.command(c)
		}
	}
	return w.Bytes()
}

// anchor is how Markdown names the heading of a command.
func anchor(c *cobra.Command) string { return "parley-" + c.Name() }

func (w *page) command(c *cobra.Command) {
	w.line("## parley %s\n", c.Name())
	w.paragraph(c.Short + ".")
	w.code(strings.TrimSuffix(c.UseLine(), " [flags]"))
	w.paragraph(c.Long)
	if c.LocalNonPersistentFlags().HasAvailableFlags() {
		w.flags(c.LocalNonPersistentFlags())
	}
	w.line("Example:\n")
	var lines []string
	for line := range strings.SplitSeq(c.Example, "\n") {
		lines = append(lines, strings.TrimPrefix(line, "  "))
	}
	w.code(strings.Join(lines, "\n"))
}

func (w *page) flags(flags *pflag.FlagSet) {
	var rows [][]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + strings.ToUpper(value)
		}
		if d := f.DefValue; d != "" && d != "false" && d != "[]" {
			usage += " (default " + d + ")"
		}
		rows = append(rows, []string{"`" + name + "`", usage})
	})
	w.table([]string{"flag", "what it does"}, rows)
}
