package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"parley/projections"

	"github.com/go-json-experiment/json/jsontext"
)

// Version is the version of the projections as they are published. It rises when
// the same log comes to other values, or to values of another shape; then a
// published state is filled anew beside the old one.
const Version = 1

// Key names an entity: a round, a draft, the cell of a matrix.
type Key struct {
	Negotiation string `json:"negotiation"`
	Projection  string `json:"projection"`
	ID          string `json:"id"`
}

// String is the key for people.
func (k Key) String() string { return k.Negotiation + " " + k.Projection + "/" + k.ID }

// name names an entity within its negotiation.
type name struct{ projection, id string }

// entity is an entity as it is printed.
type entity struct {
	name
	after  string // id of the entity of the projection that is shown before it
	value  jsontext.Value
	digest digest
}

// digest stands for what is shown of an entity, but not for its position.
type digest [16]byte

func digestOf(after string, value []byte) digest {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s", len(after), after)
	h.Write(value)
	return digest(h.Sum(nil)[:16])
}

// processName is the projection that tells how the process as a whole stands. A
// round may have any name, so it is no round among the others.
const processName = "process"

// nested are the projections that are tables: an entity is a cell, row/column.
var nested = map[string]bool{"positions": true, "assurances": true}

// Projections lists the projections that are published.
func Projections() []string { return append(projections.Projections(), processName) }

// press prints the pictures of one negotiation, one after the other. What prints as
// it did before is not encoded again.
type press struct {
	last    *projections.Printed
	known   map[*projections.Node]entity
	printed int // when it was used last
}

// entitiesOf prints a picture entity by entity, in the order in which they are shown.
func entitiesOf(p *projections.Picture) ([]entity, error) {
	return (&press{}).print(context.Background(), p)
}

// print prints the next picture. It gives up when ctx ends.
func (x *press) print(ctx context.Context, p *projections.Picture) ([]entity, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	next := p.PrintAfter(x.last)
	w := writer{before: x.known, known: make(map[*projections.Node]entity, len(x.known))}
	for projection, top := range next.Tree.Children() {
		w.projection, w.after, w.same = projection, "", nil
		err := ctx.Err()
		switch {
		case err != nil:
		case projection == processName:
			err = w.add(processName, top)
		case nested[projection]:
			for row, cells := range top.Children() {
				for column, cell := range cells.Children() {
					if err == nil {
						err = w.add(row+"/"+column, cell)
					}
				}
			}
		default:
			for id, n := range top.Children() {
				if err == nil {
					err = w.add(id, n)
				}
			}
		}
		if err != nil {
			return nil, fmt.Errorf("print %s: %w", projection, err)
		}
	}
	x.last, x.known = next, w.known
	return w.out, nil
}

// writer prints the entities of one projection after the other.
type writer struct {
	out        []entity
	projection string
	after      string
	same       map[string]int // how often an id came
	buffer     bytes.Buffer
	before     map[*projections.Node]entity // as they were printed before
	known      map[*projections.Node]entity // as they are now
}

// add prints an entity. One without an id is named by what it says; of several
// with one id each has its own.
func (w *writer) add(id string, n *projections.Node) error {
	had, ok := w.before[n]
	value := had.value
	if !ok {
		w.buffer.Reset()
		if err := n.MarshalJSONTo(jsontext.NewEncoder(&w.buffer)); err != nil {
			return err
		}
		value = jsontext.Value(bytes.Clone(bytes.TrimSuffix(w.buffer.Bytes(), []byte("\n"))))
	}
	if id == "" {
		sum := sha256.Sum256(value)
		id = hex.EncodeToString(sum[:8])
	}
	if w.same == nil {
		w.same = map[string]int{}
	}
	if w.same[id]++; w.same[id] > 1 {
		id += fmt.Sprint("~", w.same[id])
	}
	e := entity{name{w.projection, id}, w.after, value, had.digest}
	if !ok || had.after != w.after {
		e.digest = digestOf(w.after, value)
	}
	w.out = append(w.out, e)
	w.known[n] = e
	w.after = id
	return nil
}
