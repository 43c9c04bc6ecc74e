package scenario

import (
	"math"
	"math/rand/v2"
	"slices"

	"parley/domain"

	"go.yaml.in/yaml/v3"
)

// wait is a distribution of waiting times in days. Its zero value waits not at all.
type wait struct {
	kind string
	a, b float64
}

// waits are the distributions, each with its two parameters; an empty one is none.
var waits = []struct {
	kind string
	a, b string
	draw func(r *rand.Rand, a, b float64) float64
}{
	{"fixed", "days", "", func(_ *rand.Rand, a, _ float64) float64 { return a }},
	{"uniform", "from", "to", func(r *rand.Rand, a, b float64) float64 { return a + r.Float64()*(b-a) }},
	{"exponential", "mean", "", func(r *rand.Rand, a, _ float64) float64 { return a * r.ExpFloat64() }},
	{"weibull", "scale", "shape", func(r *rand.Rand, a, b float64) float64 { return a * math.Pow(r.ExpFloat64(), 1/b) }},
	{"lognormal", "median", "sigma", func(r *rand.Rand, a, b float64) float64 { return a * math.Exp(b*r.NormFloat64()) }},
}

// draw draws a waiting time in days.
func (w wait) draw(r *rand.Rand) float64 {
	for _, d := range waits {
		if d.kind == w.kind {
			return d.draw(r, w.a, w.b)
		}
	}
	return 0
}

// readWait reads a number of days, or a distribution with its parameters.
func (r *reader) readWait(n *yaml.Node, path string) wait {
	if n.Kind == yaml.ScalarNode {
		return wait{"fixed", r.number(n, path, 0, MaxDays), 0}
	}
	var kinds []string
	for _, d := range waits {
		kinds = append(kinds, d.kind)
	}
	named := r.members(n, path, kinds...)
	if named == nil {
		return wait{}
	}
	if len(n.Content) != 2 {
		r.fault(n, path, domain.BadValue, "", "a waiting time has one distribution", "write wait: {exponential: {mean: 4}}")
		return wait{}
	}
	for _, d := range waits {
		value, ok := named[d.kind]
		if !ok {
			continue
		}
		at := path + "/" + d.kind
		parameters := slices.DeleteFunc([]string{d.a, d.b}, func(s string) bool { return s == "" })
		of := r.members(value, at, parameters...)
		if of == nil {
			return wait{}
		}
		w := wait{kind: d.kind}
		for i, name := range parameters {
			p, ok := of[name]
			if !ok {
				r.fault(value, at, domain.Missing, "", name+" is required", "write "+d.kind+": {"+name+": 4}")
				continue
			}
			x := r.number(p, at+"/"+name, 0, MaxDays)
			if x == 0 && d.kind != "fixed" && d.kind != "uniform" && name != "sigma" {
				r.fault(p, at+"/"+name, domain.BadValue, p.Value, name+" must be more than 0", "")
			}
			if i == 0 {
				w.a = x
			} else {
				w.b = x
			}
		}
		if d.kind == "uniform" && w.b < w.a {
			r.fault(value, at, domain.BadValue, "", "it ends before it starts", "swap from and to")
		}
		return w
	}
	return wait{}
}
