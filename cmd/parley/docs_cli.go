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
	{exitInUse, "others stand on what was to be dropped; nothing was changed"},
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
	w.topics(root)
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
			for _, sub := range c.Commands() {
				w.command(sub)
			}
		}
	}
	for _, c := range root.Commands() {
		if c.IsAdditionalHelpTopicCommand() {
			w.topic(c)
		}
	}
	return w.Bytes()
}

// anchor is how Markdown names the heading of a command.
func anchor(c *cobra.Command) string {
	if c.IsAdditionalHelpTopicCommand() {
		return "parley-help-" + c.Name()
	}
	return "parley-" + c.Name()
}

func (w *page) command(c *cobra.Command) {
	w.line("## %s\n", c.CommandPath())
	w.paragraph(c.Short + ".")
	w.code(strings.TrimSuffix(c.UseLine(), " [flags]"))
	w.long(c.Long)
	if c.LocalNonPersistentFlags().HasAvailableFlags() {
		w.flags(c.LocalNonPersistentFlags())
	}
	w.example(c)
}

// topics lists what `parley help` explains beside the commands.
func (w *page) topics(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.IsAdditionalHelpTopicCommand() {
			w.paragraph(fmt.Sprintf("`parley help %s`: [%s](#%s).", c.Name(), c.Short, anchor(c)))
		}
	}
}

// topic writes a text of the help that is no command.
func (w *page) topic(c *cobra.Command) {
	w.line("## parley help %s\n", c.Name())
	w.paragraph(c.Short + ".")
	w.long(c.Long)
	w.example(c)
}

// long writes the text of a help; what is indented there is a block.
func (w *page) long(text string) {
	for part := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(part, "  ") {
			w.code(unindented(part))
			continue
		}
		w.paragraph(part)
	}
}

func (w *page) example(c *cobra.Command) {
	w.line("Example:\n")
	w.code(unindented(c.Example))
}

func unindented(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimPrefix(line, "  "))
	}
	return strings.Join(lines, "\n")
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
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" {
			usage += " (default " + d + ")"
		}
		rows = append(rows, []string{"`" + name + "`", usage})
	})
	w.table([]string{"flag", "what it does"}, rows)
}
