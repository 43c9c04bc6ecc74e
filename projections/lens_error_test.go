package projections_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// TestLensErrors: each expression has ^ before the place that the error points at.
func TestLensErrors(t *testing.T) {
	for marked, want := range map[string]string{
		`^sorce.side == "x"`:                         `no such field sorce.side; did you mean source.side?`,
		`coder == "x" && ^side == "x"`:               `did you mean source.side?`,
		`^draft == "x"`:                              `did you mean act.draft?`,
		`"x" in ^links.same-actor`:                   `did you mean links.same-act?`,
		`^source == "x"`:                             `write one of source.attribution`,
		`^act == "x"`:                                `act.draft`,
		`^coder`:                                     `coder is text, not true or false; compare it: coder == "…"`,
		`!^reliability <= "B"`:                       `put what ! negates in parentheses`,
		`not ^coder == "x"`:                          `put what not negates in parentheses`,
		`reliability == ^"F"`:                        `F means that it cannot be judged, and compares with nothing; ask unknown(reliability)`,
		`credibility in ["1", ^"6"]`:                 `ask unknown(credibility)`,
		`^"F" != reliability`:                        `ask unknown(reliability)`,
		`reliability == ^"G"`:                        `write one of A, B, C, D, E`,
		`credibility <= ^2`:                          `one of 1, 2, 3, 4, 5, in quotes`,
		`reliability == ^coder`:                      `in quotes`,
		`source.attribution == ^"nmed"`:              `source.attribution is never "nmed"; did you mean named?`,
		`source.side == ^""`:                         `an absent source.side reads "unknown"`,
		`source.attribution == ^""`:                  `an absent source.attribution reads "unknown"`,
		`type in ["SessionHeld", ^"DraftFinalised"]`: `did you mean DraftFinalized?`,
		`source.side == ^"Afghan Taliban"`:           `write "afghan-taliban"`,
		`^"Pakistan" in actors`:                      `write "pakistan"`,
		`any(actors, # == ^"Pakistan")`:              `write "pakistan"`,
		`occurred <= ^"28 Oct 2025"`:                 `is not EDTF; write 2025-10-28`,
		`occurred <= ^"2025-10/.."`:                  `has no end`,
		`occurred >= ^"[..2025]"`:                    `has no beginning`,
		`occurred == ^2025`:                          `write "2025-10-28"`,
		`act.version == ^"3"`:                        `write the number without quotes`,
		`coder == ^3`:                                `coder is text, not a number`,
		`^duration.value > "PT2H"`:                   `texts have no order`,
		`^hypothetical > true`:                       `have no order`,
		`^actors == coder`:                           `a list does not compare`,
		`^actors contains "x"`:                       `"…" in actors`,
		`coder in ^"abc"`:                            `write contains`,
		`coder in ^["x"][0]`:                         `only fields have parts`,
		`any(actors, ^any(recipients, true))`:        `do not nest`,
		`any(actors, # in ^recipients)`:              `written out`,
		`any(^coder, true)`:                          `not a list`,
		`note matches ^"("`:                          `missing closing )`,
		`note matches ^coder`:                        `in quotes`,
		`note matches ^"(a{50}){20}"`:                `steps, of at most 1000`,
		`coder ^= "x"`:                               `write == to compare`,
		`coder == ^“x”`:                              `straight quotes`,
		`coder == "x" ^AND key == "y"`:               `write && or and`,
		`coder <^> "x"`:                              `write != for unequal`,
		`coder ==^`:                                  `ends too early`,
		`(coder == "x"^`:                             `ends too early`,
		`coder == "x^`:                               `not terminated`,
		`coder == ^nil`:                              `ask unknown(field)`,
		`^coder == "x" ? true : false`:               `no conditional`,
		`^count(actors) > 1`:                         `count() is no part of a lens`,
		`^unknow(coder)`:                             `did you mean unknown?`,
		`^unknown(coder, key)`:                       `takes 1`,
		`unknown(^"x")`:                              `asks about a field`,
		`unknown(^act.redLine)`:                      `asks about a field`,
		`len(^act.version) > 1`:                      `no len()`,
		`^source?.side == "x"`:                       `?. is not needed`,
		`^source.quote.contains("x")`:                `write source.quote contains`,
		`^act.version + 1 == 2`:                      `+ is no part of a lens`,
		`^act.replacement == ""`:                     `no such field`,
		`let ^x = 1; x == 1`:                         `no part of a lens`,
		`^coder == "x"; true`:                        `no part of a lens`,
		"coder == \"ü\" and\n\t^sorce.side == \"x\"": `line 2, column 2: no such field`,
		`lens(^"x")`:                                 `no such lens "x"; no lens is registered`,
		`lens(^coder)`:                               `in quotes`,
		`^named-only`:                                `no such lens "named-only"; no lens is registered`,
		`coder == "x" or ^named-only`:                `no such field named-only`,
		`^` + strings.Repeat("!", 1001) + `true`:     `more than 1000 parts`,
		strings.Repeat(" ", 4096) + `^true`:          `longer than 4096 bytes`,
		"^coder == \"\xff\"":                         `not UTF-8`,
	} {
		offset := strings.IndexByte(marked, '^')
		expression := marked[:offset] + marked[offset+1:]
		_, err := projections.CompileLens(expression)
		var bad *projections.LensError
		require.ErrorAs(t, err, &bad, expression)
		require.Contains(t, bad.Error(), want, expression)
		require.Equal(t, offset, bad.Offset, "%s: %v\n%s", expression, bad, bad.Excerpt())
		require.Equal(t, expression, bad.Expression)
	}
}

