package problem_test

import (
	"testing"

	"parley/cmd/parley/internal/problem"
	"parley/domain"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// What is wrong with a form is told in the words of JSON: nothing of the program's own
// types is in it.
func TestForm(t *testing.T) {
	type body struct {
		Name   string   `json:"name"`
		Number uint16   `json:"number"`
		List   []string `json:"list"`
		Inner  *struct {
			Yes bool `json:"yes"`
		} `json:"inner"`
	}
	for text, want := range map[string]domain.Fault{
		`[]`:                     {Problem: domain.BadValue, Reason: "a list stands where an object has to"},
		`{"name":7}`:             {Place: domain.Place{Pointer: "/name"}, Problem: domain.BadValue, Reason: "a number stands where a text has to"},
		`{"number":1e9}`:         {Place: domain.Place{Pointer: "/number"}, Problem: domain.BadValue, Reason: "a number stands where a whole number has to"},
		`{"list":{}}`:            {Place: domain.Place{Pointer: "/list"}, Problem: domain.BadValue, Reason: "an object stands where a list has to"},
		`{"inner":{"yes":null}}`: {},
		`{"inner":{"yes":"x"}}`:  {Place: domain.Place{Pointer: "/inner/yes"}, Problem: domain.BadValue, Reason: "a text stands where true or false has to"},
		`{"nam":1}`:              {Place: domain.Place{Pointer: "/nam"}, Problem: domain.UnknownField, Reason: "no such member"},
		`{`:                      {Problem: domain.Malformed, Reason: "not JSON: unexpected EOF after offset 1"},
	} {
		err := json.Unmarshal([]byte(text), new(body), json.RejectUnknownMembers(true))
		if want.Problem == "" {
			require.NoError(t, err, text)
			continue
		}
		require.Equal(t, want, problem.OfForm(err, ""), text)
		require.Equal(t, "do this", problem.OfForm(err, "do this").Hint)
	}
	p := problem.Of(domain.Faults{problem.OfForm(json.Unmarshal([]byte(`[]`), new(body)), "")})
	require.Equal(t, "a list stands where an object has to", p.Detail, "there is no place to begin with")
}
