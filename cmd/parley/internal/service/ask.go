package service

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/server"
	"parley/domain"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	memberEvents = "events"
	memberExpect = "expect"
)

// callOf reads a request: an object whose members are the parameters of the operation,
// with the events or the members of the body.
func (e endpoint) callOf(text []byte) (server.Call, error) {
	c := server.Call{Operation: e.Operation, Parameters: url.Values{}}
	members := map[string]jsontext.Value{}
	if len(text) > 0 {
		const hint = `write {"negotiation":"pak-afg-2025"}, or nothing at all`
		if err := json.Unmarshal(text, &members); err != nil {
			return c, domain.Faults{problem.OfForm(err, hint)}
		}
		if members == nil {
			return c, domain.Faults{{Problem: domain.BadValue, Reason: "null stands where an object has to", Hint: hint}}
		}
	}
	var faults domain.Faults
	body := map[string]jsontext.Value{}
	for name, value := range members {
		switch {
		case slices.Contains(e.Parameters, name):
			values, ok := texts(value)
			if !ok {
				faults = append(faults, domain.Fault{Place: at(name), Problem: domain.BadValue, Read: short(value), Reason: "is no text, number, truth or list of texts", Hint: "the endpoint " + nameOfSchema + " has the schema"})
			}
			if len(values) > 0 {
				c.Parameters[name] = values
			}
		case name == memberEvents && e.Events:
			c.Body = value
		case name == memberExpect && e.Right == server.Append:
			if err := json.Unmarshal(value, &c.Expect); err != nil {
				faults = append(faults, domain.Fault{Place: at(name), Problem: domain.BadValue, Read: short(value), Reason: "is no expectation", Hint: "write record:43, or none"})
			}
		case e.Body:
			body[name] = value
		default:
			known := slices.Clone(e.Parameters)
			if e.Events {
				known = append(known, memberEvents)
			}
			faults = append(faults, domain.Fault{Place: at(name), Problem: domain.UnknownField, Read: short(value), Reason: "is no member of this request", Hint: domain.DidYouMean(name, known)})
		}
	}
	if e.Events && c.Body == nil {
		faults = append(faults, domain.Fault{Place: at(memberEvents), Problem: domain.Missing, Reason: "is not given", Hint: "write a list of events, or one event"})
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b domain.Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
		return c, faults
	}
	if e.Body {
		var err error
		if c.Body, err = json.Marshal(body, json.Deterministic(true)); err != nil {
			return c, &problem.Error{Kind: problem.Failure, Detail: err.Error()}
		}
	}
	return c, nil
}

func at(member string) domain.Place {
	return domain.Place{Pointer: string(jsontext.Pointer("").AppendToken(member))}
}

// texts is a value as the parameters of an address have it; none for null.
func texts(v jsontext.Value) ([]string, bool) {
	switch byte(v.Kind()) {
	case 'n':
		return nil, true
	case '"':
		var s string
		err := json.Unmarshal(v, &s)
		return []string{s}, err == nil
	case '0', 't', 'f':
		return []string{string(v)}, true
	case '[':
		var list []jsontext.Value
		if json.Unmarshal(v, &list) != nil {
			return nil, false
		}
		var all []string
		for _, one := range list {
			if one.Kind() == '[' {
				return nil, false
			}
			s, ok := texts(one)
			if !ok {
				return nil, false
			}
			all = append(all, s...)
		}
		return all, true
	}
	return nil, false
}

// short keeps what was read from filling the reply.
func short(v jsontext.Value) string {
	s := strings.ToValidUTF8(string(v), "�")
	if utf8.RuneCountInString(s) > 60 {
		return string([]rune(s)[:60]) + "…"
	}
	return s
}