func TestLensErrorExcerpt(t *testing.T) {
	_, err := projections.CompileLens("coder == \"ü\" and\n\t\"é\" == sorce.side")
	var bad *projections.LensError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, 2, bad.Line)
	require.Equal(t, 9, bad.Column)
	require.Equal(t, "\t\"é\" == sorce.side\n\t       ^", bad.Excerpt())
}

func lenses(named ...string) *domain.Registry {
	reg := domain.NewRegistry()
	for i := 0; i < len(named); i += 2 {
		reg.Add(domain.LensRegistered{Lens: domain.NewID(named[i]), Expression: named[i+1], Author: "a", Reason: "r"})
	}
	return reg
}

func TestResolveLens(t *testing.T) {
	reg := lenses(
		"eyes-only", `source.vantage == "eyewitness"`, "both", `lens("eyes-only") && coder == "ds"`,
		"bad", `coder == "x" && sorce.side == "y"`, "unclosed", `coder == "x`, "round-a", `lens("round-b")`, "round-b", `not lens("round-a")`,
		"coder", `coder == "nobody"`,
	)
	for text, want := range map[string]bool{
		"eyes-only": true, " both ": true, `lens("both")`: true, `!lens("both")`: false, `lens("eyes-only") and coder == "x"`: false,
		"coder": false, `coder == "ds"`: true,
	} {
		l, err := projections.ResolveLens(text, reg)
		require.NoError(t, err, text)
		require.Equal(t, want, l.AdmitsEntry(entry(witness()), reg), text)
		again, err := projections.ResolveLens(l.String(), reg)
		require.NoError(t, err)
		require.Equal(t, l.String(), again.String())
	}
	for text, want := range map[string]string{
		"eyes-onli":                 `no such lens "eyes-onli"; did you mean eyes-only?`,
		`lens("boht")`:              `no such lens "boht"; `,
		"bad":                       `lens "bad", column 17: no such field sorce.side`,
		`true && lens("bad")`:       `lens "bad", column 17: no such field sorce.side`,
		"unclosed":                  `lens "unclosed", column 12: literal not terminated`,
		"round-a":                   `lens "round-b", column 10: lens "round-a" names itself, by way of round-a, round-b`,
		`eyes-only && true`:         `eyes-only is a lens, not a field; write lens("eyes-only")`,
		`any(actors, lens("both"))`: `not about an item`,
	} {
		_, err := projections.ResolveLens(text, reg)
		require.ErrorContains(t, err, want, text)
	}
}

// TestLensesThatNameEachOtherStayBounded: doubling a lens twenty times over would
// make a million parts.
func TestLensesThatNameEachOtherStayBounded(t *testing.T) {
	var named []string
	for i := range 20 {
		named = append(named, fmt.Sprint("l", i+1), fmt.Sprintf(`lens("l%d") || lens("l%d")`, i, i))
	}
	reg := lenses(append(named, "l0", `coder == "x"`)...)
	_, err := projections.ResolveLens("l5", reg)
	require.NoError(t, err)
	_, err = projections.ResolveLens("l20", reg)
	require.ErrorContains(t, err, "more than 1000 parts")
}

func TestLensUnregistered(t *testing.T) {
	reg := domain.NewRegistry()
	reg.Add(domain.ActorRegistered{Actor: "pakistan", Name: "Pakistan", Kind: "party"})
	l := compileLens(t, `source.side != "pakistn" && "pakistan" in actors && source.side != "unknown" && act.issue in ["w"] && round == "any"`)
	var said []string
	for _, e := range l.Unregistered(reg) {
		said = append(said, e.Error())
	}
	require.Equal(t, []string{
		`column 16: no actor "pakistn" is registered; did you mean pakistan?`,
		`column 95: no issue "w" is registered`,
	}, said)
}
