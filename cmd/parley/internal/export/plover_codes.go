package export

import (
	"strings"

	"parley/domain"
)

// code is what PLOVER and CAMEO call an act.
type code struct {
	Event, Mode, Context string // PLOVER, empty where it has no event for the act
	CAMEO                string // nearest code
	Why                  string // why there is no code, or why it is not the usual one
}

// codeOf maps an act. The catalogue has the mapping of each type; here are the acts
// of which only what they say decides: an accepted proposal is no REJECT. The rules
// are those of the PLOVER manual: a declared ceasefire is CONCEDE and an observed
// one RETREAT, to withdraw a demand is CONCEDE, and comment is no event.
func codeOf(a domain.Act) code {
	spec, ok := domain.SpecOf(domain.TypeOf(a))
	if !ok || spec.Plover.Event == "" && !shifts(a) {
		return code{Why: "PLOVER has no event for " + domain.TypeOf(a)}
	}
	c := code{Event: spec.Plover.Event, Mode: spec.Plover.Mode, CAMEO: spec.Cameo}
	switch a := a.(type) {
	case domain.ProposalAnswered:
		c = answerCode(string(a.Answer), c)
	case domain.PositionShifted:
		c = code{Event: "CONCEDE", CAMEO: "080", Why: "a demand was withdrawn"}
	case domain.CeasefireStatusDeclared:
		c = ceasefireCode(string(a.Status), c)
	case domain.RatificationDecided:
		c = ratificationCode(string(a.Outcome), c)
	case domain.DraftFinalized:
		if a.Completeness == domain.NearFinal {
			c = code{Event: "CONSULT", CAMEO: "046", Why: "near-final is not final"}
		}
	case domain.MediatorActed:
		if a.Role == "reacted" {
			c = code{Why: "a reaction is comment, which is no event in PLOVER"}
		}
	case domain.InstructionReceived:
		if !strings.Contains(strings.ToLower(a.Channel), "phone") {
			c = code{Event: "CONSULT", CAMEO: "040", Why: "the source tells of no telephone"}
		}
	default:
	}
	c.Context = contexts[c.CAMEO]
	return c
}

// shifts tells of a change of position that withdraws a demand.
func shifts(a domain.Act) bool {
	s, ok := a.(domain.PositionShifted)
	return ok && s.From == domain.Demands && (s.To == domain.Accepts || s.To == domain.Conditional || s.To == domain.Acknowledges)
}

func answerCode(answer string, rejected code) code {
	switch answer {
	case "accepted":
		return code{Event: "AGREE", CAMEO: "030"}
	case "partly":
		return code{Event: "AGREE", CAMEO: "030", Why: "accepted in part"}
	case "evaded":
		return code{Why: "an evasion is neither AGREE nor REJECT"}
	default:
		return rejected
	}
}

func ceasefireCode(status string, declared code) code {
	switch status {
	case "declared":
		return declared
	case "holding":
		return code{Event: "RETREAT", Mode: "ceasefire", CAMEO: "0871", Why: "an observed ceasefire"}
	default:
		return code{Why: "PLOVER has no event for a ceasefire said to be " + status}
	}
}

func ratificationCode(outcome string, ratified code) code {
	switch outcome {
	case "ratified":
		return ratified
	case "rejected":
		return code{Event: "REJECT", Mode: "meet", CAMEO: "127"}
	default:
		return code{Why: "a deferred decision is no event in PLOVER"}
	}
}

// contexts are the PLOVER contexts of CAMEO codes, as the conversion table of 2021
// has them; codes that it gives none have none here.
var contexts = map[string]string{
	"030": "diplomatic", "045": "diplomatic", "046": "diplomatic", "051": "diplomatic", "057": "diplomatic",
	"0871": "military", "102": "diplomatic", "105": "legal", "127": "diplomatic",
}

// auxiliary is the PLOVER mode that says in which way an event is told.
func auxiliary(m domain.Modality) string {
	switch m {
	case domain.Planned:
		return "future"
	case domain.Negated:
		return "negation"
	case domain.Historical:
		return "historical"
	default:
		return ""
	}
}
