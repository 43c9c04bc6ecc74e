package istanbul2025

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// row is a row of a table by the names of its columns, with its place.
type row struct {
	at    string
	cells map[string]string
}

func (r row) get(column string) string { return r.cells[column] }

// table is the name of the table that a place names: s0.
func table(at string) string {
	name, _, _ := strings.Cut(at, ".")
	return name
}

// offset is the position that the row's locator names, in characters.
func (r row) offset(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimPrefix(r.get("source.locator"), "char="))
	if err != nil {
		t.Fatalf("%s: source.locator %q: want char=N", r.at, r.get("source.locator"))
	}
	return n
}

func readTable(t *testing.T, name string, comma rune) []row {
	t.Helper()
	f, err := Files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = comma
	records, err := r.ReadAll() // refuses rows of unequal length
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var rows []row
	for i, record := range records[1:] {
		cells := make(map[string]string, len(record))
		for k, cell := range record {
			cells[records[0][k]] = cell
		}
		rows = append(rows, row{at: name + " row " + strconv.Itoa(i+2), cells: cells})
	}
	return rows
}

// readEvents reads all coded rows, registrations included.
func readEvents(t *testing.T) []row {
	t.Helper()
	names, err := fs.Glob(Files, "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, name := range names {
		rows = append(rows, readTable(t, name, ',')...)
	}
	return rows
}

