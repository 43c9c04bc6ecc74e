package main

import (
	"iter"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/cmd/parley/internal/scenario"
	"parley/domain"
	"parley/domain/schema"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
)

func (p *program) schemaCommand() *cobra.Command {
	var template, stored, model bool
	cmd := &cobra.Command{
		Use:     "schema [TYPE]",
		GroupID: groupAbout,
		Short:   "Print the JSON Schema of events, or a template for tables",
		Long: `Schema prints the JSON Schema (draft 2020-12) of the events of one type, in the
flat form in which people and programs write them; with --stored in the form of
the log, a CloudEvent. Without a type it lists the types; with --json it prints the
schema of all events in both forms.

With --csv it prints the header of a table, for one type or for all, and explains
the columns on standard error. With -o csv, ndjson or json the explanation itself
is the answer.

With --scenario it prints the schema of the files that simulate reads.`,
		Example: `  parley schema
  parley schema DraftFinalized > DraftFinalized.schema.json
  parley schema --stored DraftFinalized
  parley schema --csv DraftFinalized > drafts.csv
  parley schema --csv -o csv > codebook.csv
  parley schema --scenario > scenario.schema.json`,
		Args:              takes("[TYPE]"),
		ValidArgsFunction: completeTypes,
	}
	cmd.Flags().BoolVar(&template, "csv", false, "print the header of a table, and explain its columns")
	cmd.Flags().BoolVar(&stored, "stored", false, "the form in which the log stores the event")
	cmd.Flags().BoolVar(&model, "scenario", false, "the form of the scenarios that simulate reads")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if model {
			if len(args) > 0 || template || stored {
				return &usageError{Reason: "--scenario stands alone", Hint: "parley schema --scenario"}
			}
			return p.say(answer{
				json: func() any { return jsontext.Value(scenario.Schema) },
				ndjson: func() iter.Seq[any] {
					return each([]any{jsontext.Value(scenario.Schema)}, func(v any) any { return v })
				},
				csv: func() iter.Seq[[]string] {
					return withHead([]string{"schema"}, each([]string{string(scenario.Schema)}, func(s string) []string { return []string{s} }))
				},
				table: func(s *screen) { _, _ = s.out.Write(scenario.Schema) },
			})
		}
		var spec *domain.Spec
		if len(args) > 0 {
			var err error
			if spec, err = reply.TypeNamed(args[0]); err != nil {
				return err
			}
		}
		switch {
		case template && stored:
			return &usageError{Reason: "--csv and --stored exclude each other", Hint: "tables are never stored"}
		case template:
			return p.template(spec)
		case spec == nil:
			return p.say(typesAnswer())
		case stored:
			return p.say(schemaAnswer(spec, schema.Event(spec)))
		default:
			return p.say(schemaAnswer(spec, schema.Input(spec)))
		}
	}
	return cmd
}

// template prints the header of a table as the answer, and the codebook beside it.
func (p *program) template(spec *domain.Spec) error {
	entries := codebook(spec)
	if p.format == formatTable {
		if err := writeCSV(p.out, each([][]string{templateColumns(spec)}, func(r []string) []string { return r })); err != nil {
			return err
		}
		if !p.quiet {
			showCodebook(p.screen(p.err), entries)
		}
		return nil
	}
	return p.say(codebookAnswer(entries))
}

func codebookAnswer(entries []codeEntry) answer {
	return answer{
		json:   func() any { return entries },
		ndjson: func() iter.Seq[any] { return each(entries, func(e codeEntry) any { return e }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"column", "types", "kind", "list", "required", "values", "what it says"}, each(entries, func(e codeEntry) []string {
				return []string{e.Column, strings.Join(e.Types, "|"), e.Kind, onlyYes(e.List), onlyYes(e.Required), strings.Join(e.Values, "|"), e.Doc}
			}))
		},
	}
}

func onlyYes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func showCodebook(s *screen, entries []codeEntry) {
	t := &sheet{head: []string{"column", "required", "kind", "what it says"}}
	for _, e := range entries {
		doc := e.Doc
		if len(e.Types) > 0 {
			doc += " (" + reply.Few(e.Types, 3) + ")"
		}
		t.row(e.Column, onlyYes(e.Required), e.what(), doc)
	}
	s.show(t)
}

// schemaAnswer is the schema of one type; in CSV its fields.
func schemaAnswer(spec *domain.Spec, document *schema.Schema) answer {
	a := codebookAnswer(codebook(spec))
	a.json = func() any { return document }
	a.ndjson = func() iter.Seq[any] { return each([]*schema.Schema{document}, func(s *schema.Schema) any { return s }) }
	a.table = func(s *screen) {
		if text, err := document.Text(); err == nil { // it fails on no schema
			_, _ = s.out.Write(text)
		}
	}
	return a
}

// listedType is a type of act in a list.
type listedType struct {
	Type    string `json:"type"`
	Version int    `json:"version"`
	Group   string `json:"group"`
	Control bool   `json:"control"` // speaks of the record
	Doc     string `json:"doc"`
}

// typesAnswer lists the types of acts; in JSON it is the schema of all of them.
func typesAnswer() answer {
	row := func(s *domain.Spec) []string { return []string{s.Group, s.Name, s.Doc} }
	return answer{
		json: func() any { return schema.All() },
		ndjson: func() iter.Seq[any] {
			return each(domain.Catalogue(), func(s *domain.Spec) any {
				return listedType{s.Name, s.Version, s.Group, s.Control, s.Doc}
			})
		},
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"group", "type", "what it says"}, each(domain.Catalogue(), row))
		},
		table: func(s *screen) {
			t := &sheet{head: []string{"group", "type", "what it says"}}
			for _, spec := range domain.Catalogue() {
				t.row(row(spec)...)
			}
			s.show(t)
		},
	}
}
