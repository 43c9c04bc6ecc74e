package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"parley/cmd/parley/internal/scenario"

	"github.com/spf13/cobra"
)

func (p *program) docsCommand() *cobra.Command {
	var check bool
	var dir string
	cmd := &cobra.Command{
		Use:     "docs",
		Hidden:  true,
		Short:   "Write the reference pages from the program",
		Long:    "Docs writes cli.md and events.md from the commands and the catalogue of acts, the tables of api.md from the API, and scenario.schema.json, or checks that they are up to date.",
		Example: "  parley docs\n  parley docs --check",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.docs(cmd, dir, check)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing, fail if a page is not up to date")
	cmd.Flags().StringVar(&dir, "dir", "docs", "`folder` of the pages")
	return cmd
}

func (p *program) docs(cmd *cobra.Command, dir string, check bool) error {
	var stale []string
	for _, page := range []struct {
		name    string
		content func(have []byte) ([]byte, error)
	}{
		{"cli.md", func([]byte) ([]byte, error) { return cliPage(cmd.Root()), nil }},
		{"events.md", func([]byte) ([]byte, error) { return eventsPage(), nil }},
		{"api.md", apiSections},
		{"scenario.schema.json", func([]byte) ([]byte, error) { return scenario.Schema, nil }},
	} {
		file := filepath.Join(dir, page.name)
		have, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("docs: %w", err)
		}
		content, err := page.content(have)
		if err != nil {
			return fmt.Errorf("docs: %w", err)
		}
		switch {
		case bytes.Equal(have, content):
		case check:
			stale = append(stale, file)
		default:
			if err := writePage(file, content); err != nil {
				return fmt.Errorf("docs: %w", err)
			}
			p.tell("wrote %s", file)
		}
	}
	if len(stale) > 0 {
		return fmt.Errorf("%s: not what the program says; run `make docs` and commit the result", strings.Join(stale, ", "))
	}
	return nil
}

func writePage(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// page is Markdown that is being written.
type page struct{ bytes.Buffer }

func (w *page) line(text string, args ...any) { fmt.Fprintf(w, text+"\n", args...) }

// paragraph writes a text with an empty line behind it.
func (w *page) paragraph(text string) { w.line("%s\n", strings.TrimSpace(text)) }

// code writes a fenced block.
func (w *page) code(text string) {
	w.line("```\n%s\n```\n", strings.TrimRight(text, "\n"))
}

// table writes a table; cells must not be broken over lines.
func (w *page) table(head []string, rows [][]string) {
	w.line("| %s |", strings.Join(head, " | "))
	w.line("|%s", strings.Repeat("---|", len(head)))
	for _, r := range rows {
		escaped := make([]string, len(r))
		for i, c := range r {
			escaped[i] = strings.NewReplacer("|", "\\|", "\n", " ").Replace(c)
		}
		w.line("| %s |", strings.Join(escaped, " | "))
	}
	w.line("")
}

const generatedNote = "<!-- Written by `parley docs` (make docs). Do not edit. -->"