// readSums reads articles.sha256: sums by file name.
func readSums(t *testing.T) map[string]string {
	t.Helper()
	b, err := Files.ReadFile("articles.sha256")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if raw, err := hex.DecodeString(sum); !ok || err != nil || len(raw) != sha256.Size || strings.ContainsAny(name, `/\`) {
			t.Errorf("articles.sha256: %q: want a sum, two spaces and a file name", lines.Text())
		}
		sums[name] = sum
	}
	return sums
}

// characters is the number of characters before sub in s, -1 if it is not there.
func characters(s, sub string) int {
	before, _, ok := strings.Cut(s, sub)
	if !ok {
		return -1
	}
	return utf8.RuneCountInString(before)
}

// renamed gives the acts that the inventory knows under another name.
var renamed = strings.NewReplacer("MediatorStanceReported", "MediatorActed")

// otherwise lists the rows of the inventory that another act fits better than
// those which the inventory proposes, by number and file.
var otherwise = map[string]struct{ act, reason string }{
	"7 002_b13aa3626cd81fe5.txt": {
		"SessionHeld",
		"“Monday’s session, the third day” numbers a session; it claims no length of the round",
	},
}

func TestEveryRowOfTheInventoryIsCovered(t *testing.T) {
	events := readEvents(t)
	unused := map[string]bool{}
	for name := range otherwise {
		unused[name] = true
	}
	for _, want := range readTable(t, "inventory.tsv", '\t') {
		acts := strings.Fields(renamed.Replace(want.get("events")))
		name := want.get("row") + " " + want.get("file")
		if other, ok := otherwise[name]; ok {
			acts = []string{other.act}
			delete(unused, name)
		}
		at, err := strconv.Atoi(want.get("char_offset"))
		if err != nil {
			t.Fatalf("%s: %v", want.at, err)
		}
		covers := func(e row) bool {
			within := characters(e.get("source.quote"), want.get("quote"))
			return e.get("source.document") == want.get("file") && within >= 0 &&
				e.offset(t)+within == at && slices.Contains(acts, e.get("type"))
		}
		if !slices.ContainsFunc(events, covers) {
			t.Errorf("%s: no event of type %s carries %q of %s at character %d",
				want.at, strings.Join(acts, " or "), want.get("quote"), want.get("file"), at)
		}
	}
	for name := range unused {
		t.Errorf("exception %q belongs to no row of the inventory", name)
	}
}

func TestEveryRowOfTheContradictionsIsCovered(t *testing.T) {
	events := readEvents(t)
	for _, want := range readTable(t, "contradictions.tsv", '\t') {
		if !slices.ContainsFunc(events, func(e row) bool {
			return e.get("source.document") == want.get("file") && strings.Contains(e.get("source.quote"), want.get("quote"))
		}) {
			t.Errorf("%s: no event carries %q of %s (%s)", want.at, want.get("quote"), want.get("file"), want.get("topic"))
		}
	}
}

func TestKeysAreUniqueAndReferencesKnown(t *testing.T) {
	events := readEvents(t)
	valid := regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	seen := map[string]string{}
	for _, e := range events {
		key := e.get("key")
		if !valid.MatchString(key) {
			t.Errorf("%s: key %q: want [a-z0-9-]{1,64}", e.at, key)
		}
		if prefix := strings.Replace(table(e.at), "registry", "reg", 1) + "-"; !strings.HasPrefix(key, prefix) {
			t.Errorf("%s: key %q: want the prefix %s", e.at, key, prefix)
		}
		if was, ok := seen[key]; ok {
			t.Errorf("%s: key %q stands at %s already", e.at, key, was)
		}
		seen[key] = e.at
	}
	for _, e := range events {
		for column, cell := range e.cells {
			if column != "after" && !strings.HasPrefix(column, "links.") || cell == "" {
				continue
			}
			for ref := range strings.SplitSeq(cell, "|") {
				at, ok := seen[ref]
				if !ok {
					t.Errorf("%s: %s names %q, which is no key of the example", e.at, column, ref)
				} else if table(at) > table(e.at) {
					t.Errorf("%s: %s names %q of a later table; put the link on that one", e.at, column, ref)
				}
			}
		}
	}
}

// No article names a year but 2020 and 2021, so every date of 2025 is inferred.
func TestEveryInferredDateHasANote(t *testing.T) {
	day := regexp.MustCompile(`2025-\d\d-\d\d`)
	for _, e := range readEvents(t) {
		if dates := e.get("occurred") + e.get("reported"); strings.Contains(dates, "2025") && !strings.Contains(e.get("note"), "year 2025: not in the article") {
			t.Errorf("%s: %s: the note does not say how the dates were inferred", e.at, e.get("key"))
		}
		for _, column := range []string{"occurred", "reported"} {
			if day.MatchString(e.get(column)) && !strings.Contains(e.get("note"), column+": ") {
				t.Errorf("%s: %s: the note has nothing on %s", e.at, e.get("key"), column)
			}
		}
	}
}

func TestQuotesAreShortAndPlaced(t *testing.T) {
	sums := readSums(t)
	for _, e := range readEvents(t) {
		if strings.HasPrefix(e.get("key"), "reg-") {
			continue
		}
		if sums[e.get("source.document")] == "" {
			t.Errorf("%s: source.document %q is not in articles.sha256", e.at, e.get("source.document"))
		}
		e.offset(t)
		if n := utf8.RuneCountInString(e.get("source.quote")); n == 0 || n > 200 {
			t.Errorf("%s: the quote has %d characters, want 1 to 200", e.at, n)
		}
	}
}

func TestFourAccountsGiveTheLengthInDays(t *testing.T) {
	got := map[string][]string{}
	for _, e := range readEvents(t) {
		if days := e.get("act.days"); days != "" {
			got[days] = append(got[days], e.get("key"))
		}
	}
	if len(got) != 2 || len(got["3"]) != 1 || len(got["4"]) != 3 {
		t.Errorf("accounts by days: %v, want one of 3 and three of 4", got)
	}
}

func TestFiveArticlesAreListed(t *testing.T) {
	if n := len(readSums(t)); n != 5 {
		t.Errorf("articles.sha256 lists %d articles, want 5", n)
	}
}

// TestAgainstTheArticles compares sums, quotes and offsets with the articles
// themselves, which are not part of the example. PARLEY_ARTICLES names the folder
// that holds them.
func TestAgainstTheArticles(t *testing.T) {
	folder := os.Getenv("PARLEY_ARTICLES")
	if folder == "" {
		t.Log("PARLEY_ARTICLES is not set: quotes are compared with the tables only, not with the articles")
		return
	}
	articles := map[string][]rune{}
	for name, sum := range readSums(t) {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(b); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s: SHA-256 is %x, want %s", name, got, sum)
		}
		articles[name] = []rune(string(b))
	}
	stands := func(at, article, quote string, offset int) {
		text, want := articles[article], []rune(quote)
		if offset < 0 || offset+len(want) > len(text) || !slices.Equal(text[offset:offset+len(want)], want) {
			t.Errorf("%s: %q does not stand at character %d of %s", at, quote, offset, article)
		}
	}
	for _, e := range readEvents(t) {
		if !strings.HasPrefix(e.get("key"), "reg-") {
			stands(e.at, e.get("source.document"), e.get("source.quote"), e.offset(t))
		}
	}
	for _, r := range readTable(t, "inventory.tsv", '\t') {
		offset, _ := strconv.Atoi(r.get("char_offset"))
		stands(r.at, r.get("file"), r.get("quote"), offset)
	}
	for _, r := range readTable(t, "contradictions.tsv", '\t') {
		if !strings.Contains(string(articles[r.get("file")]), r.get("quote")) {
			t.Errorf("%s: %q does not stand in %s", r.at, r.get("quote"), r.get("file"))
		}
	}
}
